"""Which files a script means by a place, and whether it may have them: of a datastore, of the web, or its own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from transom.errors import NotAllowed, WrongUse
from transom.model.assets import Datastore
from transom.model.file_sets import NamedFile
from transom.workspace.answering import Asking
from transom.workspace.answers.facts import Facts
from transom.workspace.contents import refuse_full_disk
from transom.workspace.datastores import files_of_datastore, find_datastore
from transom.workspace.datastores_masking import scheme_of, without_secrets
from transom.workspace.datastores_names import Parts, is_pattern, parts_of
from transom.workspace.datastores_places import Found

MOST_PLACES = 10_000
_WEB = ("http", "https")


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that a place led to, a content now; `path` is what it is called in a column of paths."""

    name: str
    size: int
    digest: str
    path: str

    @property
    def file(self) -> NamedFile:
        """The same in a set."""
        return NamedFile(self.name, self.size, self.digest)


def pieces_of(asking: Asking, facts: Facts, *, as_tables: bool = False) -> list[Piece]:
    """The files of all places in their order, each under a name of its own.

    Those that a folder or pattern of a place leads to are in the order of their names; `as_tables` leaves out what
    programs put beside tables: files that begin with `_` or a point. Raises NotAllowed, WrongUse, Unknown,
    DatastoreFailed, StoreUnwritable, and WrongUse where a place leads to no file.
    """
    told = facts.objects("places", MOST_PLACES)
    if not told:
        raise facts.wrong("there are no places in it", "Name a file.")
    found: dict[str, Piece] = {}
    for each in told:
        for piece in _of_place(asking, facts.part(each, ("datastore", "path", "url", "name", "content")), as_tables):
            name = _free_name(piece, found)
            if name is not None:
                found[name] = Piece(name, piece.size, piece.digest, piece.path)
    return list(found.values())


def usable_datastore(asking: Asking, name: str | None) -> Datastore:
    """The datastore of this name (None: the default one), if the run may use it. Raises NotAllowed and Unknown."""
    datastore = find_datastore(asking.workspace, name)
    context = asking.context
    wanted = f"datastore/{datastore.name}"
    if not datastore.built_in and context.is_kept_apart and wanted not in context.secrets:
        raise NotAllowed(
            what=f"the datastore {datastore.name}",
            policy=context.policy.value,
            advice=f"Name it for the run: `transom run --secret '{wanted}'`.",
        )
    return datastore


def _of_place(asking: Asking, facts: Facts, as_tables: bool) -> Iterator[Piece]:
    if facts.has("datastore"):
        yield from _of_datastore(asking, facts, as_tables)
    elif facts.has("url"):
        yield _of_web(asking, facts.text("url"))
    elif facts.has("content"):
        digest = facts.digest("content")
        name = "/".join(parts_of(facts.text("name"))) or "content"
        yield Piece(name, asking.workspace.blobs.size(digest), digest, name)
    else:
        raise facts.wrong("a place has neither a datastore, nor a url, nor a content")


def _of_datastore(asking: Asking, facts: Facts, as_tables: bool) -> Iterator[Piece]:
    datastore = usable_datastore(asking, facts.text("datastore"))
    parts = parts_of(facts.text("path", ""))
    place = files_of_datastore(asking.workspace, datastore)
    found = [each for each in place.find(parts) if not as_tables or _is_table_file(each, parts)]
    if not found:
        raise WrongUse(
            problem=f"There is no file {'/'.join(parts) or 'at all'} in the datastore {datastore.name}.",
            advice="`Datastore.get(ws, name)` knows its files by their paths from its root on, such as weather/*.csv.",
        )
    for each in found:
        refuse_full_disk(asking.workspace.blobs)
        kept = place.keep(each, asking.workspace.blobs)
        name = "/".join(each.parts[_base(parts, each.parts) :])
        yield Piece(name, kept.size, kept.digest, f"/{each.name}")


def _base(asked: Parts, found: Parts) -> int:
    """How many parts of a file's way are left out of its name: those of the folder that was given."""
    first = next((number for number, part in enumerate(asked) if is_pattern((part,))), None)
    return first if first is not None else len(asked) - (found == asked)


def _is_table_file(found: Found, asked: Parts) -> bool:
    """Whether a file was named as it is, or has no name of what programs put beside tables."""
    if found.parts == asked and not is_pattern(asked):
        return True
    return not found.parts[-1].startswith(("_", ".")) and found.size != 0


def _of_web(asking: Asking, url: str) -> Piece:
    from transom.workspace.datastores_web import fetch

    shown = without_secrets(url)
    if scheme_of(url) not in _WEB:
        raise WrongUse(
            problem=f"A script reads addresses of the web only, and this one is {shown[:200]}.",
            advice="Add the place outside of the script, `transom datastore add NAME URL`, and read it from there.",
        )
    context = asking.context
    if not context.reaches_network:
        raise NotAllowed(
            what=f"the address {shown[:200]}",
            policy=context.policy.value,
            advice="Add it outside of the script: `transom dataset add NAME URL`; or run it with `--network open`.",
        )
    blobs = asking.workspace.blobs
    with blobs.writer() as writing:
        size = fetch(url, writing.path, blobs)
    path = unquote(urlsplit(url).path)
    name = "/".join(parts_of(posixpath.basename(path))) or "content"
    return Piece(name, size, writing.digest, shown)


def _free_name(piece: Piece, taken: Mapping[str, Any]) -> str | None:
    """The name of a file, changed where another one has it; None where the very same is there already."""
    name, number = piece.name, 1
    while name in taken:
        if taken[name].digest == piece.digest and taken[name].path == piece.path:
            return None
        number += 1
        folder, slash, last = piece.name.rpartition("/")
        name = f"{folder}{slash}{number}-{last}"
    return name
