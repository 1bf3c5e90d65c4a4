"""The kernel's calls that the standard library lacks, by ctypes: every one raises OSError where it fails."""

import ctypes
import os
import re
import sys

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
#: What a mount has, as /proc tells it: an unprivileged process may not take it away.
MOUNT_OPTIONS = {
    "ro": MS_RDONLY,
    "nosuid": MS_NOSUID,
    "nodev": MS_NODEV,
    "noexec": MS_NOEXEC,
    "noatime": 1 << 10,
    "nodiratime": 1 << 11,
    "relatime": 1 << 21,
}
#: The same for mount_setattr, which knows a mount and what is mounted below it.
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
NEW_MOUNTS, NEW_USER, NEW_PROCESSES = 0x00020000, 0x10000000, 0x20000000
NEW_NETWORK, NEW_IPC = 0x40000000, 0x08000000
PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 4, 38, 22
PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_CAP_AMBIENT = 24, 28, 47

#: Numbers of calls without a function in the C library; those from 424 on are the same on every machine.
MOUNT_SETATTR = 442
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SECCOMP = {"x86_64": 317, "aarch64": 277}

#: Elsewhere there is nothing of all this, and the same numbers are other calls.
IS_LINUX = sys.platform.startswith("linux")

_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_ENOSYS = 38
_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace")]


def machine():
    """What this machine calls its processor."""
    return os.uname().machine


def version():
    """The version of the kernel: (6, 14) for 6.14.3-generic."""
    return tuple(int(number) for number in re.findall(r"[0-9]+", os.uname().release)[:2])


def call(name, *arguments):
    """Call a function of the C library: texts are paths, None is no pointer, and all numbers are long."""
    try:
        if not IS_LINUX:
            raise AttributeError(name)
        function = getattr(_libc, name)
    except AttributeError:
        raise OSError(_ENOSYS, "%s: %s" % (name, os.strerror(_ENOSYS)))
    result = function(*[_argument(each) for each in arguments])
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))
    return result


def _argument(value):
    if isinstance(value, str):
        return os.fsencode(value)
    return ctypes.c_long(value) if isinstance(value, int) else value


def prctl(option, value=0, third=0):
    """Set something of this process."""
    return call("prctl", option, value, third, 0, 0)


def mount(source, target, kind=None, flags=0, data=None):
    """Mount, or bind, or change what is mounted."""
    call("mount", source, target, kind, flags, data)


def set_attributes(path, attributes, clear=0, recursive=False):
    """Set and clear attributes of a mount, and with `recursive` of all that is mounted below it."""
    wanted = _MountAttributes(attributes, clear, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    call("syscall", MOUNT_SETATTR, _AT_FDCWD, path, flags, ctypes.byref(wanted), ctypes.sizeof(wanted))


def enter_root(folder):
    """Make a mounted folder the root of this mount namespace, and let go of the former one."""
    os.chdir(folder)
    number = _PIVOT_ROOT.get(machine())
    if number is None:
        raise OSError(_ENOSYS, "pivot_root: %s" % os.strerror(_ENOSYS))
    call("syscall", number, ".", ".")
    call("umount2", ".", MNT_DETACH)
    os.chdir("/")
