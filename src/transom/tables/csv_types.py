"""The contract's rule of what a text column is: whole numbers, decimals, true/false, ISO dates, or else text.

What a column may be is a ladder: a chunk of its cells climbs until it stands on a rung that all of its cells fit, and
the whole column is of the highest rung that any of its chunks needed. So every cell counts, and a cell that fits
nothing else ends the climb at text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.options import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

#: What stands for a missing value, in any case, in a column that is otherwise of numbers or dates.
MISSING_WORDS = ("na", "n/a", "#n/a", "null", "none", "nan", "?")

#: About so many cells of a chunk are tried on a rung before all of them are.
_CELLS_TRIED = 64
_EXACT_IN_FLOAT = 2.0**53
_OFFSET = r"(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)$"
_LEADING_ZERO = r"^[+-]?0[0-9xX]"


class DoesNotFitError(Exception):
    """Some cell of the chunk fits no rung that was left."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Something that a column may be. `cleans`: blanks and words for missing are taken away before a second try."""

    kind: Kind
    type: pa.DataType
    convert: Callable[[pa.Array], pa.Array]
    cleans: bool = True


@dataclass(frozen=True, slots=True)
class Climbed:
    """A chunk on its rung: `words` counts the cells with a word for missing, `offsets` are those of its instants."""

    rung: int
    values: pa.Array
    words: int = 0
    offsets: frozenset[str] = frozenset()


def ladder(wanted: Kind | None, decimal: str | None) -> tuple[Rung, ...]:
    """What a column may be, in the order in which it is tried; only `wanted` where that is said.

    `decimal` is the sign of decimals: `.`, `,`, or None where either may stand (one of them in a column).
    """
    zeros = wanted is not None
    whole = [Rung(Kind.WHOLE, one, partial(_integers, kind=one, zeros=zeros)) for one in (pa.int64(), pa.uint64())]
    points = (decimal,) if decimal else (".", ",")
    decimals = [Rung(Kind.DECIMAL, pa.float64(), partial(_floats, point=point, zeros=zeros)) for point in points]
    moments = [pa.timestamp(unit, zone) for unit in ("ns", "us") for zone in (None, "UTC")]
    rungs = (
        *whole,
        *decimals,
        Rung(Kind.BOOLEAN, pa.bool_(), _booleans, cleans=False),
        *(Rung(Kind.DATETIME, one, partial(pc.cast, target_type=one)) for one in moments),
        Rung(Kind.TEXT, pa.string(), lambda chunk: chunk, cleans=False),
    )
    return tuple(rung for rung in rungs if wanted is None or rung.kind is wanted)


def climb(rungs: tuple[Rung, ...], chunk: pa.Array, start: int = 0) -> Climbed:
    """The first rung from `start` on that every cell of a chunk of text fits; DoesNotFitError where there is none."""
    cleaned: tuple[pa.Array, int] | None = None
    for number in range(start, len(rungs)):
        rung = rungs[number]
        try:
            return _standing(number, rung, chunk, _converted(rung, chunk), 0)
        except (pa.ArrowInvalid, DoesNotFitError):
            pass
        if not rung.cleans:
            continue
        cleaned = cleaned or _cleaned(chunk)
        try:
            return _standing(number, rung, cleaned[0], _converted(rung, cleaned[0]), cleaned[1])
        except (pa.ArrowInvalid, DoesNotFitError):
            pass
    raise DoesNotFitError


def _converted(rung: Rung, chunk: pa.Array) -> pa.Array:
    """The cells of a chunk on a rung. A few are tried first: Arrow goes on after a misfit, and each takes its time."""
    if len(chunk) > 2 * _CELLS_TRIED:
        step = len(chunk) // _CELLS_TRIED
        few = chunk.take(pa.array(range(0, len(chunk), step), pa.int64())).drop_null()
        if len(few):
            rung.convert(few)
    return rung.convert(chunk)


def _standing(number: int, rung: Rung, chunk: pa.Array, values: pa.Array, words: int) -> Climbed:
    zoned = pa.types.is_timestamp(rung.type) and rung.type.tz is not None
    return Climbed(number, values, words, _offsets(chunk) if zoned else frozenset())


def first_misfit(rungs: tuple[Rung, ...], chunk: pa.Array) -> int:
    """The number (from 0) of the first cell that fits no rung, by halving; some cell of the chunk does not."""
    low, high = 0, len(chunk)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            climb(rungs, chunk.slice(low, middle - low))
            low = middle
        except DoesNotFitError:
            high = middle
    return low


def by_the_rule(texts: pa.Array) -> pa.Array:
    """A whole column of text as the rule has it, for comparing."""
    if texts.null_count == len(texts):
        return texts
    climbed = climb(ladder(None, "."), texts)
    return climbed.values if climbed.values.null_count < len(texts) else texts


def _cleaned(chunk: pa.Array) -> tuple[pa.Array, int]:
    trimmed = pc.ascii_trim_whitespace(chunk)
    word = pc.is_in(pc.ascii_lower(trimmed), pa.array(MISSING_WORDS))
    count = pc.sum(word).as_py() or 0
    return pc.if_else(pc.or_(word, pc.equal(trimmed, "")), pa.scalar(None, pa.string()), trimmed), count


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _count(mask: pa.Array) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _integers(chunk: pa.Array, kind: pa.DataType, *, zeros: bool) -> pa.Array:
    try:
        values = chunk.cast(kind)
    except pa.ArrowInvalid:
        if not _any(pc.starts_with(chunk, "+")):
            raise
        chunk = pc.replace_substring_regex(chunk, r"^\+(\d)", r"\1")
        values = chunk.cast(kind)
    if _has_leading_zero(chunk) and (not zeros or _any(pc.match_substring(chunk, "x", ignore_case=True))):
        raise DoesNotFitError
    return values


def _has_leading_zero(chunk: pa.Array) -> bool:
    """Whether a cell begins with a zero (after a sign) that another digit or an x follows: 007, -01, 0x1F.

    A pattern for each cell would cost more than the conversion, so first letters and harmless zeros are sorted out.
    """
    suspects = chunk.filter(_begins_with_zero_or_sign(chunk))
    for zero in ("0", "-0"):
        begins = pc.starts_with(suspects, zero)
        count = _count(begins)
        if not count or count == _count(pc.starts_with(suspects, f"{zero}.")) + _count(pc.equal(suspects, zero)):
            continue
        if _any(pc.match_substring_regex(suspects.filter(begins), _LEADING_ZERO)):
            return True
    return _any(pc.starts_with(suspects, "+0")) and _any(pc.match_substring_regex(suspects, _LEADING_ZERO))


def _begins_with_zero_or_sign(chunk: pa.Array) -> pa.Array:
    """Which cells of a chunk begin with a zero or with what stands before the digits in ASCII, as signs do."""
    _, offsets, letters = chunk.buffers()
    if chunk.null_count or not len(chunk) or letters is None:
        return pc.is_valid(chunk)
    starts = pa.Array.from_buffers(pa.int32(), len(chunk), [None, offsets], offset=chunk.offset)
    first = pa.Array.from_buffers(pa.uint8(), letters.size, [None, letters]).take(starts)
    return pc.less_equal(first, pa.scalar(ord("0"), pa.uint8()))


def _floats(chunk: pa.Array, point: str, *, zeros: bool) -> pa.Array:
    if point == ",":
        if _any(pc.match_substring(chunk, ".")):
            raise DoesNotFitError
        chunk = pc.replace_substring(chunk, ",", ".")
    values = chunk.cast(pa.float64())
    if not zeros and _has_leading_zero(chunk):
        raise DoesNotFitError
    if _any(pc.is_nan(values)):
        raise DoesNotFitError  # the word nan: the cleaning turns it into a missing value, and counts it
    if _holds_long_whole_numbers(chunk, values):
        raise DoesNotFitError
    return values


def _holds_long_whole_numbers(chunk: pa.Array, values: pa.Array) -> bool:
    """Whether a cell is a whole number too long for a decimal to hold it surely, such as an account number."""
    ends = pc.min_max(values).as_py()
    if ends["min"] is None or max(-ends["min"], ends["max"]) < _EXACT_IN_FLOAT:
        return False
    large = pc.greater_equal(pc.abs(values), _EXACT_IN_FLOAT)  # 2**53 may have been rounded from the number after it
    return _any(pc.match_substring_regex(chunk.filter(large), r"^[+-]?[0-9]+$"))


def _booleans(chunk: pa.Array) -> pa.Array:
    lower = pc.ascii_lower(chunk)
    true = pc.equal(lower, "true")
    if not pc.all(pc.or_(true, pc.equal(lower, "false"))).as_py():
        raise DoesNotFitError
    return true


def _offsets(chunk: pa.Array) -> frozenset[str]:
    """The offsets that the instants of a chunk name, each in one spelling: `UTC`, `+02:00`."""
    cut = pc.struct_field(pc.extract_regex(chunk, _OFFSET), "offset")
    return frozenset(_same_offset(text) for text in pc.unique(cut).to_pylist() if text is not None)


def _same_offset(text: str) -> str:
    digits = text.replace(":", "").upper()
    if digits == "Z" or not digits.strip("+-0"):
        return "UTC"
    return f"{digits[:3]}:{digits[3:] or '00'}"
