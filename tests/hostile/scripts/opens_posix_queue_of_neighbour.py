"""Opens the POSIX message queue of another process."""

import ctypes
import os

from attack import BAIT, LIBC, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    queue = LIBC.mq_open(BAIT["posix_queue"].encode(), os.O_RDWR | os.O_NONBLOCK)
    if queue < 0:
        raise OSError(ctypes.get_errno(), "mq_open")
    return f"opened the queue {BAIT['posix_queue']}"
