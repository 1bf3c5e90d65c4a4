"""How a script's processes ask Transom over the socket in the job folder, from any of them, in any Python.

This file uses nothing of ours, so that a process which the script started can load it by its path.
"""

import contextlib
import json
import os
import socket

#: The variable that names the socket.
LINK = "TRANSOM_LINK"
#: The longest path that a socket address can have.
LONGEST_ADDRESS = 107


class NoLink(Exception):
    """There is no Transom to ask: this process belongs to no job, or the job is over."""


class Refused(Exception):
    """Transom's answer is an error, a sentence; `remedy` says what to do."""

    def __init__(self, error, remedy=""):
        super().__init__(error)
        self.remedy = remedy


def ask(question, on_text=None, **facts):
    """Ask and wait for the answer, a dict; `on_text` is told each text that comes before it.

    The facts are what JSON knows. Raises Refused and NoLink.
    """
    line = json.dumps({"question": question, "facts": facts}).encode() + b"\n"
    with contextlib.closing(_connected()) as connection:
        try:
            connection.sendall(line)
            with connection.makefile("r", encoding="utf-8") as lines:
                return _answer(lines, on_text)
        except OSError as wrong:
            raise NoLink("Transom hung up: %s" % wrong)


def _answer(lines, on_text):
    for line in lines:
        told = json.loads(line)
        if "text" in told:
            if on_text is not None:
                on_text(told["text"])
        elif "error" in told:
            raise Refused(told["error"], told.get("remedy", ""))
        else:
            return told["answer"]
    raise NoLink("Transom hung up before it had answered; the job is being stopped.")


def _connected():
    path = os.environ.get(LINK)
    if not path:
        raise NoLink("This process belongs to no job of Transom (%s is not set)." % LINK)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if len(os.fsencode(path)) <= LONGEST_ADDRESS:
            connection.connect(path)
        else:
            _connect_deep(connection, path)
    except OSError as wrong:
        connection.close()
        raise NoLink("Transom does not listen at %s any more (%s)." % (path, wrong.strerror))
    return connection


def _connect_deep(connection, path):
    """An address has 107 bytes at most: of a deep folder a descriptor stands for the path."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        connection.connect("/proc/self/fd/%d/%s" % (folder, os.path.basename(path)))
    finally:
        os.close(folder)
