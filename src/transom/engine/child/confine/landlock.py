"""Landlock: what of the files a process, and all that it starts, may use, said by itself and never taken back."""

import ctypes
import os
import stat

from . import kernel

_VERSION = 1  # a flag: tell the version instead of making rules
_RULE_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
#: Removing and making of every kind.
_CHANGE_FOLDERS = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_READS = _EXECUTE | _READ_FILE | _READ_DIR
_WRITES = _WRITE_FILE | _CHANGE_FOLDERS | _REFER | _TRUNCATE
#: In which version a right came.
_CAME = {2: _REFER, 3: _TRUNCATE}
_BIND_AND_CONNECT = 3
_SOCKETS_AND_SIGNALS = 3

#: The version from which files cannot be cut short any more, and from which signals and sockets are kept in.
HOLDS_WRITES, HOLDS_SIGNALS = 3, 6


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version():
    """Which version of Landlock this kernel has; 0 for none."""
    try:
        return asked_version()
    except OSError:
        return 0


def asked_version():
    """The same; OSError says why there is none."""
    return kernel.call("syscall", kernel.LANDLOCK_CREATE_RULESET, None, 0, _VERSION)


def restrict(reads, writes, network):
    """Let this process write below `writes` only, read there and below `reads` only, or anywhere where that is None.

    Places that are not there are passed over. Without `network` it opens no TCP connection. It sends no signal, and
    connects to no abstract socket, of a process that is not restricted with it. Raises OSError.
    """
    known = version()
    handled = _known(_WRITES | (0 if reads is None else _READS), known)
    rules = _Ruleset(handled, 0 if network else _BIND_AND_CONNECT, _SOCKETS_AND_SIGNALS)
    size = 24 if known >= HOLDS_SIGNALS else 16 if known >= 4 else 8
    ruleset = kernel.call("syscall", kernel.LANDLOCK_CREATE_RULESET, ctypes.byref(rules), size, 0)
    try:
        for path in reads or ():
            _allow(ruleset, path, handled & _READS)
        for path in writes:
            _allow(ruleset, path, handled)
        kernel.call("syscall", kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _known(rights, known):
    return rights & ~sum(right for came, right in _CAME.items() if known < came)


def _allow(ruleset, path, rights):
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _FILE_RIGHTS
        rule = _Beneath(rights, place)
        kernel.call("syscall", kernel.LANDLOCK_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)
