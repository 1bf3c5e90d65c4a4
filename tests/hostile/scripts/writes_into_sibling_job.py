"""Writes into the folder and the log of the job that runs at the same time."""

import os

from attack import BAIT, attack, every


def into_folder():
    with open(os.path.join(BAIT["sibling_folder"], "work", "from-outside.txt"), "w") as stream:
        stream.write("hostile")
    return "wrote into the sibling's folder"


def into_log(pid):
    os.write(os.open(f"/proc/{pid}/fd/1", os.O_WRONLY | os.O_NONBLOCK), b"hostile line in a sibling's log\n")
    return f"wrote into the log of {pid}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [into_folder, *(lambda pid=pid: into_log(pid) for pid in BAIT["sibling_pids"])])
