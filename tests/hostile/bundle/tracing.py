"""How a script attaches to another process as a debugger does."""

import ctypes
import os

from attack import LIBC

_SEIZE, _DETACH, _INTERRUPT = 0x4206, 17, 0x4207
LIBC.ptrace.restype = ctypes.c_long
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def attach(pid):
    """Attach, stop it, and let it go on; says that it did. OSError where that is refused."""
    if LIBC.ptrace(_SEIZE, pid, None, None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"ptrace {pid}")
    LIBC.ptrace(_INTERRUPT, pid, None, None)
    os.waitpid(pid, 0x40000000)  # __WALL
    LIBC.ptrace(_DETACH, pid, None, None)
    return f"traced the process {pid}"
