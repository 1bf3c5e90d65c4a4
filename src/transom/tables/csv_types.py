"""The contract's rule of what a text column is: whole numbers, decimals, true/false, ISO dates, or else text.

It looks at every cell. A column is offered to each kind in turn, one chunk after the other, so that the first cell
that does not fit ends the attempt. Empty cells are nulls already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.options import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

#: What stands for a missing value, in any case, in a column that is otherwise of numbers or dates.
MISSING_WORDS = ("na", "n/a", "#n/a", "null", "none", "nan", "?")

_AFTER_A_LEADING_ZERO = list(b"0123456789xX")
_EXACT_IN_FLOAT = 2.0**53
_UNITS = ("ns", "us")
_OFFSET = r"(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)$"


class _DoesNotFitError(Exception):
    """Some cell of the chunk is not of the kind that was tried."""


@dataclass(slots=True)
class Typed:
    """A column after the rule: `missing_words` counts the cells that held a word for missing."""

    kind: Kind | None
    values: pa.ChunkedArray
    missing_words: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The type in people's words."""
        return "empty" if self.kind is None else self.kind.shown


def typed(name: str, column: pa.ChunkedArray, *, decimal: str | None, wanted: Kind | None = None) -> Typed | None:
    """The column as the rule has it, or as `wanted`; None where it cannot be what is wanted.

    `decimal` is the character of decimals: `.`, `,`, or None where either may stand (one of them in a column).
    """
    if wanted is Kind.TEXT:
        return Typed(Kind.TEXT, column)
    if wanted is None and column.null_count == len(column):
        return Typed(None, pa.chunked_array([pa.nulls(len(column), pa.float64())]))
    attempts = {
        Kind.WHOLE: lambda: _whole(column, zeros_lead=wanted is Kind.WHOLE),
        Kind.DECIMAL: lambda: _decimal(column, decimal, zeros_lead=wanted is Kind.DECIMAL),
        Kind.BOOLEAN: lambda: _boolean(column),
        Kind.DATETIME: lambda: _datetime(column),
    }
    for kind in (wanted,) if wanted else tuple(attempts):
        try:
            found = attempts[kind]()
        except _DoesNotFitError:
            continue
        return (
            _with_warning(name, found) if found.values.null_count < len(column) or wanted else Typed(Kind.TEXT, column)
        )
    return None if wanted else Typed(Kind.TEXT, column)


def first_misfit(column: pa.ChunkedArray, kind: Kind, decimal: str | None) -> tuple[int, str]:
    """The number (from 0) and the text of the first cell that is not of `kind`, by halving."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        if typed("", column.slice(low, middle - low), decimal=decimal, wanted=kind) is None:
            high = middle
        else:
            low = middle
    return low, str(column[low].as_py())


def _with_warning(name: str, found: Typed) -> Typed:
    if found.missing_words:
        cells = "1 cell was" if found.missing_words == 1 else f"{found.missing_words} cells were"
        found.warnings.append(f"In column {name} {cells} read as missing (NA, NULL or ?).")
    found.warnings[:] = [one.replace("{column}", name) for one in found.warnings]
    return found


def _converted(column: pa.ChunkedArray, convert: Callable[[pa.Array], pa.Array]) -> tuple[list[pa.Array], int]:
    """Each chunk converted; where one resists, its cells are trimmed and freed of the words for missing first."""
    chunks, words = [], 0
    for chunk in column.chunks:
        try:
            chunks.append(convert(chunk))
        except (pa.ArrowInvalid, _DoesNotFitError):
            cleaned, count = _cleaned(chunk)
            try:
                chunks.append(convert(cleaned))
            except (pa.ArrowInvalid, _DoesNotFitError):
                raise _DoesNotFitError from None
            words += count
    return chunks, words


def _cleaned(chunk: pa.Array) -> tuple[pa.Array, int]:
    trimmed = pc.ascii_trim_whitespace(chunk)
    empty = pc.equal(trimmed, "")
    word = pc.is_in(pc.ascii_lower(trimmed), pa.array(MISSING_WORDS))
    count = pc.sum(word).as_py() or 0
    return pc.if_else(pc.or_(word, empty), pa.scalar(None, pa.string()), trimmed), count


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _whole(column: pa.ChunkedArray, *, zeros_lead: bool) -> Typed:
    try:
        chunks, words = _converted(column, partial(_integers, kind=pa.int64(), zeros_lead=zeros_lead))
    except _DoesNotFitError:
        chunks, words = _converted(column, partial(_integers, kind=pa.uint64(), zeros_lead=zeros_lead))
    values = pa.chunked_array(chunks)
    return Typed(Kind.WHOLE, values, words)


def _integers(chunk: pa.Array, kind: pa.DataType, *, zeros_lead: bool) -> pa.Array:
    try:
        values = chunk.cast(kind)
    except pa.ArrowInvalid:
        if not _any(pc.starts_with(chunk, "+")):
            raise
        chunk = _without_plus(chunk)
        values = chunk.cast(kind)
    if _has_leading_zero(chunk) and (not zeros_lead or _any(pc.match_substring(chunk, "x", ignore_case=True))):
        raise _DoesNotFitError
    return values


def _without_plus(chunk: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(chunk, r"^\+(\d)", r"\1")


def _has_leading_zero(chunk: pa.Array) -> bool:
    """Whether a cell begins with a zero (after a sign) that another digit or an x follows: 007, -01, 0x1F.

    It looks at the first bytes of all cells at once: a pattern for each cell would cost more than the conversion.
    """
    import numpy as np

    _, offsets, data = chunk.buffers()
    if data is None or not len(chunk):
        return False
    ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    letters = np.frombuffer(data, np.uint8)
    starts, lengths = ends[:-1], np.diff(ends)
    starts, lengths = starts[lengths > 1], lengths[lengths > 1]
    first = letters[starts]
    signed = (first == ord("-")) | (first == ord("+"))
    if signed.any():
        behind_sign = starts[signed & (lengths > 2)] + 1
        starts = np.concatenate([starts[~signed], behind_sign])
        first = letters[starts]
    second = letters[starts[first == ord("0")] + 1]
    return bool(np.isin(second, _AFTER_A_LEADING_ZERO).any())


def _decimal(column: pa.ChunkedArray, decimal: str | None, *, zeros_lead: bool) -> Typed:
    problem: _DoesNotFitError | None = None
    for point in (decimal,) if decimal else (".", ","):
        try:
            chunks, words = _converted(column, partial(_floats, point=point, zeros_lead=zeros_lead))
        except _DoesNotFitError as wrong:
            problem = wrong
            continue
        return Typed(Kind.DECIMAL, pa.chunked_array(chunks), words)
    raise problem or _DoesNotFitError


def _floats(chunk: pa.Array, point: str, *, zeros_lead: bool) -> pa.Array:
    if point == ",":
        if _any(pc.match_substring(chunk, ".")):
            raise _DoesNotFitError
        chunk = pc.replace_substring(chunk, ",", ".")
    values = chunk.cast(pa.float64())
    if not zeros_lead and _has_leading_zero(chunk):
        raise _DoesNotFitError
    if _any(pc.is_nan(values)):
        raise _DoesNotFitError  # the word nan: the cleaning turns it into a missing value, and counts it
    if _holds_long_whole_numbers(chunk, values):
        raise _DoesNotFitError
    return values


def _holds_long_whole_numbers(chunk: pa.Array, values: pa.Array) -> bool:
    """Whether a cell is a whole number too long for a decimal to hold it surely, such as an account number."""
    large = pc.greater(pc.abs(values), _EXACT_IN_FLOAT)
    return _any(large) and _any(pc.match_substring_regex(chunk.filter(large), r"^[+-]?[0-9]+$"))


def _boolean(column: pa.ChunkedArray) -> Typed:
    chunks = []
    for chunk in column.chunks:
        lower = pc.ascii_lower(chunk)
        true, false = pc.equal(lower, "true"), pc.equal(lower, "false")
        if not pc.all(pc.or_(true, false)).as_py():
            raise _DoesNotFitError
        chunks.append(true)
    return Typed(Kind.BOOLEAN, pa.chunked_array(chunks, pa.bool_()))


def _datetime(column: pa.ChunkedArray) -> Typed:
    """Instants without a zone, or all with one; the unit is ns, or us where the years need it."""
    for unit in _UNITS:
        try:
            chunks, words = _converted(column, partial(pc.cast, target_type=pa.timestamp(unit)))
            return Typed(Kind.DATETIME, pa.chunked_array(chunks, pa.timestamp(unit)), words)
        except _DoesNotFitError:
            pass
        try:
            chunks, words = _converted(column, partial(pc.cast, target_type=pa.timestamp(unit, "UTC")))
        except _DoesNotFitError:
            continue
        return _zoned(column, Typed(Kind.DATETIME, pa.chunked_array(chunks, pa.timestamp(unit, "UTC")), words))
    raise _DoesNotFitError


def _zoned(column: pa.ChunkedArray, found: Typed) -> Typed:
    """The instants in the one offset that the cells name, or in UTC where they name several."""
    offsets: set[str] = set()
    for chunk in column.chunks:
        cut = pc.struct_field(pc.extract_regex(pc.ascii_trim_whitespace(chunk), _OFFSET), "offset")
        offsets |= {_same_offset(text) for text in pc.unique(cut).to_pylist() if text is not None}
    if len(offsets) == 1:
        found.values = found.values.cast(pa.timestamp(found.values.type.unit, offsets.pop()))
    else:
        found.warnings.append("Column {column} has dates with several offsets; they were brought to UTC.")
    return found


def _same_offset(text: str) -> str:
    digits = text.replace(":", "").upper()
    if digits == "Z" or not digits.strip("+-0"):
        return "UTC"
    return f"{digits[:3]}:{digits[3:] or '00'}"
