"""What a job hands over: files in its folder `handed`, named in the facts of a question, and kept in the blobs.

The job goes on meanwhile. It may hold a file open, or have another name for it, or put another one in its place: so
what is kept is always a copy, of no more bytes than the file had when it was opened.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from io import BufferedReader, FileIO, RawIOBase
from typing import Any

from transom.engine.exchange_markers import Marker, is_handed, replaced
from transom.engine.job_folder import HANDED, JobFolder
from transom.errors import WrongUse
from transom.model.runs import Limits
from transom.model.texts import cut, visible
from transom.store.blobs import COPIED_BYTES, Blobs
from transom.store.foreign import MOST_HOLLOW, file_in, folder_below, hollow_bytes, is_sparse

#: So many files go with one question, and are taken of one job.
MOST_AT_ONCE = 10_000
MOST_OF_A_JOB = 100_000
_LONGEST_NAME = 200
_PLAIN = re.compile(r"(?!\.{1,2}$)[^/]{1,200}")
_PIECE_BYTES = 1 << 20
_HOW = "Write each to a new file in the folder `handed` of the job's folder (TRANSOM_JOB), close it, then ask."


class Handed:
    """The files that one job hands over: how many, and how many bytes, are counted over the whole job."""

    def __init__(self, job: JobFolder, blobs: Blobs, limits: Limits, is_over: Callable[[], bool]) -> None:
        """All together may have as many bytes as the outputs of the job, or its disk, whichever is less."""
        self._job = job
        self._blobs = blobs
        self._is_over = is_over
        self._most = min((each for each in (limits.outputs, limits.disk) if each is not None), default=None)
        self._bytes = self._files = self._hollow = 0
        self._lock = threading.Lock()

    def taken(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """The facts with {"digest", "bytes"} for each file that was handed over; the files are gone then.

        Raises WrongUse where one is not there, is no regular file, or is too much; then all are there still. Raises
        StoreUnwritable.
        """
        names: dict[str, None] = {}
        replaced(facts, is_handed, lambda marker: names.setdefault(_name(marker)))
        if not names:
            return facts
        self._count(len(names))
        kept = {name: self._kept(name) for name in names}
        self._remove(names)
        told: Mapping[str, Any] = replaced(facts, is_handed, lambda marker: dict(kept[_name(marker)]))
        return told

    def _count(self, files: int) -> None:
        with self._lock:
            too_many = files > MOST_AT_ONCE or self._files + files > MOST_OF_A_JOB
            self._files += 0 if too_many else files
        if too_many:
            raise WrongUse(
                problem=f"A question may hand over {MOST_AT_ONCE:,} files, and a run {MOST_OF_A_JOB:,}.",
                advice="Put many small files into one archive.",
            )

    def _kept(self, name: str) -> dict[str, Any]:
        """Digest and size of a file that is in the blobs now."""
        try:
            with self._job.opened() as job, folder_below(job, HANDED) as folder, file_in(folder, name) as stream:
                self._refuse_hollow(name, stream)
                return self._copied(name, stream)
        except FileNotFoundError:
            raise WrongUse(problem=f"{_shown(name)} was not handed over: there is no such file.", advice=_HOW) from None
        except OSError as wrong:
            reason = wrong.strerror or str(wrong)
            raise WrongUse(problem=f"{_shown(name)} cannot be handed over: {reason}.", advice=_HOW) from None

    def _copied(self, name: str, stream: FileIO) -> dict[str, Any]:
        size = os.fstat(stream.fileno()).st_size
        with self._lock:
            fits = self._most is None or self._bytes + size <= self._most
            self._bytes += size if fits else 0
        if not fits:
            raise WrongUse(
                problem=f"{_shown(name)} ({size:,} bytes) is more than this run may still hand over: it may keep"
                f" {self._most:,} bytes.",
                advice="Hand over less, or raise the limits `outputs` and `disk`.",
            )
        bounded = _Bounded(stream, size, self._is_over)
        if size <= COPIED_BYTES:
            digest = self._blobs.put_bytes(BufferedReader(bounded).read())
        else:
            digest = self._blobs.put_stream(BufferedReader(bounded, _PIECE_BYTES))
        return {"digest": digest, "bytes": bounded.count}

    def _refuse_hollow(self, name: str, stream: FileIO) -> None:
        """Files that are nearly all holes cost nothing to make, and much to keep."""
        hollow = hollow_bytes(os.fstat(stream.fileno()))
        with self._lock:
            self._hollow += hollow
            suspicious = hollow > 0 and self._hollow > MOST_HOLLOW
        if suspicious and is_sparse(stream):
            raise WrongUse(problem=f"{_shown(name)} is nearly empty for its size.", advice="Hand over what it holds.")
        stream.seek(0)

    def _remove(self, names: Iterable[str]) -> None:
        with contextlib.suppress(OSError), self._job.opened() as job, folder_below(job, HANDED) as folder:
            for name in names:
                with contextlib.suppress(OSError):  # the job removed it, or put a folder there
                    os.unlink(name, dir_fd=folder)


class _Bounded(RawIOBase):
    """The beginning of a file that its maker may still change; `count` is how many bytes were read."""

    def __init__(self, stream: FileIO, most: int, is_over: Callable[[], bool]) -> None:
        self.count = 0
        self._stream = stream
        self._most = most
        self._is_over = is_over

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._is_over():
            raise OSError("the job is over")
        view = memoryview(buffer)[: self._most - self.count]
        read = self._stream.readinto(view) if len(view) else 0
        self.count += read
        return read


def _name(marker: Marker) -> str:
    """The name of a file in `handed`. Raises WrongUse for what is no plain name, and for a digest in its place."""
    if "digest" in marker:
        raise WrongUse(problem="A content is handed over as a file, not named by its digest.", advice=_HOW)
    name = marker["handed"]
    if not isinstance(name, str) or not name.isprintable() or not _PLAIN.fullmatch(name):
        problem = f"{_shown(str(name))} is not the name of a file in the folder `handed`."
        raise WrongUse(problem=problem, advice="Give a file name without slashes.")
    return name


def _shown(name: str) -> str:
    return repr(visible(cut(name, _LONGEST_NAME)))
