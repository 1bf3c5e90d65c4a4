"""Who a process is in a user namespace of its own, and how it gives its privileges and what it may use up away."""

import ctypes
import os
import resource

from . import kernel

_CAPABILITIES = 64
_CAPABILITY_VERSION = 0x20080522
_CLEAR_AMBIENT = 4
#: Being root gives nothing, and nothing of this can be changed any more.
_NO_ROOT = 0x2F


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("values", ctypes.c_uint32 * 6)]


def keep_identity(user, group):
    """Be the same user and group in a user namespace that was just made; all others are nobody there."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", "%d %d 1" % (user, user)),
        ("gid_map", "%d %d 1" % (group, group)),
    ):
        descriptor = os.open("/proc/self/" + name, os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def drop():
    """Have no capability, and gain none by anything that is executed. Raises OSError where some is left."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    for option, value in ((kernel.PR_SET_SECUREBITS, _NO_ROOT), (kernel.PR_CAP_AMBIENT, _CLEAR_AMBIENT)):
        try:
            kernel.prctl(option, value)
        except OSError:  # whoever has no capability may not even say so
            continue
    for capability in range(_CAPABILITIES):
        try:
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
        except OSError:  # there are not so many, or there was none
            break
    kernel.call("capset", ctypes.byref(_Header(_CAPABILITY_VERSION, 0)), ctypes.byref(_Sets()))


def hide_memory():
    """Let nobody but an administrator look into this process; what it forks from now on has that too."""
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def be_ended_first():
    """Where the machine has no memory left, let the kernel end this and what it forks before anything else."""
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("500")
    except OSError:  # it is so already, or there is no such thing
        return


def limit(rules):
    """The limits that the kernel holds from the beginning: no images of memory, and the number of the user's processes.

    The address space is never limited: libraries reserve more than they use.
    """
    _lower(resource.RLIMIT_CORE, 0)
    if rules.get("own_processes") is not None:
        _lower(resource.RLIMIT_NPROC, rules["own_processes"])


def limit_files(most):
    """Let no file that this makes or grows have more than so many bytes."""
    if most is not None:
        _lower(resource.RLIMIT_FSIZE, most)


def _lower(what, most):
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))
