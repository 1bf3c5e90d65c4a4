"""Runs a program on a machine that can do less than this one: `PYTHON lesser_machine.py '["WANT", ...]' USER PROGRAM ...`.

The wants: `sysctl` (no user namespaces, by user.max_user_namespaces), `unshare` (no namespaces at all, as Docker's
filter has it for who is no administrator), `landlock` (it is not compiled in), `landlock-off` (it was not switched on),
`landlock-3` (it is said to have that version; what came later is then not asked for),
`masked-proc` (something lies over a part of /proc, as in a container), `mount_setattr` (Linux before 5.12), `seccomp`
(no filters can be set). USER is a user id; the program is executed as that user, and only root may ask for all this.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import socket
import struct
import sys
from collections.abc import Iterator
from typing import NoReturn

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_USER, _NEW_MOUNTS, _PRIVATE = 0x10000000, 0x00020000, (1 << 18) | 16384
_NAMESPACES = 0x7E020000
_ARM = os.uname().machine == "aarch64"
_CLONE, _UNSHARE, _PRCTL, _SECCOMP = (220, 97, 167, 277) if _ARM else (56, 272, 157, 317)
_MOUNT_SETATTR, _CLONE3, _LANDLOCK = 442, 435, (444, 445, 446)
_LOAD, _EQUAL, _ANY_OF, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE, _NOTIFY = 0x7FFF0000, 0x00050000, 0x7FC00000
_WITH_LISTENER = 8
#: Requests of ioctl of a listener: 80 bytes of what was asked, 24 of the answer.
_RECEIVE, _SEND = 0xC0502100, 0xC0182101


def main(wants: list[str], user: int, program: list[str]) -> None:
    """Lack what is wanted, and be the program."""
    if "masked-proc" in wants:
        _call("unshare", _NEW_MOUNTS)
        _call("mount", None, b"/", None, _PRIVATE, None)
        _call("mount", b"tmpfs", b"/proc/sys", b"tmpfs", 1, None)
    if "sysctl" in wants:
        _be_without_user_namespaces()
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    code = b"".join(_filter(wants))
    version = next((int(each[9:]) for each in wants if each[9:].isdigit()), 0)
    if version:
        _be_told_of_an_older_landlock(version)
    if code:
        _set_filter(code)
    os.execv(program[0], program)


def _be_told_of_an_older_landlock(version: int) -> None:
    """Let a process above this one answer which version of Landlock there is, and let the kernel do all others."""
    above, below = socket.socketpair()
    pid = os.fork()
    if pid:
        below.close()
        listener = socket.recv_fds(above, 1, 1)[1][0]
        above.close()
        _answer(listener, version, pid)
    above.close()
    asked = [_instruction(_LOAD, 0), _instruction(_EQUAL, _LANDLOCK[0], 0, 3), _instruction(_LOAD, 32)]
    code = b"".join(
        [*asked, _instruction(_EQUAL, 1, 0, 1), _instruction(_RETURN, _NOTIFY), _instruction(_RETURN, _ALLOW)]
    )
    socket.send_fds(below, [b"!"], [_set_filter(code, _WITH_LISTENER)])
    below.close()


def _answer(listener: int, version: int, pid: int) -> NoReturn:
    """Answer until the process has ended, and end as it did."""
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        if not select.select([listener], [], [], 0.01)[0]:
            continue
        asked = bytearray(80)
        with contextlib.suppress(OSError):  # whoever asked may be gone
            fcntl.ioctl(listener, _RECEIVE, asked)
            fcntl.ioctl(listener, _SEND, asked[:8] + struct.pack("<qiI", version, 0, 0))
    os._exit(0)


def _be_without_user_namespaces() -> None:
    """Enter a user namespace with all users in it, in which there can be no further one."""
    ready_read, ready_write = os.pipe()
    mapped_read, mapped_write = os.pipe()
    outside = os.fork()
    if outside == 0:
        os.read(ready_read, 1)
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{os.getppid()}/{name}", "w") as ids:
                ids.write("0 0 65536")
        os.write(mapped_write, b"!")
        os._exit(0)
    _call("unshare", _NEW_USER)
    os.write(ready_write, b"!")
    os.read(mapped_read, 1)
    os.waitpid(outside, 0)
    with open("/proc/sys/user/max_user_namespaces", "w") as most:
        most.write("0")
    for descriptor in (ready_read, ready_write, mapped_read, mapped_write):
        os.close(descriptor)


def _filter(wants: list[str]) -> Iterator[bytes]:
    """The refused calls as a program of the kernel's filter."""
    refused: dict[int, int] = {}
    if "landlock" in wants:
        refused |= dict.fromkeys(_LANDLOCK, errno.ENOSYS)
    if "landlock-off" in wants:
        refused |= dict.fromkeys(_LANDLOCK, errno.EOPNOTSUPP)
    if "mount_setattr" in wants:
        refused[_MOUNT_SETATTR] = errno.ENOSYS
    if "unshare" in wants:
        refused |= {_UNSHARE: errno.EPERM, _CLONE3: errno.ENOSYS}
    if "seccomp" in wants:
        refused[_SECCOMP] = errno.EINVAL
    if not refused:
        return
    yield _instruction(_LOAD, 0)
    for number, error in refused.items():
        yield _instruction(_EQUAL, number, 0, 1) + _instruction(_RETURN, _REFUSE | error)
    if "unshare" in wants:  # flags of clone are in its first argument, an option of prctl too
        yield _instruction(_EQUAL, _CLONE, 0, 3) + _instruction(_LOAD, 16)
        yield _instruction(_ANY_OF, _NAMESPACES, 0, 1) + _instruction(_RETURN, _REFUSE | errno.EPERM)
        yield _instruction(_LOAD, 0)
    if "seccomp" in wants:
        yield _instruction(_EQUAL, _PRCTL, 0, 4) + _instruction(_LOAD, 16)
        yield _instruction(_EQUAL, 22, 1, 0) + _instruction(_EQUAL, 21, 0, 1)
        yield _instruction(_RETURN, _REFUSE | errno.EINVAL)
    yield _instruction(_RETURN, _ALLOW)


def _set_filter(code: bytes, flags: int = 0) -> int:
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    held = ctypes.create_string_buffer(code, len(code))
    _call("prctl", 38, 1, 0, 0, 0)
    program = Program(len(code) // 8, ctypes.cast(held, ctypes.c_void_p))
    return _call("syscall", _SECCOMP, 1, flags, ctypes.byref(program))


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _call(name: str, *arguments: object) -> int:
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    result: int = getattr(_LIBC, name)(*given)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
