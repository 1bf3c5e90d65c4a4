"""A script's lines while they are being repaired: what was changed, why, and the edits that come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from transom.engine.checks.reading import code_only, lines_of
from transom.model.scripts import Edit, Finding, Severity, Source


@dataclass(frozen=True, slots=True)
class Note:
    """What was wrong with a line: its number from 1, its column from 1, one sentence, and what to do."""

    line: int
    column: int
    message: str
    remedy: str
    certain: bool = True


class Draft:
    """The lines of a source; a repair changes them one by one, so that line numbers stay as they are."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.original = lines_of(source.text)
        self.lines = list(self.original)
        self.deleted: set[int] = set()
        self.notes: list[Note] = []

    @property
    def text(self) -> str:
        """The text as it stands now, its lines ended by a newline."""
        return "\n".join(self.lines)

    def code(self) -> list[str]:
        """The lines as they stand now, with what is in strings and comments blanked."""
        return lines_of(code_only(self.text))

    def change(self, line: int, text: str) -> None:
        """Put `text` in place of a line; lines count from 1."""
        self.lines[line - 1] = text

    def delete(self, line: int) -> None:
        """Take a line out; while the draft lives it is an empty one."""
        self.lines[line - 1] = ""
        self.deleted.add(line)

    def note(self, note: Note) -> None:
        """Remember why a line was changed."""
        self.notes.append(note)

    def findings(self, code: str, severity: Severity, *, sound: bool) -> list[Finding]:
        """A finding for each note; where the repaired text is not `sound`, none of its repairs is certain."""
        found = []
        waiting = self.edits()
        for note in self.notes:
            edits = [edit for line, edit in list(waiting.items()) if line == note.line]
            waiting.pop(note.line, None)
            found.append(
                Finding(
                    code,
                    severity,
                    note.message,
                    self.source.shown,
                    note.line,
                    note.column,
                    note.remedy,
                    tuple(edits),
                    sound and note.certain and bool(edits),
                )
            )
        if found and waiting:  # lines that were changed along with another one
            found[0] = replace(found[0], edits=(*found[0].edits, *waiting.values()))
        return found

    def edits(self) -> dict[int, Edit]:
        """The smallest edit of each line that was changed, by its number."""
        found = {}
        for number, (before, after) in enumerate(zip(self.original, self.lines, strict=True), start=1):
            if number in self.deleted:
                found[number] = Edit(number, 0, number + 1, 0, "")
            elif before != after:
                found[number] = _smallest(number, before, after)
        return found


def _smallest(number: int, before: str, after: str) -> Edit:
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return Edit(number, start, number, len(before) - end, after[start : len(after) - end])
