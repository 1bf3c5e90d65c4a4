"""What a source says of its content, so that it need not be read to know whether it changed since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.flow.reuse import ONLY_NOW
from transom.store.blobs import digest_of, digest_of_pieces

if TYPE_CHECKING:
    from transom.workspace.datastores_places import Found, Place

#: What filesystems of fsspec call what changes with a file's content.
_TELLING = (
    "ETag",
    "etag",
    "e_tag",
    "md5Hash",
    "md5",
    "content_md5",
    "modify",
    "crc32c",
    "generation",
    "sha256",
    "checksum",
    "sha",
    "LastModified",
    "last_modified",
    "updated",
    "modified",
    "mtime",
    "created",
)
#: A time of whole seconds tells nothing of what changes within them.
_SECONDS_UNSURE = 2.0


def only_now(why: str) -> dict[str, str]:
    """The mark of a source that cannot be asked: equal to no other one; `why` says so in words."""
    return {ONLY_NOW: os.urandom(16).hex(), "why": why}


def mark_of_files(files: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """The mark of files of this machine, by name: their contents. OSError where one cannot be read."""
    told = [(name, path.stat().st_size, _digest(path)) for name, path in files]
    if len(told) == 1:
        return {"digest": told[0][2], "size": str(told[0][1])}
    lines = "".join(f"{digest} {size} {name!r}\n" for name, size, digest in told)
    return {
        "digest": digest_of_pieces([lines.encode("utf-8", "surrogateescape")]),
        "size": str(sum(size for _, size, _ in told)),
        "files": str(len(told)),
    }


def _digest(path: Path) -> str:
    return digest_of(path) if path.stat().st_size else digest_of_pieces([])


def mark_of_web(address: str, headers: Mapping[str, str]) -> dict[str, str]:
    """What a web server says of a file, which is not read. Raises FetchFailed."""
    from transom.workspace.datastores_web import told_by_server

    told = told_by_server(address, headers)
    mark = {
        word: told[name]
        for word, name in (("etag", "ETag"), ("modified", "Last-Modified"), ("size", "Content-Length"))
        if told.get(name)
    }
    if "etag" in mark:
        return mark
    if "modified" not in mark:
        return mark | only_now("the server says neither an ETag nor when the file was changed")
    if _is_fresh(mark["modified"], told.get("Date")):
        return mark | only_now("the file was changed in the second in which the server was asked")
    return mark


def _is_fresh(modified: str, now: str | None) -> bool:
    import email.utils

    try:
        at = email.utils.parsedate_to_datetime(modified)
        return (email.utils.parsedate_to_datetime(now or "") - at).total_seconds() < _SECONDS_UNSURE
    except (ValueError, TypeError):
        return True


def mark_of_place(place: Place, found: list[Found]) -> dict[str, str]:
    """The mark of files of a datastore, or of a place that fsspec knows."""
    from transom.workspace.datastores_distant import DistantPlace
    from transom.workspace.datastores_places import FolderPlace
    from transom.workspace.datastores_web import WebPlace

    if isinstance(place, FolderPlace):
        return mark_of_files((each.name, place.folder.joinpath(*each.parts)) for each in found)
    if isinstance(place, WebPlace):
        return mark_of_web(place.address_of(found[0]), place.headers)
    assert isinstance(place, DistantPlace)
    told = [(each.name, _telling(place.info(each))) for each in found]
    sizes = [each.size for each in found]
    mark = {"files": str(len(told))}
    if all(size is not None for size in sizes):
        mark["size"] = str(sum(size or 0 for size in sizes))
    if not all(facts for _, facts in told):
        return mark | only_now("the place does not say when its files were changed")
    lines = "".join(f"{name!r} {facts}\n" for name, facts in told)
    return {"digest": digest_of_pieces([lines.encode("utf-8", "surrogateescape")]), **mark}


def _telling(info: Mapping[str, Any]) -> str:
    """What of a file's entry changes with its content, as text; empty where nothing does."""
    facts = {name: str(info[name]) for name in _TELLING if info.get(name)}
    return "" if not facts else repr(sorted({**facts, "size": str(info.get("size"))}.items()))
