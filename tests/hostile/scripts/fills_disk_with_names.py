"""Makes files with nothing in them until the disk has no more names (by itself at 4,000)."""

import time

from attack import BAIT, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for number in range(BAIT["most_files"]):
        open(f"n{number}", "w").close()
    time.sleep(6)
    return f"made {BAIT['most_files']} files"
