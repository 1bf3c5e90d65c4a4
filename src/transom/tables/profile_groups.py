"""How often each whole number comes of an expression: in one query for many columns, of few rows or of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transom.tables.profile_database import TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transom.tables.profile_database import Database

#: Up to so many rows one pass over all columns is faster: planning a pass for each takes longer than making it.
FEW_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Grouping:
    """SQL of a whole number (`wide`, if BIGINT has no place for it) and of the condition under which a row has one."""

    place: str
    condition: str
    wide: bool = False


def counted(database: Database, groupings: Mapping[int, Grouping], rows: int) -> dict[int, list[tuple[int, int]]]:
    """For the number of each grouping: (a place, in how many of the `rows`), ascending. Raises duckdb.Error."""
    found: dict[int, list[tuple[int, int]]] = {number: [] for number in groupings}
    if not groupings:
        return found
    # Python takes long for numbers of 128 bits.
    kind = "HUGEINT" if any(each.wide for each in groupings.values()) else "BIGINT"
    query = _in_one_pass(groupings, kind) if rows <= FEW_ROWS else _in_a_pass_each(groupings, kind)
    for number, place, count in database.ask(query):
        found[number].append((place, count))
    for each in found.values():
        each.sort()
    return found


def _in_a_pass_each(groupings: Mapping[int, Grouping], kind: str) -> str:
    return " UNION ALL ".join(
        f"SELECT {number}, ({each.place})::{kind} AS place, count(*) FROM {TABLE} WHERE {each.condition} GROUP BY place"
        for number, each in groupings.items()
    )


def _in_one_pass(groupings: Mapping[int, Grouping], kind: str) -> str:
    places = ", ".join(f"CASE WHEN {each.condition} THEN ({each.place})::{kind} END" for each in groupings.values())
    return (
        f"SELECT number, place, count(*) FROM (SELECT unnest([{', '.join(map(str, groupings))}]) AS number, "
        f"unnest([{places}]) AS place FROM {TABLE}) WHERE place IS NOT NULL GROUP BY number, place"
    )
