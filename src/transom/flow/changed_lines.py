"""Which lines of a text are not those of an earlier one, told by the numbers that they have now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Texts of which more lines than that lie between the first and the last that differ are told of as one piece.
_MOST_COMPARED = 2000
_MOST_SPANS = 6


@dataclass(frozen=True, slots=True)
class ChangedLines:
    """What differs: lines that are other ones and lines that are new, as (first, last), counted from 1; before which
    lines some were removed, one more than there are for the end.
    """

    changed: tuple[tuple[int, int], ...] = ()
    added: tuple[tuple[int, int], ...] = ()
    removed: tuple[int, ...] = ()
    count: int = 0

    def __str__(self) -> str:
        """In words: `line 3 changed, lines 7-9, 12 were added, lines were removed before line 20`."""
        said = [f"{_numbers(self.changed)} changed"] if self.changed else []
        if self.added:
            is_one = len(self.added) == 1 and self.added[0][0] == self.added[0][1]
            said.append(f"{_numbers(self.added)} {'was' if is_one else 'were'} added")
        if self.removed:
            before = f"before line {self.removed[0]}" if self.removed[0] <= self.count else "at the end"
            more = f" and at {len(self.removed) - 1} other places" if len(self.removed) > 1 else ""
            said.append(f"lines were removed {before}{more}")
        return ", ".join(said)


def changed_lines(before: str, after: str) -> ChangedLines:
    """Compare two texts; nothing differs where only the ends of their lines do."""
    old, new = _lines(before), _lines(after)
    start = _same_at_start(old, new)
    end = _same_at_start(old[start:][::-1], new[start:][::-1])
    old_part, new_part = old[start : len(old) - end], new[start : len(new) - end]
    changed: list[tuple[int, int]] = []
    added: list[tuple[int, int]] = []
    removed: list[int] = []
    for kind, first, last in _pieces(old_part, new_part):
        if kind == "delete":
            removed.append(start + first + 1)
        else:
            (added if kind == "insert" else changed).append((start + first + 1, start + last))
    return ChangedLines(tuple(changed), tuple(added), tuple(removed), len(new))


def _pieces(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int]]:
    """What was done to lines, and to which of the new ones; it takes no longer than a person waits."""
    if not old or not new:
        return [("delete" if old else "insert", 0, len(new))] if old or new else []
    if max(len(old), len(new)) > _MOST_COMPARED:
        return [("replace", 0, len(new))]
    compared = SequenceMatcher(None, old, new, autojunk=True).get_opcodes()
    return [(kind, first, last) for kind, _, _, first, last in compared if kind != "equal"]


def _lines(text: str) -> list[str]:
    """As editors and Python count them: what else Unicode calls the end of a line is none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _same_at_start(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _numbers(spans: Sequence[tuple[int, int]]) -> str:
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in spans[:_MOST_SPANS]]
    more = f" and {len(spans) - _MOST_SPANS} more pieces" if len(spans) > _MOST_SPANS else ""
    is_one = len(spans) == 1 and spans[0][0] == spans[0][1]
    return f"{'line' if is_one else 'lines'} {', '.join(shown)}{more}"
