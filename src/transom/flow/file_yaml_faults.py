"""What the reader of YAML stumbled over, in the words of whoever wrote the file, and where the mistake really is."""

from __future__ import annotations

import re
from typing import Any

from transom.flow.file_problems import Problem

_IN_QUOTES = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_BARE_BINDING = re.compile(r"\{.*\$\{\{")


def fault_of(wrong: Any, text: str) -> Problem:
    """The problem of a text that is no YAML; `wrong` is the error of its reader, a MarkedYAMLError."""
    said = " ".join(str(wrong.problem or wrong.context or "it cannot be read").split())
    opened = _opened_quote(wrong, said, text)
    if opened is not None:
        return opened
    mark = wrong.problem_mark or wrong.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    sentence, advice = _words(said, lines[line] if line < len(lines) else "")
    return Problem(line + 1, column + 1, sentence, advice)


def _words(problem: str, line: str) -> tuple[str, str]:
    """What people often do has words of its own."""
    if "'\\t'" in problem:
        return "A tab stands where YAML wants spaces", "Indent with spaces."
    if "undefined alias" in problem:
        return f"The file is no YAML ({problem})", "A text that begins with `*` stands in quotes."
    if _BARE_BINDING.search(_IN_QUOTES.sub("", line)):
        return "Between braces a binding stands in quotes", 'Write "${{parent.inputs.X}}", with the quotes.'
    if "another document" in problem:
        return "The file holds more than one document", "Put each pipeline into a file of its own."
    if "mapping values are not allowed" in problem:
        return "There is a colon where none can stand", "Put a text with a colon in it into quotes."
    return f"The file is no YAML ({problem})", "Correct this line or the one above it."


def _opened_quote(wrong: Any, said: str, text: str) -> Problem | None:
    """The quote that is not closed in its line, where that is why the reader stumbled, maybe many lines below."""
    begun = wrong.context_mark
    if begun is not None and "end of stream" in said and "quoted scalar" in str(wrong.context):
        return Problem(begun.line + 1, begun.column + 1, "The quote that begins here is never closed", "Close it.")
    if wrong.problem_mark is None or not said.startswith(("expected", "mapping values")):
        return None
    at = wrong.problem_mark.line
    for start, end in _quoted_over_lines(text):
        if end == at:
            sentence = f"The quote that begins here ends in line {end + 1}, and what follows there is no YAML"
            return Problem(start[0] + 1, start[1] + 1, sentence, "Close it in its own line.")
    return None


def _quoted_over_lines(text: str) -> list[tuple[tuple[int, int], int]]:
    """(line and column of the beginning, line of the end) of each text in quotes that has more than one line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    found = []
    try:
        for token in YAML(typ="safe", pure=True).scan(text):
            start, end = token.start_mark, token.end_mark
            if getattr(token, "style", None) in ("'", '"') and start.line != end.line:
                found.append(((start.line, start.column), end.line))
    except YAMLError:  # as far as it can be read
        pass
    return found
