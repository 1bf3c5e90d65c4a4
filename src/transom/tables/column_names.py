"""How every column of a table gets a name, and one that no other column has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def unique_names(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column names of which none is empty and none stands twice, with a warning for each that had to change.

    An empty name becomes `Unnamed: N`, as pandas calls it; a name that stands again becomes `x_0`, `x_1`, ...
    """
    given = [name or f"Unnamed: {position}" for position, name in enumerate(names)]
    taken, result, warnings = set(given), [], []
    seen: set[str] = set()
    next_numbers: dict[str, int] = {}  # the search goes on where it ended: a name may stand very often
    for name in given:
        chosen = name
        if name in seen:
            number = next_numbers.get(name, 0)
            while f"{name}_{number}" in taken:
                number += 1
            next_numbers[name] = number + 1
            chosen = f"{name}_{number}"
            warnings.append(f"The column name {name} stands twice; the later column is now {chosen}.")
        taken.add(chosen)
        seen.add(chosen)
        result.append(chosen)
    return tuple(result), tuple(warnings)
