"""What the workspace of the hostile jobs answers, and what came of what it gave and was handed.

`dataset/open` gives a file, `dataset/gather` a folder, `dataset/register` takes what is handed over, `dataset/get` says
its facts again, and `dataset/read` takes its time.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.hostile.bait import Bait

from transom.engine.exchange import WorkspaceAnswer
from transom.errors import BlobCorrupt
from transom.store.blobs import COPIED_BYTES, FolderBlobs, digest_of

_CONTENT = b"what was given\n"
#: How long the slow answer takes, in seconds.
_SLOW = 0.5
_MOST_LOOKED_AT = 5_000_000
_LISTED = 0o711


class Exchanged:
    """The answers, and what is watched of them. `secret` is the digest of what the sibling is given."""

    def __init__(self, bait: Bait, blobs: FolderBlobs) -> None:
        self.folder = bait.workspace / "given"
        self.secret = blobs.put_bytes(bait.secret("given").encode())
        self._bait = bait
        self._blobs = blobs
        self._given = blobs.put_bytes(_CONTENT)
        self._before = self._state()
        self._handed: list[str] = []
        self._is_over = True
        self._too_late = 0

    @contextlib.contextmanager
    def answering(self) -> Iterator[Mapping[str, WorkspaceAnswer]]:
        """The answers for one job, as long as it goes on."""
        self._is_over = False
        try:
            yield {
                "workspace/describe": lambda _: {"name": "hostile"},
                "dataset/open": self._open,
                "dataset/gather": self._gather,
                "dataset/register": self._register,
                "dataset/get": lambda facts: {"said": self._counted(facts)},
                "dataset/read": self._read,
            }
        finally:
            self._is_over = True

    def _open(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        self._counted(facts)
        return {"files": {"content": self._given, "name": "given.txt"}}

    def _gather(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        self._counted(facts)
        files = [{"name": name, "digest": self._given} for name in ("a.txt", "below/b.txt")]
        return {"files": {"contents": files, "name": "files"}}

    def _register(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        self._handed += _digests_in(self._counted(facts))
        return {"took": facts}

    def _read(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        time.sleep(_SLOW)
        return {"table": {"content": self._given, "name": "late.txt"}}

    def _counted(self, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        self._too_late += self._is_over
        return facts

    def harm(self, siblings: int) -> list[str]:
        """What came of it, while so many jobs go on that were given something."""
        found = [f"{self._too_late} questions were answered after the end"] if self._too_late else []
        self._too_late = 0
        found += [wrong for digest in dict.fromkeys(self._handed) for wrong in self._wrong_with(digest)]
        self._handed = []
        if self._state() != self._before:
            found.append("what was given was changed among the blobs")
            self._make_again()
        return found + self._left(siblings)

    def _wrong_with(self, digest: str) -> Iterator[str]:
        with self._blobs.open(digest) as stream:
            leaks = self._bait.leaks_in(stream.read(_MOST_LOOKED_AT))
        yield from (f"the secret {each} was handed over" for each in sorted(leaks))
        try:
            self._blobs.check(digest)
        except BlobCorrupt:
            yield "what was handed over was changed among the blobs"
        status = self._blobs.path(digest).stat()
        if status.st_nlink > 1 or stat.S_IMODE(status.st_mode) != 0o444:
            yield "what was handed over has another name, or can be written to"
        if status.st_size > COPIED_BYTES:
            self._blobs.remove(digest)  # the next script hands as much over

    def _left(self, siblings: int) -> list[str]:
        """What is left in the folder of given contents, and whether jobs could list that."""
        mode = stat.S_IMODE(self.folder.stat().st_mode)
        self.folder.chmod(_LISTED)
        left = os.listdir(self.folder)
        self.folder.chmod(0o311)
        found = [f"{len(left) - siblings} folders of given contents were left"] if len(left) > siblings else []
        return found + ([f"the folder of given contents has the mode {mode:o}"] if mode != 0o311 else [])

    def _state(self) -> tuple[object, ...]:
        place = self._blobs.path(self._given)
        status = place.stat()
        return status.st_mode, status.st_mtime_ns, status.st_uid, status.st_size, digest_of(place) == self._given

    def _make_again(self) -> None:
        place = Path(self._blobs.where(self._given))
        with contextlib.suppress(FileNotFoundError):
            place.unlink()
        self._blobs.put_bytes(_CONTENT)
        self._before = self._state()


def _digests_in(facts: object) -> list[str]:
    """The digests of what was handed over, wherever the facts name them."""
    below: Iterable[object] = ()
    if isinstance(facts, Mapping):
        below = facts.values()
    elif isinstance(facts, list):
        below = facts
    own = [str(facts["digest"])] if isinstance(facts, Mapping) and facts.keys() == {"digest", "bytes"} else []
    return own + [digest for each in below for digest in _digests_in(each)]
