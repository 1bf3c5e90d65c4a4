"""How a person's SQL is run by DuckDB over Arrow tables: it reaches no file, network or setting, and it stops."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from transom.components.interrupting import interrupted
from transom.components.native import CannotApply, Stopped
from transom.components.told import one_line, told_of_disk

#: What DuckDB may have of the machine's memory, unless it is said.
_SHARE = "50%"
_ROWS_AT_A_TIME = 1 << 15
#: Types that Arrow, or a reader of a step file, has not: DuckDB itself writes them as text.
_UNKNOWN = re.compile(r"\b(?:BIT|BIGNUM|UHUGEINT|VARIANT|TIME WITH TIME ZONE|UNION|GEOMETRY)\b")
_CONFIGURATION: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}
_LINE = re.compile(r"\n\s*LINE (\d+):")
_REACHING = re.compile(r"file system operations are disabled|external extensions|has been locked|Cannot access")
_MISSING = re.compile(r"Table with name (\S+) does not exist")
#: What DuckDB advises to set, and nobody can here.
_TO_SET = re.compile(r"(?: \*)? (?:Use \")?SET \w+.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query, mapped from a file, and DuckDB's word for the type of each column."""

    arrow: pa.Table
    words: list[str]


class Database:
    """A database in memory whose tables are those that it was given."""

    def __init__(self, connection: Any, folder: Path, stopped: Callable[[], bool]) -> None:
        self._connection = connection
        self._folder = folder
        self._stopped = stopped
        self._tables: list[str] = []

    def give(self, name: str, table: pa.Table) -> list[tuple[str, str]]:
        """Let a table be asked for under a name, without a copy; which of its columns have another name there."""
        self._connection.register(name, table)
        self._tables.append(name)
        own = self._connection.table(name).columns
        return [(ours, theirs) for ours, theirs in zip(table.schema.names, own, strict=True) if ours != theirs]

    def ask(self, query: str) -> Answer:
        """The rows of a query. Raises CannotApply for what is none or fails, and Stopped."""
        import duckdb

        try:
            with interrupted(self._stopped, self._connection.interrupt):
                return self._answer(self._select_of(query))
        except duckdb.Error as wrong:
            raise self._told(self._located(str(wrong), query)) from None

    def _located(self, said: str, query: str) -> str:
        """What was said, with the line where DuckDB knows it: of an explained query it tells that more often."""
        import duckdb

        if _LINE.search(said) or not said.startswith(("Binder", "Catalog", "Permission")):
            return said
        try:
            self._connection.execute(f"EXPLAIN {query}")
        except duckdb.Error as wrong:
            return str(wrong)
        return said

    def _select_of(self, query: str) -> str:
        """The one statement that the query is, if it selects."""
        import duckdb

        statements = self._connection.extract_statements(query)
        if len(statements) != 1:
            raise CannotApply(
                f"The query has {len(statements)} statements, and it must be one."
                if statements
                else "The query is empty.",
                "Write one SELECT; WITH name AS (...) before it takes the place of a table in between.",
            )
        if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI):
            word = one_line(query).split(" ")[0][:20]
            raise CannotApply(
                f"The query begins with {word!r}, and it may only select.",
                "Write one SELECT, which may begin with WITH; what it gives is the result.",
            )
        return _without_end(str(statements[0].query))

    def _answer(self, query: str) -> Answer:
        found = self._connection.sql(query)
        words = [str(kind) for kind in found.types]
        names = list(found.columns)
        as_text = [_becomes_text(word) for word in words]
        if any(as_text):
            chosen = [f"CAST(#{n} AS VARCHAR)" if text else f"#{n}" for n, text in enumerate(as_text, start=1)]
            found = self._connection.sql(f"SELECT {', '.join(chosen)} FROM ({query}\n)")
        spooled = self._folder / "rows.arrow"
        reader = found.to_arrow_reader(_ROWS_AT_A_TIME)
        with told_of_disk(self._folder):
            sink = pa.OSFile(os.fsencode(spooled), "wb")
        try:
            with sink, pa.ipc.new_stream(sink, reader.schema) as writer:
                for batch in self._batches(reader):
                    with told_of_disk(self._folder):
                        writer.write_batch(batch)
        finally:
            with suppress(pa.ArrowException, OSError):  # here, where it is interrupted: it would else work on ahead
                reader.close()
        table = pa.ipc.open_stream(pa.memory_map(os.fspath(spooled))).read_all()
        return Answer(table.rename_columns(names), words)

    def _batches(self, reader: Any) -> Iterator[pa.RecordBatch]:
        """What comes; what DuckDB says while it comes arrives as an error of Arrow's."""
        while True:
            if self._stopped():
                raise Stopped
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except (pa.ArrowException, OSError) as wrong:
                raise self._told(str(wrong)) from None
            yield batch

    def _told(self, said: str) -> CannotApply:
        line = _LINE.search(said)
        where = f" in line {line[1]}" if line else ""
        bare = said[: line.start()] if line else said.split("\n\n")[0]
        reason = one_line(_TO_SET.sub("", " ".join(re.sub(r"\A[A-Za-z -]+ Error: ", "", bare).split())))
        missing = _MISSING.search(said)
        if _REACHING.search(said):
            return CannotApply(
                f"The query reaches for a file, a network, an extension or a setting{where}, and it may reach none.",
                "Bring data in with the component import_data, and connect that to t1, t2 or t3.",
            )
        if missing is not None:
            return CannotApply(f"There is no table {missing[1]}{where} of the query.", self._tables_told())
        if "Out of Memory" in said:
            return CannotApply(
                "The query needs more memory than it may have.",
                "Let it keep fewer rows or columns, or give the step more: limits: {memory: 4GiB}.",
            )
        return CannotApply(
            f"The query fails{where}: {reason}.", "The SQL is DuckDB's: see https://duckdb.org/docs/sql."
        )

    def _tables_told(self) -> str:
        if not self._tables:
            return "No table with columns is connected to the step."
        return f"The tables that are connected: {', '.join(self._tables)}."


def _without_end(statement: str) -> str:
    """One statement up to the semicolon that ends it: one within a text, a name or a comment does not."""
    import duckdb

    in_bytes = statement.encode()
    for place, kind in duckdb.tokenize(statement):  # the places are those of bytes
        if kind == duckdb.token_type.operator and in_bytes[place : place + 1] == b";":
            return in_bytes[:place].decode()
    return statement


def _becomes_text(word: str) -> bool:
    """Whether DuckDB is to write a type as text; a span of time may stand alone, and not within other types."""
    if word.startswith("ENUM"):
        return False
    return _UNKNOWN.search(word) is not None or ("INTERVAL" in word and word != "INTERVAL")


@contextmanager
def opened(folder: Path, stopped: Callable[[], bool], memory: int | None, zone: str) -> Iterator[Database]:
    """A database for the time of the block; its temporary files lie in `folder`, and `memory` is in bytes.

    Times with a zone are shown in `zone`; where DuckDB does not know that, in UTC.
    """
    import duckdb  # 0.2 s; only who asks it waits for it

    aside = folder / "aside"
    configuration = {
        **_CONFIGURATION,
        "memory_limit": _SHARE if memory is None else f"{memory}B",
        "temp_directory": str(aside),
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    }
    connection = duckdb.connect(":memory:", config=configuration)
    try:
        _set_zone(connection, zone)
        # only now: a database without access to files is not told of a folder any more
        for setting in ("enable_progress_bar = false", "enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"SET {setting}")
        yield Database(connection, folder, stopped)
    finally:
        connection.close()


def _set_zone(connection: Any, zone: str) -> None:
    import duckdb

    try:
        connection.execute("SET TimeZone = '{}'".format(zone.replace("'", "''")))
    except duckdb.Error:
        connection.execute("SET TimeZone = 'UTC'")


def zone_of(tables: Mapping[str, pa.Table]) -> str:
    """The one zone of all times of the tables; UTC where there are none or several."""
    kinds = [kind for table in tables.values() for kind in table.schema.types]
    zones = {kind.tz for kind in kinds if pa.types.is_timestamp(kind) and kind.tz is not None}
    return zones.pop() if len(zones) == 1 else "UTC"
