"""Takes a lock of its input, which others that read it would wait for."""

import fcntl
import os

from attack import BAIT, attack, descriptors, every


def lock(number):
    if os.fstat(number).st_size != BAIT["input_size"]:
        return ""
    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return f"holds a lock of its input by descriptor {number}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lock, [number for number, _ in list(descriptors())])
