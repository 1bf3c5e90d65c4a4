"""Writes files without a name that it has only mapped, no more open (by itself 400 MB)."""

import ctypes
import os
import time

from attack import LIBC, exhausting

LIBC.mmap.restype = ctypes.c_void_p
SIZE = 4 << 20


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(100):
        descriptor = os.open("file", os.O_CREAT | os.O_RDWR)
        os.unlink("file")
        os.write(descriptor, bytes(SIZE))
        LIBC.mmap(None, ctypes.c_size_t(SIZE), 1, 1, descriptor, ctypes.c_long(0))
        os.close(descriptor)
    time.sleep(6)
    return "holds 400 MiB of mapped files"
