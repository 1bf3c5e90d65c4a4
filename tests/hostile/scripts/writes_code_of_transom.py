"""Changes the code of Transom that runs in the script's process, for the next jobs."""

import os

from attack import BAIT, attack, every, may_create, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folder = BAIT["child_folder"]
    try:
        return every(may_write, [os.path.join(folder, name) for name in ("job.py", "begin.py", "supervise.py")])
    except OSError:
        return every(may_create, [folder, os.path.join(folder, "sdk"), os.path.join(folder, "shims")])
