"""The parent's end of the link of a job: a socket in its folder, where its processes ask, and who answers what.

Whoever asks may be hostile: what all of them may have at a time is bounded, in threads, bytes and seconds.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from transom.errors import TransomError

#: What answers a question: it gets the facts that came with it, and a function that shows a text at once.
Answer = Callable[[Mapping[str, Any], Callable[[str], None]], Mapping[str, Any]]

#: A question, one line of JSON, has at most so many bytes.
_MOST_BYTES = 4 * 1024**2
#: All the questions that are being asked or answered have so many bytes together: read as JSON they are twenty times
#: as large.
_MOST_BYTES_TOGETHER = 2 * _MOST_BYTES
#: A question must have arrived whole within so many seconds after the connection, and each text be taken within them.
_SECONDS_TO_ASK = 30.0
#: So many questions are answered at a time; who asks more is told so.
_MOST_AT_A_TIME = 32
_PIECE = 1 << 16
#: The longest path that a socket address can have.
_LONGEST_ADDRESS = 107


class Link:
    """A socket that waits for the questions of one job.

    A question is a line `{"question": NAME, "facts": {...}}`; what comes back are any number of lines `{"text": ...}`
    and at last one line `{"answer": {...}}` or `{"error": SENTENCE, "remedy": SENTENCE}`.
    """

    def __init__(self, path: Path, answers: Mapping[str, Answer] | None = None) -> None:
        """Listen at `path`, which is not there yet; `answers` may come later, before anybody can ask.

        OSError where its folder cannot be written to.
        """
        self.path = path
        self.answers = answers or {}
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._room = _MOST_BYTES_TOGETHER
        self._closed = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _address(path) as address:
                self._socket.bind(address)
            path.chmod(0o600)
            self._socket.listen(_MOST_AT_A_TIME)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """The descriptor that is ready to be read when somebody wants to ask; -1 after `close()`."""
        return self._socket.fileno()

    def accept(self) -> None:
        """Take whoever waits, if somebody does, and answer in a thread of its own."""
        try:
            connection, _ = self._socket.accept()
        except OSError:  # gone again, or nobody was there
            return
        with self._lock:
            busy = len(self._open) >= _MOST_AT_A_TIME
            if not busy:
                self._open.add(connection)
        if busy:
            connection.setblocking(False)  # nobody may hold up who calls this
            _Asker(connection).say(_error("Too many questions are asked at a time.", "Ask one after the other."))
            connection.close()
            return
        try:
            threading.Thread(target=self._serve, args=(connection,), name="transom link", daemon=True).start()
        except RuntimeError:  # this machine has no thread left
            self._leave(connection)

    def close(self) -> None:
        """Listen no more and hang up; an answer that is still worked at reaches nobody."""
        self._socket.close()
        with self._lock:
            self._closed = True
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _leave(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)
            connection.close()

    def _serve(self, connection: socket.socket) -> None:
        asker = _Asker(connection)
        try:
            line = asker.line(self._take_room)
            if line is not None and not self._closed:  # what was asked just before the end is asked too late
                asker.say(self._answered(line, lambda text: asker.say({"text": text})))
        finally:
            self._take_room(-asker.bytes)
            self._leave(connection)

    def _take_room(self, size: int) -> bool:
        """Whether so many bytes more may come; they are given back as a negative size."""
        with self._lock:
            if size > self._room:
                return False
            self._room -= size
            return True

    def _answered(self, line: bytes, tell: Callable[[str], None]) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except (ValueError, RecursionError, MemoryError):
            asked = None
        facts = asked.get("facts", {}) if isinstance(asked, dict) else None
        if not isinstance(facts, dict) or not isinstance(asked.get("question"), str):
            return _error("That is no question: it must be an object with question and facts.", "Ask with pip.")
        answer = self.answers.get(asked["question"])
        if answer is None:
            known = ", ".join(sorted(self.answers)) or "none"
            return _error(f"Nobody here answers {asked['question'][:100]!r}.", f"The questions that are: {known}.")
        try:
            return {"answer": dict(answer(facts, tell))}
        except TransomError as wrong:
            return _error(wrong.message, wrong.remedy)
        except Exception as wrong:  # the script must hear a sentence, whatever went wrong with its answer
            return _error(f"Transom could not answer: {type(wrong).__name__}: {wrong}", "Please report this.")


def _error(sentence: str, remedy: str) -> dict[str, Any]:
    return {"error": sentence, "remedy": remedy}


class _Asker:
    """Who is at the other end of a connection; `bytes` is how much has come from there."""

    def __init__(self, connection: socket.socket) -> None:
        self.bytes = 0
        self._connection = connection
        self._listens = True

    def line(self, take_room: Callable[[int], bool]) -> bytes | None:
        """The first line that arrives; None where none does, in time and within the size."""
        got = bytearray()
        until = time.monotonic() + _SECONDS_TO_ASK
        with contextlib.suppress(OSError):
            while (left := until - time.monotonic()) > 0:
                self._connection.settimeout(left)
                piece = self._connection.recv(_PIECE)
                if not piece or not self._has_room(len(piece), take_room):
                    return None
                got += piece
                if b"\n" in piece:
                    return bytes(got).partition(b"\n")[0]
        return None

    def _has_room(self, size: int, take_room: Callable[[int], bool]) -> bool:
        if self.bytes + size > _MOST_BYTES:
            self.say(_error(f"A question has more than {_MOST_BYTES} bytes.", "Ask for less at a time."))
            return False
        if not take_room(size):
            self.say(_error("Too much is asked at a time.", "Ask one after the other."))
            return False
        self.bytes += size
        return True

    def say(self, what: Mapping[str, Any]) -> None:
        """Tell it something; who did not take one thing in time is told nothing more."""
        if not self._listens:
            return
        try:
            if self._connection.gettimeout() != 0.0:
                self._connection.settimeout(_SECONDS_TO_ASK)
            self._connection.sendall(json.dumps(what, default=str).encode() + b"\n")
        except OSError:  # who asked is gone, or does not read: there is nobody to tell
            self._listens = False


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """What a socket can be bound to for any path: an address has 107 bytes at most, so a deep folder is opened."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
