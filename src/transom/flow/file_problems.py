"""How something that is wrong in a pipeline's or component's file is told: with its line, its column, its cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transom.errors import TransomError

_MOST_LINES = 5
#: A file with the same mistake a hundred times would push what comes first off the screen.
_MOST_SENTENCES = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a sentence without its full stop, what to do, and what was perhaps meant.

    Line and column count from 1, as editors do.
    """

    line: int
    column: int
    text: str
    advice: str = ""
    near: str = ""

    @property
    def remedy(self) -> str:
        """What to do."""
        return " ".join(part for part in (f"Did you mean {self.near}?" if self.near else "", self.advice) if part)


class PipelineInvalid(TransomError):
    """{place}: {text}.{others}"""

    code = "pipeline_invalid"
    remedy_text = "{remedy}"

    def __init__(self, *, path: object, problems: Sequence[Problem]) -> None:
        first, *others = problems = tuple(sorted(problems, key=lambda each: (each.line, each.column)))
        super().__init__(
            place=f"{path}:{first.line}:{first.column}",
            text=first.text,
            others=_others(others),
            remedy=first.remedy or "See docs/pipelines.md for what such a file holds.",
        )
        self.path = path
        self.problems = problems
        self.facts = {"path": path, "problems": problems}

    @property
    def sentences(self) -> list[str]:
        """The first problems, each on a line of its own with its place, and how many more there are."""
        shown = self.problems[:_MOST_SENTENCES]
        told = [f"{self.path}:{each.line}:{each.column}: {each.text}. {each.remedy}".strip() for each in shown]
        more = len(self.problems) - len(shown)
        return [*told, f"{self.path}: {more} more like these, or others."] if more else told


def _others(others: Sequence[Problem]) -> str:
    if not others:
        return ""
    lines = [str(line) for line in dict.fromkeys(each.line for each in others)]
    shown = ", ".join(lines[:_MOST_LINES]) + (", …" if len(lines) > _MOST_LINES else "")
    is_one = len(others) == 1
    return f" There {'is' if is_one else 'are'} {len(others)} more: line{'' if len(lines) == 1 else 's'} {shown}."
