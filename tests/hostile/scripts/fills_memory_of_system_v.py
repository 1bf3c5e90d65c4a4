"""Takes shared memory that no process holds: segments that it fills and lets go of, one by one (256 MiB)."""

import ctypes
import time

from attack import LIBC, exhausting

LIBC.shmat.restype = ctypes.c_void_p
SIZE = 8 << 20


def segment():
    number = LIBC.shmget(0, ctypes.c_size_t(SIZE), 0o1600)
    if number < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    address = LIBC.shmat(number, None, 0)
    ctypes.memset(address, 1, SIZE)
    LIBC.shmdt(ctypes.c_void_p(address))
    return number


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held = []
    try:
        for _ in range(32):
            held.append(segment())
        time.sleep(0.7)
    finally:
        for number in held:
            LIBC.shmctl(number, 0, None)
    return "holds 256 MiB of shared memory without a process"
