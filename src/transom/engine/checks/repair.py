"""How edits are applied to a script's text, and how the change is shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from transom.model.scripts import Edit, Finding, Source

_LINE = re.compile(r"[^\r\n]*(\r\n|\r|\n|$)")


def repair(source: Source, findings: Iterable[Finding], *, certain_only: bool = True) -> str:
    """The text with the edits of the findings applied, those of the source's own file.

    An edit that overlaps an earlier one is left out, with all others of its finding; line ends stay as they are.
    """
    chosen: list[Edit] = []
    for finding in findings:
        if finding.file == source.shown and finding.edits and (finding.certain or not certain_only):
            new = [edit for edit in finding.edits if edit not in chosen]
            if not any(_overlap(one, other) for one in new for other in chosen):
                chosen.extend(new)
    return _applied(source.text, chosen)


def difference(source: Source, repaired: str) -> str:
    """A unified diff from the source to the repaired text; empty where they are the same."""
    before, after = (text.splitlines(keepends=True) for text in (source.text, repaired))
    told = difflib.unified_diff(before, after, source.shown, source.shown)
    return "".join(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in told)


def _overlap(one: Edit, other: Edit) -> bool:
    first, second = sorted((e.line, e.column, e.end_line, e.end_column) for e in (one, other))
    return (second[0], second[1]) < (first[2], first[3])


def _applied(text: str, edits: list[Edit]) -> str:
    starts, ends = [0], []
    for found in _LINE.finditer(text):
        ends.append(found.start(1))
        starts.append(found.end())
    newline = "\r\n" if "\r\n" in text else "\n"

    def offset(line: int, column: int) -> int:
        if line > len(ends):
            return len(text)
        return min(starts[line - 1] + column, ends[line - 1])

    placed = [(offset(e.line, e.column), offset(e.end_line, e.end_column), e.text) for e in edits]
    for start, end, new in sorted(placed, key=lambda each: each[:2], reverse=True):
        text = text[:start] + new.replace("\n", newline) + text[end:]
    return text
