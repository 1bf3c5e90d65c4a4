"""What a syntax error really is: which slip made it, what repairs it, and which Python the syntax needs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from dataclasses import dataclass, replace

from transom.engine.checks import old_python, pasted
from transom.engine.checks.draft import Draft, Note
from transom.engine.checks.indentation import indentation
from transom.engine.checks.reading import Script, code_only, parsed
from transom.engine.checks.surroundings import EnvironmentFacts
from transom.model.scripts import Finding, Severity, Source


def _colon_added(draft: Draft, wrong: SyntaxError) -> bool:
    """A missing colon at the end of a line, where adding it mends the whole."""
    line = wrong.lineno or 0
    if wrong.msg != "expected ':'" or not 0 < line <= len(draft.lines):
        return False
    text = draft.lines[line - 1]
    end = len(code_only(text).rstrip())
    draft.change(line, f"{text[:end]}:{text[end:]}")
    try:
        parsed(draft.text)
    except SyntaxError:
        draft.change(line, text)
        return False
    draft.note(
        Note(line, end + 1, f"Line {line} has no colon at its end.", f"Write `{draft.lines[line - 1].strip()}`.")
    )
    return True


#: Tried in this order on each error; one that changes the draft ends the round.
_SLIPS = (
    pasted.fences,
    pasted.prompts,
    pasted.line_numbers,
    pasted.notebook,
    pasted.typographic,
    pasted.stray_brace,
    pasted.merge_conflict,
    old_python.print_statement,
    old_python.exec_statement,
    old_python.except_comma,
    old_python.raise_comma,
    old_python.literals,
    indentation,
    _colon_added,
)
_MOST_ROUNDS = 40
_ASK = """
import json, sys
try:
    compile(sys.stdin.buffer.read(), "<script>", "exec")
    print("null")
except SyntaxError as wrong:
    print(json.dumps([wrong.lineno if wrong.filename != "<fstring>" else 0, wrong.offset, wrong.msg]))
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it can be parsed: what was wrong with it, and the lines that were repaired for that.

    `tree` is None where no repair is known, or where only the environment's own Python understands the text.
    """

    text: str
    tree: ast.Module | None
    findings: tuple[Finding, ...] = ()
    changed: frozenset[int] = frozenset()


def reading(source: Source, environment: EnvironmentFacts) -> Reading:
    """The syntax tree of a source, and its errors of syntax; lines keep their numbers through all repairs."""
    try:
        return Reading(source.text, parsed(source.text))
    except SyntaxError as wrong:
        if environment.python[:2] != _ours() and _error_there(source, environment) == ():
            return Reading(source.text, None)
        return _slips(source, wrong)


def _ours() -> tuple[int, ...]:
    return tuple(sys.version_info[:2])


def _slips(source: Source, wrong: SyntaxError) -> Reading:
    """Repair slip after slip until the text parses, or until an error has no repair that is known."""
    draft = Draft(source)
    for _ in range(_MOST_ROUNDS):
        if not any(slip(draft, wrong) for slip in _SLIPS):
            draft.note(_as_python_says(draft, wrong))
            break
        try:
            tree = parsed(draft.text)
        except SyntaxError as next_wrong:
            wrong = next_wrong
        else:
            found = draft.findings("syntax", Severity.REFUSED, sound=True)
            return Reading(draft.text, tree, tuple(found), frozenset(draft.edits()))
    return Reading(draft.text, None, tuple(draft.findings("syntax", Severity.REFUSED, sound=False)))


_CLOSED = re.compile(r"'(.)' was never closed")


def _as_python_says(draft: Draft, wrong: SyntaxError) -> Note:
    line = min(wrong.lineno or 1, len(draft.lines))
    column = max(wrong.offset or 1, 1)
    message = (wrong.msg or "invalid syntax").rstrip(".")
    text = draft.lines[line - 1].strip()
    shown = f": `{text if len(text) <= 100 else text[:99] + '…'}`" if text else ""
    remedy = f"Look at line {line}{shown}; the slip stands there or at the end of the line before it."
    closed = _CLOSED.search(message)
    if closed:
        remedy = f"Close the {closed[1]} of line {line}{shown}."
    elif message.startswith("unterminated"):
        remedy = f"End the text that begins in line {line}{shown} with the quote that begins it."
    elif message.startswith(("unexpected EOF", "'{' was", "expected an indented")):
        remedy = f"Finish what line {line} begins{shown}."
    elif "'return' outside function" in message:
        remedy = f"Indent line {line} into the function that it belongs to{shown}."
    return Note(line, column, f"Line {line} is not Python: {message}.", remedy, certain=False)


def too_new(script: Script) -> list[Finding]:
    """Syntax that the environment's Python is too old for."""
    environment = script.surroundings.environment
    if environment.python[:2] >= _ours():
        return []
    needs = [(version, node, what) for node in script.nodes for version, what in _needed(node)]
    needs = [need for need in needs if need[0] > environment.python[:2]]
    if not needs:
        return _unknown_there(script, environment)
    version, node, what = min(needs, key=lambda need: script.span(need[1]))
    highest = max(need[0] for need in needs)
    finding = script.finding(
        "syntax",
        node,
        f"Line {script.span(node)[0]} has {what}, which needs Python {_text(version)} or newer;"
        f" this environment has Python {_text(environment.python[:2])}.",
        f"Write it without, or choose an environment with Python {_text(highest)} or newer.",
    )
    return [_refused(finding)]


def _unknown_there(script: Script, environment: EnvironmentFacts) -> list[Finding]:
    there = _error_there(script.source, environment)
    if not there:
        return []
    line, column, message = there
    if not line:
        line, column = _line_of_f_string(script), 1
    version = _text(environment.python[:2])
    return [
        Finding(
            "syntax",
            Severity.REFUSED,
            f"Line {line} is not Python {version}, which this environment has: {message}.",
            script.source.shown,
            line,
            column,
            f"Newer versions understand it: choose an environment with Python {_text(_ours())}, or write it otherwise.",
        )
    ]


def _line_of_f_string(script: Script) -> int:
    """The line of the f-string that old versions do not understand, as `f"{x=}"`; else of the first."""
    every = [node for node in script.nodes_in_order() if isinstance(node, ast.JoinedStr)]
    found = [node for node in every if re.search(r"=\s*[}!:]", script.segment(node))]
    return next((script.span(node)[0] for node in (*found, *every)), 1)


def _refused(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.REFUSED)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _error_there(source: Source, environment: EnvironmentFacts) -> tuple[int, int, str] | tuple[()] | None:
    """What the environment's own Python says of a source: (line, column, message), () for no error, None if unknown.

    The line is 0 where it is in an f-string: old versions do not tell which.
    """
    if environment.interpreter is None:
        return None
    try:
        done = subprocess.run(
            [environment.interpreter, "-I", "-S", "-W", "ignore", "-c", _ASK],
            input=source.text.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=30,
            check=True,
        )
        told = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return () if told is None else (int(told[0] or 0), max(int(told[1] or 1), 1), str(told[2]))


def _needed(node: ast.AST) -> list[tuple[tuple[int, int], str]]:
    """The Python that a node's syntax needs, beyond 3.6, and what to call it."""
    kinds = {
        "NamedExpr": ((3, 8), "the operator :="),
        "Match": ((3, 10), "a match statement"),
        "TryStar": ((3, 11), "except*"),
        "TypeAlias": ((3, 12), "a type statement"),
        "TemplateStr": ((3, 14), "a template string"),
    }
    found = [kinds[type(node).__name__]] if type(node).__name__ in kinds else []
    if isinstance(node, ast.arguments) and node.posonlyargs:
        found.append(((3, 8), "parameters that are positional only"))
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        found += [((3, 7), "annotations of __future__") for each in node.names if each.name == "annotations"]
    if getattr(node, "type_params", None):
        found.append(((3, 12), "type parameters"))
    return found
