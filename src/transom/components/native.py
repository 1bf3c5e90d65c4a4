"""What a native component is given and what it hands back, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from transom.tables.description import Description


@dataclass(frozen=True, slots=True)
class Table:
    """A table between two steps: its Arrow columns (levels of its row index among them), and what is known of it."""

    arrow: pa.Table
    description: Description


class CannotApply(Exception):
    """A native component cannot do what was asked, because of what a person said or connected.

    `problem` is a sentence that names the column, the parameter or the place; `advice` says what to do.
    """

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice


class Stopped(Exception):
    """The step was asked to stop while it worked."""


class Outside(Protocol):
    """What a native component may reach outside: the workspace gives it, with the credentials that are needed.

    Each raises CannotApply with a sentence that shows no credential.
    """

    def until(self, stopped: Callable[[], bool]) -> Outside:
        """The same for one step: what it fetches or delivers is given up where `stopped` says so."""

    def fetched(self, address: str, secret: str | None) -> AbstractContextManager[Path]:
        """What an address, a path (with `**`) or a datastore's place leads to, as a file or folder on this machine,
        until the block ends.
        """

    def delivered(self, file: Path, address: str, secret: str | None, *, overwrite: bool) -> str:
        """Put a finished file where an address or path says; returns what a person calls that place."""

    def connected(self, url: str, secret: str | None) -> AbstractContextManager[Any]:
        """A SQLAlchemy connection to a database, in a transaction of its own."""

    def mark(self, address: str, secret: str | None) -> Mapping[str, str]:
        """What a source says of its content without reading it (`etag`, `size`, `modified`, `digest`): its mark."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a native component has to work with.

    `tables` are by input port, with only what is connected; `parameters` are checked, each has a value. `folder` is an
    empty one for its own files; `memory` is how many bytes it may use, None is no limit. `say` writes a line of the
    log. `stopped` is asked between pieces of work: where it is True, Stopped is raised.
    """

    tables: Mapping[str, Table]
    parameters: Mapping[str, Any]
    folder: Path
    outside: Outside
    say: Callable[[str], None]
    stopped: Callable[[], bool]
    memory: int | None = None


#: By output port: a table, or the path of a finished step file in the folder that was given.
Made = Mapping[str, "Table | Path"]
Native = Callable[[Given], Made]
