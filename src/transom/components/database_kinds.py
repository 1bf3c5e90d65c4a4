"""What databases differ in for a step: how one is told only to read, how its work is ended, what its errors say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transom.components.native import CannotApply

#: What is said to a database first, so that a query changes nothing.
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
}
_MYSQL = frozenset({"mysql", "mariadb"})
#: PostgreSQL streams the rows of these through a cursor, which it has for nothing else.
_WITH_CURSOR = frozenset({"select", "with", "values", "table"})
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_INTO_FILE = re.compile(r"\binto\s+(?:outfile|dumpfile)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a database says of an error in its own words, and what it advises, which is mostly nothing."""

    reason: str
    advice: str = ""


def is_mysql(dialect: str) -> bool:
    """Whether it is MySQL or MariaDB, which commit whatever makes or drops a table."""
    return dialect in _MYSQL


def read_only(connection: Any) -> None:
    """Have the transaction change nothing, where the database has a way for that."""
    before = _READ_ONLY.get(connection.dialect.name)
    if before is not None:
        connection.exec_driver_sql(before)


def streaming(connection: Any, query: str) -> Any:
    """The connection as a query is asked of it: rows come as they are fetched, and a percent sign is one."""
    word = re.match(r"[\s(]*([A-Za-z]*)", _COMMENT.sub(" ", query))
    is_streamed = connection.dialect.name != "postgresql" or (word is not None and word[1].lower() in _WITH_CURSOR)
    return connection.execution_options(stream_results=is_streamed, no_parameters=True)


def writes_a_file(dialect: str, query: str) -> bool:
    """Whether a query has MySQL write a file of the server, which a read-only transaction does not keep it from."""
    if not is_mysql(dialect):
        return False
    bare = _TEXT.sub("''", query)
    # what stands in `/*! ... */` is executed
    return any(_INTO_FILE.search(each) for each in (_COMMENT.sub(" ", bare), re.sub(r"/\*!?\d*|\*/", " ", bare)))


def interrupt_of(connection: Any) -> Callable[[], object]:
    """How what the connection does is ended, from another thread; of some databases between two pieces of rows only."""
    if is_mysql(connection.dialect.name):
        number = connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one()
        return lambda: _kill_query(connection.engine, int(number))
    driver = connection.connection.driver_connection
    for name in ("interrupt", "cancel"):  # SQLite; PostgreSQL and Oracle
        found = getattr(driver, name, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
    return lambda: None


def _kill_query(engine: Any, number: int) -> None:
    with engine.connect() as other:
        other.exec_driver_sql(f"KILL QUERY {number}")


def said_by(wrong: BaseException) -> Said:
    """What is wrong, as the database says it: without the statement and the numbers that drivers put around it."""
    own = getattr(wrong, "orig", None) or wrong
    told = getattr(own, "diag", None)  # psycopg and psycopg2
    first = getattr(told, "message_primary", None)
    if first:
        more = [one for one in (_detail(told), _place(told)) if one]
        return Said(f"{first} ({'; '.join(more)})" if more else first, getattr(told, "message_hint", None) or "")
    arguments: tuple[Any, ...] = getattr(own, "args", ())
    if len(arguments) == 2 and isinstance(arguments[0], int) and isinstance(arguments[1], str):  # drivers of MySQL
        return Said(arguments[1])
    return Said(str(own) or type(own).__name__)


def _detail(told: Any) -> str:
    detail = getattr(told, "message_detail", None) or ""
    # a whole row may be long, and nobody's business
    return "" if detail.startswith("Failing row contains") else detail.rstrip(".")


def _place(told: Any) -> str:
    """Which row and column of those that were sent is meant."""
    found = re.match(r"COPY .+, line (\d+)(?:, column (.+?))?(?:: |$)", getattr(told, "context", None) or "")
    if found is None:
        return ""
    return f"row {int(found[1]):,}{f', column {found[2]}' if found[2] else ''}"


def refuse_file(dialect: str, query: str) -> None:
    """Raise CannotApply for a query that has the server write a file."""
    if writes_a_file(dialect, query):
        raise CannotApply("The query has the server write a file, and it may only read.", "Leave INTO OUTFILE out.")
