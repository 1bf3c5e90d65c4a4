"""Whether the text of a query does nothing but read, and how its rows become a table in the types that they have."""

from __future__ import annotations

import datetime
import json
import os
import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from transom.errors import WrongUse
from transom.tables.joined_pieces import NoCommonType, joined

ROWS_AT_A_TIME = 10_000
_READS = ("select", "with", "values", "table", "show", "describe", "desc", "explain")
_BEFORE_WORDS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*", re.DOTALL)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
#: Where one of these is, it is not known what of a text is a literal.
_OTHER_QUOTES = re.compile(r"[\\$\"`\[#]|--|/\*")


def refuse_writing(text: str) -> None:
    """Raise WrongUse for what is not one statement that reads."""
    statement = text.strip().rstrip(";").rstrip()
    bare = _BEFORE_WORDS.sub("", statement)
    first = re.match(r"[A-Za-z]*", bare)
    if first is None or first[0].lower() not in _READS:
        raise WrongUse(
            problem=f"A query may only read, and this one begins with {bare[:20]!r}.",
            advice="Begin it with SELECT or WITH.",
        )
    if ";" in statement and (_OTHER_QUOTES.search(statement) or ";" in _LITERAL.sub("", statement)):
        raise WrongUse(
            problem="A query is one statement, and this one has a semicolon in it.",
            advice="Make two queries of it; a semicolon within a text may need another way to write it, such as CHAR.",
        )


class Spool:
    """Rows on their way to a table: batches of one type after the other in files.

    `new_file` gives the path of a file that is not there yet; `told` surrounds what is written, and tells of the disk.
    """

    def __init__(self, new_file: Callable[[], Path], told: Callable[[], AbstractContextManager[None]]) -> None:
        self.names: list[str] = []
        self._new_file = new_file
        self._told = told
        self._files: list[Path] = []
        self._writer: Any = None
        self._schema: pa.Schema | None = None

    def take(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write so many rows, a value for each of `names`, to the disk."""
        columns = [array([row[number] for row in rows]) for number in range(len(self.names))]
        # several columns may have one name, and a schema may not
        batch = pa.record_batch(columns, names=[str(number) for number in range(len(columns))])
        with self._told():
            if batch.schema != self._schema:
                self._close()
                self._files.append(self._new_file())
                self._writer = pa.ipc.new_file(os.fspath(self._files[-1]), batch.schema)
                self._schema = batch.schema
            self._writer.write_batch(batch)

    def table(self) -> pa.Table:
        """All rows as one table, mapped from the files. Raises NoCommonType, which names the column."""
        with self._told():
            self._close()
        if not self._files:
            return pa.table([pa.nulls(0) for _ in self.names], names=self.names)
        try:
            tables = [pa.ipc.open_file(pa.memory_map(os.fspath(file))).read_all() for file in self._files]
            return joined(tables, mixed_as_text=True).rename_columns(self.names)
        except NoCommonType as wrong:
            wrong.column = self.names[int(wrong.column)]
            raise

    def remove(self) -> None:
        """Remove the files."""
        with self._told():
            self._close()
        for file in self._files:
            file.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def array(values: list[Any]) -> pa.Array:
    """One batch of a column in the type of its values; what has no type of its own, or several, becomes text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds & {bytearray, memoryview}:
        values = [bytes(value) if isinstance(value, (bytearray, memoryview)) else value for value in values]
        kinds = {bytes if kind in (bytearray, memoryview) else kind for kind in kinds}
    if kinds == {datetime.date, datetime.datetime}:  # Arrow would cut the times off
        values = [_as_time(value) for value in values]
        kinds = {datetime.datetime}
    if kinds == {datetime.time} and any(value is not None and value.tzinfo is not None for value in values):
        kinds = {datetime.time, str}  # Arrow would leave the zones out
    if (len(kinds) <= 1 and not kinds & {dict, list, tuple, set, uuid.UUID}) or kinds in ({int, float}, {int, Decimal}):
        try:
            return pa.array(values)
        except (pa.ArrowException, OverflowError, UnicodeError, TypeError, ValueError):
            pass  # a whole number of more than 64 bits, say
    return pa.array([None if value is None else _text(value) for value in values], pa.large_string())


def _as_time(value: Any) -> Any:
    if value is None or isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.combine(value, datetime.time())


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value).encode("utf-8", "backslashreplace").decode()
