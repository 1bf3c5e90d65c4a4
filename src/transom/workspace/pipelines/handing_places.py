"""What is known of data outside of a pipeline before it is read: that it is there, is allowed, and what names it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from blake3 import blake3

from transom.errors import NotThere, WrongUse
from transom.store.blobs import digest_of
from transom.tables.paths import near

if TYPE_CHECKING:
    from transom.workspace.reaching_bounds import Bounds

#: Raised whenever the same file would be read as another table.
_READ_AS = 2


def refuse_version(path: str) -> None:
    """Raise WrongUse for `azureml:cars:1.0` and the like."""
    name, colon, version = path.removeprefix("azureml:").partition(":")
    if path.startswith("azureml:") and not path.startswith("azureml://") and colon:
        problem = f"The version of a dataset is a whole number, and that of {path} is {version or 'empty'}."
        raise WrongUse(problem=problem, advice=f"Write azureml:{name}:1, or azureml:{name}@latest for the newest.")


def check_place(place: Path) -> None:
    """Raise NotThere with what was perhaps meant, and WrongUse where it cannot be seen whether anything is there."""
    try:
        place.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise _not_there(place, near(place)) from None
    except ValueError:  # a null byte in the name
        raise _not_there(repr(str(place)), "") from None
    except OSError as wrong:
        problem = f"{place} cannot be read: {wrong.strerror or wrong}."
        raise WrongUse(problem=problem, advice="Give a path that can be read.") from None


def _not_there(place: object, near_name: str) -> NotThere:
    wrong = NotThere(path=place, near=near_name)
    wrong.remedy = wrong.remedy.replace("the current folder", "the pipeline's folder")
    return wrong


def check_address(path: str, bounds: Bounds) -> None:
    """Raise CannotApply for an address that the policy of the run keeps from it."""
    from transom.workspace.datastores_masking import scheme_of, without_secrets
    from transom.workspace.reaching_addresses import Address, Kind
    from transom.workspace.reaching_chains import check_chain

    told = without_secrets(path)
    if scheme_of(path) in ("http", "https"):
        bounds.check_network(told)
    else:
        check_chain(Address(Kind.DISTANT, path, told), bounds)


def content_of(place: Path) -> str | None:
    """The digest of a plain file; None for anything else, and for one that cannot be read."""
    try:
        return digest_of(place) if os.path.isfile(place) else None
    except OSError:
        return None


def reading_of(place: Path, options: str) -> str | None:
    """What names the reading of a plain file: its content, its ending and the options; None for anything else."""
    content = content_of(place)
    if content is None:
        return None
    told = json.dumps([_READ_AS, content, "".join(place.suffixes).lower(), options])
    return blake3(told.encode()).hexdigest()
