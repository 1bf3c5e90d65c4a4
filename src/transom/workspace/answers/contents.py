"""How contents are named in an answer, and which contents a run may register that it was given before."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

from transom.errors import WrongUse
from transom.model.assets import DatasetKind
from transom.model.file_sets import FileSet, NamedFile
from transom.workspace.answering import Asking
from transom.workspace.answers.facts import Facts

_LONGEST_NAME_BYTES = 200
_LONGEST_PART_BYTES = 255
_LONGEST_BYTES = 2000
_MOST_PARTS = 50
#: So many files come with one question.
MOST_HANDED = 10_000


def table_given(digest: str, name: str) -> dict[str, Any]:
    """A step file, as an answer names it."""
    return {"content": digest, "name": f"{file_name(name)}.arrow"}


def files_given(files: Iterable[NamedFile], name: str) -> dict[str, Any]:
    """A folder of files, as an answer names it."""
    return {"contents": [{"name": each.name, "digest": each.digest} for each in files], "name": file_name(name)}


def file_name(name: str) -> str:
    """A name of a dataset, a model or a datastore as the name of a file, on any disk."""
    plain = re.sub(r"[\x00-\x1f\x7f/\\]", "_", name).strip(". ") or "content"
    return os.fsencode(plain)[:_LONGEST_NAME_BYTES].decode("utf-8", "ignore")


def issue(asking: Asking, kind: DatasetKind, digest: str) -> str:
    """The token of a content that the run was given: it may register it."""
    asking.issued.add((kind.value, digest))
    return digest


def kind_issued(asking: Asking, token: str) -> DatasetKind | None:
    """What a token stands for; None where this run was given nothing by it."""
    return next((kind for kind in DatasetKind if (kind.value, token) in asking.issued), None)


def handed_files(asking: Asking, facts: Facts) -> FileSet:
    """The files that were handed over with a question, under their names. Raises WrongUse, BlobMissing."""
    blobs = asking.workspace.blobs
    files: list[NamedFile] = []
    for told in facts.objects("files", MOST_HANDED):
        each = facts.part(told, ("name", "content"))
        digest = each.digest("content")
        files.append(NamedFile(_good_name(each), blobs.size(digest), digest))
    found = FileSet.of(files)
    if not files:
        raise facts.wrong("there are no files in it", "Name a file, or a folder that has some.")
    if len(found.files) < len(files):
        raise facts.wrong("two of its files have one name", "Rename one of them.")
    _refuse_clashes(found)
    return found


def _good_name(facts: Facts) -> str:
    name = facts.text("name")
    parts = name.split("/")
    try:
        sizes = [len(os.fsencode(part)) for part in parts]
    except UnicodeEncodeError:
        sizes = [_LONGEST_BYTES]
    too_long = max(sizes) > _LONGEST_PART_BYTES or sum(sizes) + len(sizes) > _LONGEST_BYTES
    if too_long or len(parts) > _MOST_PARTS or any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise facts.wrong(
            f"{name[:100]!r} cannot be the name of a file in a set",
            "A name is relative, without `..`, and its parts have up to 255 bytes.",
        )
    return name


def _refuse_clashes(files: FileSet) -> None:
    """That nothing is a file and a folder at once."""
    names = {each.name for each in files.files}
    for name in names:
        folder = name
        while folder := folder.rpartition("/")[0]:
            if folder in names:
                raise WrongUse(
                    problem=f"{folder[:100]!r} is among the files both as a file and as a folder.",
                    advice="Rename one of them.",
                )
