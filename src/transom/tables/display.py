"""How one cell of any Arrow type reads as text, for previews and for formats that hold nothing but text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_UNIT_PARTS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def cell_texts(column: pa.ChunkedArray, encoding: Mapping[str, Any] | None = None) -> list[str | None]:
    """Every value of a column as text; a missing one (NaN too) is None. Meant for few rows or rare types.

    `encoding` is the column's entry of ours, which says how to read a struct (interval, complex).
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_timestamp(column.type):
        return [None if one is None else _instant(one) for one in _instant_texts(column)]
    if pa.types.is_duration(column.type):
        parts = _UNIT_PARTS[column.type.unit]
        return [None if one is None else _duration(one, parts) for one in column.cast(pa.int64()).to_pylist()]
    if (pa.types.is_time64(column.type) and column.type.unit == "ns") or pa.types.is_date32(column.type):
        return list(column.cast(pa.string()).to_pylist())
    return [_shown(value, encoding or {}) for value in _values(column)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values as Python has them; one that it has no place for, such as a date in the year 5 million, as a text."""
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        return [_value(one) for one in column]


def _value(cell: pa.Scalar) -> Any:
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        return f"(a {cell.type} out of range)"


def _shown(value: Any, encoding: Mapping[str, Any]) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, Mapping):
        return _struct(value, encoding)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (date, time, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return repr(value)[2:-1]
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _struct(value: Mapping[str, Any], encoding: Mapping[str, Any]) -> str:
    if set(value) == {"left", "right"}:
        closed = encoding.get("closed", "right")
        opening = "[" if closed in ("left", "both") else "("
        closing = "]" if closed in ("right", "both") else ")"
        return f"{opening}{_shown(value['left'], {})}, {_shown(value['right'], {})}{closing}"
    if set(value) == {"real", "imag"} and all(isinstance(part, (int, float)) for part in value.values()):
        return str(complex(value["real"], value["imag"]))
    return json.dumps(value, ensure_ascii=False, default=str)


def _instant_texts(column: pa.ChunkedArray) -> list[str | None]:
    try:
        return list(pc.cast(column, pa.string()).to_pylist())
    except pa.ArrowInvalid:  # a zone that this machine's zone data lacks: the instant itself, in UTC
        return list(pc.cast(column.cast(pa.timestamp(column.type.unit, "UTC")), pa.string()).to_pylist())


def _instant(text: str) -> str:
    """`2020-01-05 10:00:00.500000000` without the zeros that say nothing."""
    day_and_time, zone = text, ""
    for at in (text.rfind("+"), text.rfind("-"), text.rfind("Z")):
        if at > len("2020-01-05"):
            day_and_time, zone = text[:at], text[at:]
    if "." in day_and_time:
        day_and_time = day_and_time.rstrip("0").rstrip(".")
    if len(zone) == len("+0200"):
        zone = f"{zone[:3]}:{zone[3:]}"
    return day_and_time + zone if zone else day_and_time.removesuffix(" 00:00:00")


def _duration(count: int, parts: int) -> str:
    """As pandas has it: a negative one is so many whole days and the time of day after them (`-1 days +23:59:59`)."""
    whole, rest = divmod(count, parts)
    days, seconds = divmod(whole, 86400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    fraction = f".{rest:0{len(str(parts)) - 1}d}".rstrip("0") if rest else ""
    return f"{days} days {'+' if days < 0 else ''}{clock}{fraction}"
