"""What the events of Python's audit hooks say is touched: which places, how, and which addresses."""

import os
import socket

READ, WRITE, CONNECT = "read", "write", "connect"
#: Another machine, or this one by its network; then come an address (None: not known yet) and whether it is certain.
INTERNET = "internet"
#: How a place is touched. Some follow a link at its end, the others mean the link itself.
OPEN, CHANGE, MAKE, REMOVE, REPLACE, ENTER = "open", "change", "make", "remove", "replace", "enter"
FOLLOWING = (OPEN, CHANGE, ENTER)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FAMILIES = (socket.AF_INET, socket.AF_INET6)


def _is_path(path):
    return isinstance(path, (str, bytes)) or hasattr(type(path), "__fspath__")


def _touch(what, how, path, folder=-1):
    """What is to be judged; nothing for a descriptor, and for a path that is relative to one."""
    if path is None:
        path = "."
    if not _is_path(path) or (folder not in (-1, None) and not os.path.isabs(path)):
        return ()
    return ((what, how, os.fspath(path)),)


def _opened(arguments):
    path, mode, flags = arguments
    if mode is None and _is_path(path) and not os.path.isabs(path) and not os.path.lexists(path):
        return ()  # os.open does not tell of the folder that such a path may be relative to
    return _touch(WRITE if flags & WRITING else READ, OPEN, path)


def _listed(arguments):
    return _touch(READ, OPEN, arguments[0])


def _entered(arguments):
    return _touch(READ, ENTER, arguments[0])


def _made(arguments):
    return _touch(WRITE, MAKE, arguments[0], arguments[-1])


def _removed(arguments):
    return _touch(WRITE, REMOVE, arguments[0], arguments[-1])


def _changed(arguments):
    """For what has a folder's descriptor as its last argument."""
    return _touch(WRITE, CHANGE, arguments[0], arguments[-1])


def _truncated(arguments):
    return _touch(WRITE, OPEN, arguments[0])


def _renamed(arguments):
    before, after, before_folder, after_folder = arguments
    return _touch(WRITE, REMOVE, before, before_folder) + _touch(WRITE, REPLACE, after, after_folder)


def _linked(arguments):
    existing, new, existing_folder, new_folder = arguments
    return _touch(READ, OPEN, existing, existing_folder) + _touch(WRITE, MAKE, new, new_folder)


def _linked_by_name(arguments):
    return _touch(WRITE, MAKE, arguments[1], arguments[2])


def _executed(arguments):
    """A program by its path: one that is looked for on PATH is found there or nowhere."""
    program = arguments[0]
    is_by_path = _is_path(program) and os.path.isabs(program)
    return _touch(READ, OPEN, program) if is_by_path else ()


def _database(arguments):
    """A database of SQLite, which is opened for reading where it cannot be written."""
    if not _is_path(arguments[0]):
        return ()
    path = os.fsdecode(arguments[0])
    if path.startswith("file:"):
        path = path[5:].partition("?")[0]
    if path in ("", ":memory:"):
        return ()
    return _touch(READ, OPEN, path) if os.path.lexists(path) else _touch(WRITE, OPEN, path)


def _connected(arguments):
    family, address = arguments[0].family, arguments[1]
    if family == socket.AF_UNIX:
        return ((CONNECT, OPEN, address),) if _is_a_name(address) else ()
    if family in _FAMILIES and isinstance(address, tuple):
        return ((INTERNET, _address(address[0], address[1]), True),)
    return ()


def _is_a_name(address):
    """Whether the address of a socket between processes is a path; the abstract ones are their namespace's own."""
    return _is_path(address) and os.fsencode(address)[:1] not in (b"", b"\0")


def _bound(arguments):
    """A place to be connected to: of the internet only with a port, since libraries bind without to see what works."""
    family, address = arguments[0].family, arguments[1]
    if family == socket.AF_UNIX:
        return ((WRITE, MAKE, address),) if _is_a_name(address) else ()
    if isinstance(address, tuple) and address[0] not in ("", "0.0.0.0", "::") and address[1]:
        return _connected(arguments)
    return ()


def _socket_made(arguments):
    """The first step of a connection, which fails already where there is no network at all."""
    return ((INTERNET, None, False),) if arguments[1] in _FAMILIES else ()


def _looked_up(arguments):
    """A name that is to become an address; one that needs no question is heard of when it is connected to."""
    host, port = arguments[0], arguments[1]
    if not isinstance(host, (str, bytes)):
        return ()
    name = os.fsdecode(host)
    is_number = ":" in name or name.replace(".", "").isdigit()
    if is_number or name in ("", "localhost", socket.gethostname()):
        return ((INTERNET, _address(name, port), False),) if port else ()
    return ((INTERNET, _address(name, port), True),)


def _name_looked_up(arguments):
    return _looked_up((arguments[0], None))


def _address(host, port):
    host = os.fsdecode(host)
    shown = "[%s]" % host if ":" in host else host
    return shown if port in (None, 0, "0") else "%s:%s" % (shown, port if isinstance(port, int) else os.fsdecode(port))


#: What is made of the arguments of an event: tuples (what, how, path) or (INTERNET, address or None, is it certain).
ASKED = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "os.chdir": _entered,
    "os.mkdir": _made,
    "os.remove": _removed,
    "os.rmdir": _removed,
    "os.rename": _renamed,
    "os.link": _linked,
    "os.symlink": _linked_by_name,
    "os.truncate": _truncated,
    "os.chmod": _changed,
    "os.chown": _changed,
    "os.utime": _changed,
    "os.exec": _executed,
    "os.posix_spawn": _executed,
    "subprocess.Popen": _executed,
    "sqlite3.connect": _database,
    "socket.__new__": _socket_made,
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
    "socket.bind": _bound,
    "socket.getaddrinfo": _looked_up,
    "socket.gethostbyname": _name_looked_up,
}
