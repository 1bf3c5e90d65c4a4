"""How functions are wrapped that do not tell what they touch: of Python 3.6 and 3.7, which have no audit hooks, and of
pandas before 1.2, which opens files by itself.

A wrapped function of Python looks like the one that it wraps: its name, its text, its type, its place in sets, its
pickle; it binds to no class. The one frame more is left out of what `traceback` shows.
"""

import builtins
import errno
import functools
import io
import os
import pathlib
import socket
import sys
import traceback

#: Errors by which something is kept from a script: what is hidden is not there, what is cut off is unreachable.
_REFUSED = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.EXDEV,
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EADDRNOTAVAIL,
    errno.ECONNREFUSED,
)
_FOLDERS = ("src_dir_fd", "dst_dir_fd")
#: Function of os -> the event of a newer Python, and the names of its parameters that are its arguments.
_OF_OS = {
    "open": ("open", ("path", "mode", "flags")),
    "listdir": ("os.listdir", ("path",)),
    "scandir": ("os.scandir", ("path",)),
    "chdir": ("os.chdir", ("path",)),
    "mkdir": ("os.mkdir", ("path", "mode", "dir_fd")),
    "remove": ("os.remove", ("path", "dir_fd")),
    "unlink": ("os.remove", ("path", "dir_fd")),
    "rmdir": ("os.rmdir", ("path", "dir_fd")),
    "rename": ("os.rename", ("src", "dst") + _FOLDERS),
    "replace": ("os.rename", ("src", "dst") + _FOLDERS),
    "link": ("os.link", ("src", "dst") + _FOLDERS),
    "symlink": ("os.symlink", ("src", "dst", "dir_fd")),
    "truncate": ("os.truncate", ("path", "length")),
    "chmod": ("os.chmod", ("path", "mode", "dir_fd")),
    "chown": ("os.chown", ("path", "uid", "gid", "dir_fd")),
    "utime": ("os.utime", ("path", "times", "ns", "dir_fd")),
}
#: How many of these may be given by their position.
_BY_POSITION = {"mkdir": 2, "remove": 1, "unlink": 1, "rmdir": 1, "symlink": 2, "chmod": 2, "chown": 3, "utime": 2}
_BY_POSITION.update(rename=2, replace=2, link=2)
_OF_SOCKETS = ("connect", "connect_ex", "bind")


def tell_failures(watching):
    """Let it judge, as (event, arguments), what fails that touches files, folders or sockets."""
    judge = watching.judge_failure
    io.open = builtins.open = _Telling(builtins.open, functools.partial(_judge_opened, judge))
    normal = type(pathlib._normal_accessor)  # it keeps what it found in os when it was imported
    for name in _OF_OS:
        judge_this = functools.partial(_judge_of_os, judge, name)
        setattr(os, name, _Telling(getattr(os, name), judge_this))
        if hasattr(pathlib._normal_accessor, name):
            setattr(normal, name, _Telling(getattr(pathlib._normal_accessor, name), judge_this))
    for name in _OF_SOCKETS:
        setattr(socket.socket, name, _telling_method(getattr(socket.socket, name), judge))
    socket.socket.__init__ = _telling_method(socket.socket.__init__, judge, event="socket.__new__")
    socket.socket.sendto = _telling_method(socket.socket.sendto, judge, address=-1)
    socket.getaddrinfo = _looking_up(socket.getaddrinfo, judge)
    socket.gethostbyname = _Telling(socket.gethostbyname, functools.partial(_judge_name_looked_up, judge))
    traceback.walk_tb = _without_our_frames(traceback.walk_tb)


def tell_of_pandas(watching):
    """Let it hear what pandas reads, where that is a pandas which opens files by itself."""
    parsers = sys.modules.get("pandas.io.parsers")
    read = getattr(parsers, "_read", None)
    if read is None:
        return

    @functools.wraps(read)
    def _read(filepath_or_buffer, kwds):
        watching.hear("open", (filepath_or_buffer, "r", os.O_RDONLY))
        return read(filepath_or_buffer, kwds)

    parsers._read = _read


class _Telling:
    # No docstring: that of the function is seen instead.
    __slots__ = ("__wrapped__", "_judge")

    def __init__(self, function, judge):
        self.__wrapped__ = function
        self._judge = judge

    def __call__(*given, **named):
        self = given[0]
        try:
            return self.__wrapped__(*given[1:], **named)
        except OSError as wrong:
            self._judge(wrong, given[1:], named)
            raise

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    def __eq__(self, other):
        return self is other or self.__wrapped__ == other

    def __hash__(self):
        return hash(self.__wrapped__)

    def __repr__(self):
        return repr(self.__wrapped__)

    def __reduce_ex__(self, protocol):
        return self.__wrapped__.__name__

    __class__ = property(lambda self: type(self.__wrapped__))
    __doc__ = property(lambda self: self.__wrapped__.__doc__)
    #: For pickle, which looks there for the same object.
    __module__ = property(lambda self: self.__wrapped__.__module__.replace("posix", "os"))


def _is_refused(wrong):
    return wrong.errno in _REFUSED or isinstance(wrong, socket.gaierror)


def _judge_opened(judge, wrong, given, named):
    if _is_refused(wrong):
        mode = given[1] if len(given) > 1 else named.get("mode", "r")
        flags = os.O_WRONLY if set(mode) & set("wax+") else os.O_RDONLY
        judge("open", (given[0] if given else named["file"], mode, flags))


def _judge_of_os(judge, name, wrong, given, named):
    if not _is_refused(wrong):
        return
    event, parameters = _OF_OS[name]
    if name == "open":
        path, flags = (list(given) + [named.get("path"), named.get("flags")][len(given) :])[:2]
        if named.get("dir_fd") is None:
            judge(event, (os.path.abspath(path), None, flags))
        return
    values = dict(zip(parameters[: _BY_POSITION.get(name, 1)], given), **named)
    judge(event, tuple(values.get(each) for each in parameters))


def _judge_name_looked_up(judge, wrong, given, named):
    judge("socket.gethostbyname", given)


def _looking_up(function, judge):
    """It tells beforehand: where there is no network, an address that needs no question is found all the same."""

    @functools.wraps(function)
    def getaddrinfo(host, port, *more, **named):
        judge("socket.getaddrinfo", (host, port))
        return function(host, port, *more, **named)

    _OURS.add(getaddrinfo.__code__)
    return getaddrinfo


def _telling_method(method, judge, address=0, event=None):
    """A method of sockets that tells; it must bind, so it is a function."""
    event = event or "socket." + method.__name__.replace("_ex", "")

    @functools.wraps(method)
    def telling(self, *given, **named):
        try:
            result = method(self, *given, **named)
        except OSError as wrong:
            if _is_refused(wrong):
                judge(event, (self, (given or (socket.AF_INET,))[address]))
            raise
        if event == "socket.connect" and result in _REFUSED:
            judge(event, (self, given[address]))
        return result

    _OURS.add(telling.__code__)
    return telling


_OURS = {_Telling.__call__.__code__}


def _without_our_frames(walk):
    @functools.wraps(walk)
    def walk_tb(tb):
        return (pair for pair in walk(tb) if pair[0].f_code not in _OURS)

    return walk_tb
