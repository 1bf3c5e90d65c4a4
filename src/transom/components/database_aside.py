"""How a table of MySQL is replaced whole or not at all, although that server undoes nothing of what drops one."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from transom.components.interrupting import interrupted

#: So long is waited for a table that nobody needs to be free, in seconds.
_PATIENCE = 5


@contextlib.contextmanager
def written_aside(
    connection: Any, made: Any, stopped: Callable[[], bool], interrupt: Callable[[], object], *, there: bool
) -> Iterator[Any]:
    """A new table of another name, with the columns of `made`, that takes its place when the block ends.

    `there` says whether there is a table in that place, which is then dropped; it stays where the block raises, where
    the step is stopped, and where others lead to it.
    """
    aside = made.to_metadata(made.metadata, name=f"transom_{uuid.uuid4().hex}")
    old = made.to_metadata(made.metadata, name=f"{aside.name}_old")
    is_renamed = False
    aside.create(connection)
    try:
        yield aside
        with interrupted(stopped, interrupt):
            _rename(connection, *([(made, old)] if there else []), (aside, made))
            is_renamed = True
        if there:
            old.drop(connection)
    except BaseException:
        if is_renamed:
            _rename(connection, (made, aside), *([(old, made)] if there else []))
        _drop(connection, aside)
        raise


def _rename(connection: Any, *pairs: tuple[Any, Any]) -> None:
    """Rename tables all at once."""
    named = connection.dialect.identifier_preparer.format_table
    connection.exec_driver_sql(f"RENAME TABLE {', '.join(f'{named(one)} TO {named(other)}' for one, other in pairs)}")


def _drop(connection: Any, table: Any) -> None:
    """Drop a table that nobody needs; over another connection where this one is lost."""
    try:
        table.drop(connection)
    except Exception:
        with contextlib.suppress(Exception), connection.engine.connect() as other:  # what went wrong first is told
            other.exec_driver_sql(f"SET lock_wait_timeout = {_PATIENCE}")
            table.drop(other)
