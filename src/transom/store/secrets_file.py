"""Where a workspace lists its secrets: the file `secrets.json`, changed by one at a time, written aside and renamed."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transom.store.content_files import bring_to_disk

FILE = "secrets.json"
_LOCK = "secrets.lock"
_FORMAT = 1
_MOST_BYTES = 32 * 1024**2
#: How long a change waits for another one, in seconds: somebody may have to unlock a keyring.
_LONGEST_WAIT = 120.0
_STEP = 0.02
_PART = ".part"
_KEPT = frozenset({"keyring", "file"})

Entries = dict[str, dict[str, str]]


class Unusable(Exception):
    """A place of secrets cannot be used: the reason, to stand after a colon, and what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}. {advice}")
        self.reason = reason
        self.advice = advice


class Changing:
    """What the file lists while nobody else changes it; `write` puts the entries in their place."""

    def __init__(self, file: SecretsFile, entries: Entries) -> None:
        self.entries = entries
        self._file = file

    def entry(self, kept: str) -> dict[str, str]:
        """A new entry of a secret that is kept so."""
        return {"kept": str(kept), "stored": datetime.now(UTC).isoformat(timespec="seconds")}

    def write(self) -> None:
        """Put the entries in their place: all of them or, where that fails, none. Raises Unusable."""
        self._file.write(self.entries)


class SecretsFile:
    """The file of one workspace. Its entries are by name; each has `kept` and `stored`, and what its place adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE

    def read(self) -> Entries:
        """What is listed; nothing where there is no file yet. Raises Unusable."""
        try:
            content = _content(self.path)
        except FileNotFoundError:
            return {}
        except OSError as wrong:
            raise self._failed("read", wrong) from None
        try:
            return _entries(json.loads(content))
        except _Newer:
            raise Unusable(f"{self.path} was written by a newer Transom", "Install a newer Transom.") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Unusable(
                f"{self.path} is damaged", "Put a sound copy in its place; or move it away and store the secrets again."
            ) from None

    @contextmanager
    def changing(self) -> Iterator[Changing]:
        """What is listed, while nobody else changes it. Raises Unusable."""
        with self._alone():
            for left in self.folder.glob(f".{FILE}.*{_PART}"):  # of a process that was killed
                with suppress(OSError):
                    left.unlink()
            yield Changing(self, self.read())

    def write(self, entries: Entries) -> None:
        """Replace what is listed; for whoever is changing it. Raises Unusable."""
        content = json.dumps({"format": _FORMAT, "secrets": entries}, indent=1, sort_keys=True).encode()
        if len(content) > _MOST_BYTES:
            raise Unusable(f"{self.path} would have over {_MOST_BYTES:,} bytes", "Remove secrets that nobody needs.")
        aside = self.folder / f".{FILE}.{os.getpid()}-{os.urandom(4).hex()}{_PART}"
        try:
            write_new(aside, content)
            aside.replace(self.path)
            bring_to_disk(self.folder)
        except OSError as wrong:
            raise self._failed("written", wrong) from None
        finally:
            with suppress(OSError):
                aside.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as wrong:
            raise self._failed("written", wrong) from None
        try:
            self._wait_for(lock)
            yield
            fcntl.flock(lock, fcntl.LOCK_UN)  # a fork of this process may still have it open
        finally:
            os.close(lock)

    def _wait_for(self, lock: int) -> None:
        until = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Unusable(
                        f"another process has been changing {self.path} for too long", "Try again when it has ended."
                    ) from None
                time.sleep(_STEP)
            except OSError as wrong:
                raise self._failed("locked", wrong) from None

    def _failed(self, what: str, wrong: OSError) -> Unusable:
        return Unusable(
            f"{self.path} cannot be {what} ({wrong.strerror or wrong})",
            "Check its rights, those of its folder, and the room on its disk.",
        )


class _Newer(Exception):
    """The file is of a format that is not known yet."""


def write_new(path: Path, content: bytes) -> None:
    """Make a file that only its owner can read, and bring it to the disk. Raises OSError; FileExistsError for one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)


def _content(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""  # which is no JSON either
        content = stream.read(_MOST_BYTES + 1)
    return content if len(content) <= _MOST_BYTES else b""


def _entries(told: Any) -> Entries:
    """The entries of a document. Raises ValueError, KeyError and TypeError for one that is none of ours, and _Newer."""
    if isinstance(told["format"], int) and told["format"] > _FORMAT:
        raise _Newer
    entries = told["secrets"]
    if told["format"] != _FORMAT or not isinstance(entries, dict) or not all(map(_is_entry, entries.values())):
        raise ValueError
    return entries


def _is_entry(told: Any) -> bool:
    if not isinstance(told, dict) or told.get("kept") not in _KEPT or "stored" not in told:
        return False
    return all(isinstance(each, str) for each in told.values())
