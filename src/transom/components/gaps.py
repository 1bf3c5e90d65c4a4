"""How pandas holds a column of which some cells have become missing: what it has no mask for changes its type.

Whole numbers become float64 as in pandas, or, where a float cannot say one of them, Int64; true and false become
objects; all else has a missing value of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.frame import Column

_EXACT_IN_FLOAT = 1 << 53
_UNMASKED_FLOATS = ("float16", "float32", "float64")


def with_gaps(column: Column) -> Column:
    """The column as pandas holds it with its missing cells; the very same where nothing has to change."""
    if not column.values.null_count:
        return column
    word = (column.encoding or {}).get("encoding")
    if word in _BY_ENCODING:
        return _BY_ENCODING[word](column)
    if word is not None or column.dtype[:1].isupper() or column.dtype in ("boolean", "string"):
        return column
    kind = column.values.type
    if pa.types.is_integer(kind):
        return _integers(column)
    if pa.types.is_floating(kind):
        return replace(column, values=pc.fill_null(column.values, pa.scalar(float("nan"), kind)))
    if pa.types.is_boolean(kind):
        return _retyped(column, {"dtype": "object", "encoding": "booleans"})
    return column


def _retyped(column: Column, encoding: Mapping[str, Any] | None) -> Column:
    return replace(column, entry=None, encoding=encoding)


def _integers(column: Column) -> Column:
    floats = as_floats(column.values)
    if floats is not None:
        return replace(column, values=floats, entry=None, encoding={"dtype": "float64"})
    name = str(column.values.type)
    return _retyped(column, {"dtype": name.replace("int", "Int").replace("uI", "UI")})


def as_floats(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Whole numbers as float64 with NaN for missing ones; None where a float cannot say one of them."""
    ends = pc.min_max(values).as_py()
    if ends["min"] is not None and (ends["min"] < -_EXACT_IN_FLOAT or ends["max"] > _EXACT_IN_FLOAT):
        return None
    return pc.fill_null(values.cast(pa.float64()), float("nan"))


def _byte_order(column: Column) -> Column:
    """Floats keep it; whole numbers become floats, which numpy has in its own order."""
    plain = replace(column, entry=None, encoding=None)
    if pa.types.is_floating(column.values.type):
        return replace(column, values=with_gaps(plain).values)
    return with_gaps(plain)


def _sparse(column: Column) -> Column:
    """What is missing is a value that is not the usual one; it needs a type that can be missing."""
    encoding = dict(column.encoding or {})
    bound = encoding.get("values") or {}
    inner = with_gaps(replace(column, entry=None, encoding=bound if "encoding" in bound else None))
    if inner.values.type == column.values.type:
        return replace(column, values=inner.values)
    return _retyped(inner, inner.encoding)


def _interval(column: Column) -> Column:
    """Bounds of whole numbers become floats."""
    encoding, kind = dict(column.encoding or {}), column.values.type
    if not (pa.types.is_struct(kind) and all(pa.types.is_integer(each.type) for each in kind)):
        return column
    array = pa.concat_arrays(column.values.chunks)
    sides = [pc.struct_field(array, place).cast(pa.float64(), safe=False) for place in range(2)]
    made = pa.StructArray.from_arrays(sides, names=["left", "right"], mask=pc.is_null(array))
    old = str((encoding.get("left") or {}).get("dtype"))
    encoding |= {side: {"dtype": "float64"} for side in ("left", "right")}
    encoding["dtype"] = str(encoding.get("dtype", "")).replace(old, "float64")
    return replace(column, values=pa.chunked_array([made]), encoding=encoding)


_BY_ENCODING = {"byte order": _byte_order, "sparse": _sparse, "interval": _interval}
