"""How a script's indentation goes wrong, and what it was meant to be."""

from __future__ import annotations

import re
import textwrap

from transom.engine.checks.draft import Draft, Note
from transom.engine.checks.reading import parsed

_INDENT = re.compile(r"[ \t]*")


def indentation(draft: Draft, wrong: SyntaxError) -> bool:
    """Tabs among spaces, a whole script that is indented, a body that is not."""
    if not isinstance(wrong, IndentationError):
        return False
    return _tabs(draft, wrong) or _all_of_it(draft, wrong) or _body(draft, wrong) or _one_line(draft, wrong)


def _tabs(draft: Draft, wrong: SyntaxError) -> bool:
    """A tab is eight columns, as Python 2 read it, or four, as most editors show it."""
    code = draft.code()
    if not any("\t" in _indent(line) for line in draft.lines):
        return False
    for width in (8, 4):
        lines = [
            _indent(line).expandtabs(width) + line[len(_indent(line)) :] if code[number].strip() else line
            for number, line in enumerate(draft.lines)
        ]
        if _gets_further(lines, wrong):
            changed = [n for n, line in enumerate(lines, start=1) if line != draft.lines[n - 1]]
            draft.lines[:] = lines
            line = next((n for n in changed if n >= (wrong.lineno or 1)), changed[0])
            message = f"Line {line} is indented with a tab, other lines with spaces."
            draft.note(Note(line, 1, message, "Indent every line with spaces.", certain=width == 8))
            return True
    return False


def _all_of_it(draft: Draft, wrong: SyntaxError) -> bool:
    """Every line is indented by the same, as a piece copied out of something larger is."""
    first = next((n for n, line in enumerate(draft.code(), start=1) if line.strip()), 0)
    if wrong.lineno != first or wrong.msg != "unexpected indent":
        return False
    lines = textwrap.dedent(draft.text).split("\n")
    if not _gets_further(lines, wrong):
        return False
    draft.lines[:] = lines
    draft.note(Note(first, 1, "The whole script is indented.", "Begin its lines at the left margin."))
    return True


def _body(draft: Draft, wrong: SyntaxError) -> bool:
    """The line after a colon is not indented, as in `my_script.py` on Microsoft's page."""
    line = wrong.lineno or 0
    if not (wrong.msg or "").startswith("expected an indented block") or not 0 < line <= len(draft.lines):
        return False
    above = next((n for n in range(line - 1, 0, -1) if draft.code()[n - 1].strip()), None)
    if above is None or not draft.lines[line - 1].strip():
        return False
    text = _indent(draft.lines[above - 1]) + "    " + draft.lines[line - 1].strip()
    lines = [*draft.lines[: line - 1], text, *draft.lines[line:]]
    if not _gets_further(lines, wrong):
        return False
    draft.change(line, text)
    message = f"Line {line} is not indented although line {above} ends in a colon."
    draft.note(Note(line, 1, message, f"Indent it: `{text}`.", certain=False))
    return True


def _one_line(draft: Draft, wrong: SyntaxError) -> bool:
    """One line stands a little too far to the right or to the left: it goes with the line before it."""
    line = wrong.lineno or 0
    if not 0 < line <= len(draft.lines):
        return False
    code = draft.code()
    levels = {_indent(text) for text in code[: line - 1] if text.strip()}
    text = draft.lines[line - 1]
    for level in sorted(levels, key=lambda each: abs(len(each) - len(_indent(text)))):
        lines = [*draft.lines[: line - 1], level + text.lstrip(" \t"), *draft.lines[line:]]
        if lines[line - 1] != text and _gets_further(lines, wrong):
            draft.change(line, lines[line - 1])
            message = f"Line {line} is indented by {len(_indent(text))}, which is none of the levels above it."
            if wrong.msg == "unexpected indent":
                message = f"Line {line} is indented more than the line before it, which opens no block."
            remedy = f"Indent it by {len(level)}, as the lines around it."
            draft.note(Note(line, 1, message, remedy, certain=False))
            return True
    return False


def _indent(line: str) -> str:
    found = _INDENT.match(line)
    return found[0] if found else ""


def _gets_further(lines: list[str], wrong: SyntaxError) -> bool:
    """Whether the text with these lines parses, or goes wrong only further down."""
    try:
        parsed("\n".join(lines))
    except SyntaxError as later:
        return (later.lineno or 0) > (wrong.lineno or 0)
    return True
