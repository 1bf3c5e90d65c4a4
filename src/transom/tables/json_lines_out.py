"""How a table becomes JSON lines, or one JSON array: UTF-8, ISO dates, null for missing, what is nested as it is."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.csv_cells import Cells, without_type
from transom.tables.display import cell_texts
from transom.tables.in_blocks import in_blocks
from transom.tables.keeping import named_columns
from transom.tables.leaving import Leaving, without_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    #: Some values of a column as JSON, each a text of its own; null where the value is missing.
    Spelling = Callable[[pa.Array], pa.Array]

_SPECIAL = r'[\x00-\x1f"\\]'
_CONTROL = r"[\x00-\x1f]"
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
_NUMBERS_AS_TEXT = ("decimals", "integers")
_AS_THEY_ARE = ("lists", "structures")
_TEXT = pa.large_string()


def write_json_lines(leaving: Leaving, target: Path) -> list[str]:
    """Write an object a line."""
    with target.open("wb") as sink:
        return _write(leaving, sink, "\n")


def write_json(leaving: Leaving, target: Path) -> list[str]:
    """Write one array of objects, each in a line of its own."""
    with target.open("wb") as sink:
        sink.write(b"[\n")
        warnings = _write(leaving, sink, ",\n")
        sink.write(b"\n]\n")
    return warnings


@dataclass(frozen=True, slots=True)
class _Column:
    """A column, what stands before each of its values, and how these are spelt."""

    before: str
    values: pa.ChunkedArray
    spell: Spelling

    def texts(self, start: int, count: int) -> pa.Array:
        """Some values, with `null` for missing ones."""
        part = self.values.slice(start, count)
        array = part.chunk(0) if part.num_chunks == 1 else part.combine_chunks()
        return pc.fill_null(self.spell(array).cast(_TEXT), "null")


def _write(leaving: Leaving, sink: BinaryIO, line_end: str) -> list[str]:
    flat = without_index(leaving.table, leaving.description)
    rows = flat.table.num_rows if flat.table.num_columns else leaving.description.rows
    names, given = flat.table.schema.names, [_as_values(column) for column in flat.table.columns]
    encodings = [leaving.description.encodings.get(field) if field else None for field in flat.fields]
    columns = [
        _Column(f"{',' if number else '{'}{json.dumps(name, ensure_ascii=False)}:", values, _spelling(values, encoding))
        for number, (name, values, encoding) in enumerate(zip(names, given, encodings, strict=True))
    ]
    for done, lines in in_blocks(rows, len(columns), lambda start, count: _lines(columns, start, count, line_end)):
        last = done == rows and line_end != "\n"
        sink.write(lines.slice(0, lines.size - len(line_end)) if last else lines)
        leaving.tell(done, rows)
    kinds = [without_type(one.type, said) for one, said in zip(flat.table.columns, encodings, strict=True)]
    infinite = [name for name, values in zip(names, given, strict=True) if _has_infinite(values)]
    return [*flat.warnings, *_warnings(dict(zip(names, kinds, strict=True)), infinite)]


def _as_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with categories as their values."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _warnings(kinds: dict[str, str | None], infinite: list[str]) -> Iterator[str]:
    spelt = {name: kind for name, kind in kinds.items() if kind not in (None, "bytes", *_AS_THEY_ARE)}
    if spelt:
        yield f"Written as text, since JSON has no such type: {named_columns(spelt)}. Parquet keeps the types."
    coded = {name: kind for name, kind in kinds.items() if kind == "bytes"}
    if coded:
        yield f"Bytes were written as text in base64: {named_columns(coded)}."
    if infinite:
        named = named_columns(dict.fromkeys(infinite, "infinite numbers"))
        yield f"JSON has no infinite numbers, so they were written as missing: {named}."


def _has_infinite(column: pa.ChunkedArray) -> bool:
    """Whether a number in the column, however deeply nested, is infinite."""
    kind = column.type
    if pa.types.is_floating(kind):
        return bool(pc.any(pc.is_inf(column)).as_py())
    if pa.types.is_struct(kind):
        return any(_has_infinite(pc.struct_field(column, [number])) for number in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _has_infinite(pc.list_flatten(column))
    return False


def _lines(columns: list[_Column], start: int, count: int, line_end: str) -> pa.Buffer:
    if not columns:
        return pa.py_buffer(f"{{}}{line_end}".encode() * count)
    parts: list[Any] = []
    for column in columns:
        parts += [pa.scalar(column.before, _TEXT), column.texts(start, count)]
    lines = pc.binary_join_element_wise(*parts, pa.scalar("}" + line_end, _TEXT), pa.scalar("", _TEXT))
    return pa.py_buffer(lines.buffers()[2])


def _spelling(column: pa.ChunkedArray, encoding: Mapping[str, Any] | None) -> Spelling:
    kind = column.type
    word = without_type(column.type, encoding)
    if word == "bytes":
        return _each(lambda value: json.dumps(base64.b64encode(value).decode()))
    if word in _AS_THEY_ARE:
        return _each(lambda value: json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")))
    if word is not None:
        return lambda array: _quoted(pa.array(cell_texts(pa.chunked_array([array]), encoding), _TEXT))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _numbers_or_texts if (encoding or {}).get("encoding") in _NUMBERS_AS_TEXT else _quoted
    if pa.types.is_floating(kind):
        return _finite
    cells = Cells.of(column, encoding, ",")
    if pa.types.is_temporal(kind):
        return lambda array: _in_quotes(pc.replace_substring(cells.spell(array), " ", "T", max_replacements=1))
    return cells.spell


def _quoted(texts: pa.Array) -> pa.Array:
    special = pc.match_substring_regex(texts, _SPECIAL)
    if pc.any(special).as_py():
        if pc.any(pc.match_substring_regex(texts, _CONTROL)).as_py():
            return _each(lambda value: json.dumps(value, ensure_ascii=False))(texts)
        texts = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    return _in_quotes(texts)


def _in_quotes(texts: pa.Array) -> pa.Array:
    quote = pa.scalar('"', _TEXT)
    return pc.binary_join_element_wise(quote, texts.cast(_TEXT), quote, pa.scalar("", _TEXT))


def _numbers_or_texts(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(texts, _NUMBER), texts.cast(_TEXT), _quoted(texts))


def _finite(array: pa.Array) -> pa.Array:
    texts = Cells.of(pa.chunked_array([], array.type), None, ",").spell(array)
    infinite = pc.is_inf(array)
    return pc.if_else(infinite, pa.scalar(None, pa.string()), texts) if pc.any(infinite).as_py() else texts


def _each(spell: Callable[[Any], str]) -> Spelling:
    """A spelling that Python makes, value by value."""
    return lambda array: pa.array([None if one is None else spell(one) for one in array.to_pylist()], _TEXT)


def _plain(value: Any) -> Any:
    """What is nested, as JSON can say it: NaN and infinite numbers are null, bytes base64, dates ISO."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return _mapping(value) if value and isinstance(value[0], tuple) else [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return value if isinstance(value, (bool, int, str, type(None))) else str(value)


def _mapping(pairs: list[tuple[Any, Any]]) -> Any:
    """A map of Arrow: an object where its keys are texts that stand once, else a list of pairs."""
    made = {key: _plain(inner) for key, inner in pairs if isinstance(key, str)}
    return made if len(made) == len(pairs) else [[_plain(key), _plain(inner)] for key, inner in pairs]
