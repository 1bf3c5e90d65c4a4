"""Takes the locks with which Transom orders its own work, and would hold them as long as it lives."""

import fcntl
import os

from attack import BAIT, attack, every


def take(path):
    descriptor = os.open(path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return f"holds {path}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(take, BAIT["locks"])
