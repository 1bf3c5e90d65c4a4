"""How the blocks of a text become columns: several blocks at once, and again where a later one needed a higher rung."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from transom.tables.csv_types import Climbed, Rung, climb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from transom.tables.csv_blocks import Blocks
    from transom.tables.options import Kind

Place = tuple[int, int]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Typed:
    """A column after the rule; `kind` is None where it has no value at all.

    `words` counts its cells that were read as missing although they hold a word (NA, NULL, ?).
    """

    kind: Kind | None
    values: pa.ChunkedArray
    words: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The type in people's words."""
        return "empty" if self.kind is None else self.kind.shown


@dataclass(slots=True)
class _Column:
    """A column on its way: the rung that it has reached, and each block's cells there (None: only missing ones)."""

    name: str
    rungs: tuple[Rung, ...]
    forced: bool
    reached: int = 0
    blocks: list[Climbed | None] = field(default_factory=list)

    def take(self, cells: pa.Array) -> Climbed | None:
        """The cells of a block on the rung that the column has reached, or on a higher one."""
        if cells.null_count == len(cells):
            return None
        climbed = climb(self.rungs, cells, self.reached)
        self.reached = max(self.reached, climbed.rung)
        return climbed

    def behind(self) -> list[int]:
        """The blocks that stand lower than the column; a column of nothing but words for missing is text."""
        found = [one for one in self.blocks if one is not None]
        if found and not self.forced and all(one.values.null_count == len(one.values) for one in found):
            self.reached = len(self.rungs) - 1
        self.reached = max([self.reached, *(one.rung for one in found)])
        return [number for number, one in enumerate(self.blocks) if one is not None and one.rung < self.reached]


def typed_columns(
    blocks: Blocks,
    columns: Sequence[tuple[str, tuple[Rung, ...], bool]],
    rows: int | None,
    tell: Callable[[int, int], None],
) -> list[Typed]:
    """The columns of a text, given each one's name, ladder and whether its type was said.

    Reads no more blocks than `rows` need (None: all). Raises ArrowInvalid for broken text, DoesNotFitError for a
    column that is not what was said.
    """
    made = [_Column(*one) for one in columns]
    places, lengths = _first_pass(blocks, made, rows, tell)
    while late := [(number, column) for column in made for number in column.behind()]:
        by_block: dict[int, list[_Column]] = {}
        for number, column in late:
            by_block.setdefault(number, []).append(column)
        _again(blocks, places, made, by_block)
    return [_joined(column, lengths) for column in made]


def _first_pass(
    blocks: Blocks, made: list[_Column], rows: int | None, tell: Callable[[int, int], None]
) -> tuple[list[Place], list[int]]:
    places: list[Place] = []
    lengths: list[int] = []

    def work(place: Place) -> tuple[Place, int, list[Climbed | None]]:
        cells = blocks.cells(place)
        return place, len(cells[0]), [column.take(one) for column, one in zip(made, cells, strict=True)]

    for place, length, climbed in _in_order(work, blocks.places(), wide=rows is None):
        places.append(place)
        lengths.append(length)
        for column, one in zip(made, climbed, strict=True):
            column.blocks.append(one)
        tell(place[1], blocks.size)
        if rows is not None and sum(lengths) >= rows:
            break
    return places, lengths


def _again(blocks: Blocks, places: list[Place], made: list[_Column], by_block: dict[int, list[_Column]]) -> None:
    def work(number: int) -> None:
        late = by_block[number]
        cells = blocks.cells(places[number], [made.index(column) for column in late])
        for column, one in zip(late, cells, strict=True):
            column.blocks[number] = column.take(one)

    for _ in _in_order(work, by_block, wide=True):
        pass


def _in_order(work: Callable[[Item], Result], items: Iterable[Item], *, wide: bool) -> Iterable[Result]:
    """The results in the order of the items; a few are worked on ahead, as many as there are cores."""
    ahead = pa.cpu_count() + 1 if wide else 1
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(ahead) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _joined(column: _Column, lengths: list[int]) -> Typed:
    found = [one for one in column.blocks if one is not None]
    if not found and not column.forced:
        return Typed(None, pa.chunked_array([pa.nulls(sum(lengths), pa.float64())]))
    rung = column.rungs[column.reached]
    chunks = [
        pa.nulls(length, rung.type) if one is None else one.values
        for one, length in zip(column.blocks, lengths, strict=True)
    ]
    values = pa.chunked_array(chunks, rung.type)
    warnings = []
    offsets = frozenset[str]().union(*(one.offsets for one in found))
    if len(offsets) == 1:
        values = values.cast(pa.timestamp(rung.type.unit, next(iter(offsets))))
    elif offsets:
        warnings.append(f"Column {column.name} has dates with several offsets; they were brought to UTC.")
    return Typed(rung.kind, values, sum(one.words for one in found), tuple(warnings))
