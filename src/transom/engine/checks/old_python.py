"""What Python 2 wrote differently, and how Python 3 writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from transom.engine.checks.draft import Draft, Note
from transom.engine.checks.reading import Script
from transom.model.scripts import Finding

_PRINT = re.compile(r"(?<![\w.])print(?P<gap>[ \t]*)(?!\s*[=(,.)\]])(?P<what>[^\s(].*)?$")
_PRINT_WORD = re.compile(r"(?<![\w.])print(?!\w)")
_EXEC = re.compile(r"^(?P<before>\s*)exec[ \t]+(?P<what>[^(=].*)$")
_EXCEPT = re.compile(r"^(?P<before>\s*except\s+)(?P<kind>\([^)]*\)|[\w.]+)\s*,\s*(?P<name>\w+)\s*:")
_RAISE = re.compile(r"^(?P<before>\s*raise\s+)(?P<kind>[\w.]+)\s*,\s*(?P<what>.+)$")
_OCTAL = re.compile(r"(?<![\w.])0(?P<digits>[0-7]+)(?![\w.])")
_LONG = re.compile(r"(?<![\w.])(?P<digits>\d+)[lL](?!\w)")
_UNEQUAL = re.compile(r"<>")
_RAW = re.compile(r"(?<!\w)[uU][rR](?=[\"'])")
_BACKTICK = re.compile(r"`(?P<what>[^`\n]+)`")


def _each_line(
    draft: Draft, repaired: Callable[[str, str], str | None], what: str, remedy: Callable[[str], str]
) -> bool:
    """Repair every line for which `repaired(line, its code)` gives a new one."""
    changed = False
    for number, code in enumerate(draft.code(), start=1):
        line = draft.lines[number - 1]
        new = repaired(line, code)
        if new is not None and new != line:
            column = len(code) - len(code.lstrip()) + 1
            draft.change(number, new)
            draft.note(Note(number, column, f"Line {number} has {what} of Python 2.", remedy(new.strip())))
            changed = True
    return changed


def _shown(new: str) -> str:
    return f"Write `{new if len(new) <= 100 else new[:99] + '…'}`."


def print_statement(draft: Draft, wrong: SyntaxError) -> bool:
    """`print x`, `print "a" % b,` and `print >>sys.stderr, x`."""
    if not _has(draft, wrong, _PRINT):
        return False
    return _each_line(draft, _printed, "the print statement", _shown)


def _has(draft: Draft, wrong: SyntaxError, pattern: re.Pattern[str]) -> bool:
    """Whether the error stands on a line with this pattern, or just after one."""
    line = wrong.lineno or 0
    code = draft.code()
    return any(pattern.search(text) for text in code[max(0, line - 2) : line])


def _printed(line: str, code: str) -> str | None:
    """The line with each of its print statements as a call."""
    for found in reversed(list(_PRINT_WORD.finditer(code))):
        if _begins_a_statement(code[: found.start()]):
            line = _one_printed(line, code, found.end()) or line
    return line


def _one_printed(line: str, code: str, start: int) -> str | None:
    """The line with the print statement whose arguments begin at `start` as a call; None where it is one already."""
    semicolon = code.find(";", start)
    end = semicolon if semicolon != -1 else len(code.rstrip())
    what, shown = line[start:end].strip(), code[start:end].strip()
    if not what:
        return f"{line[:start]}(){line[start:]}"
    if shown.startswith(("=", ",", ".", ")", "]", ":")) or (shown.startswith("(") and _is_one_group(shown)):
        return None
    if _open_brackets(shown):
        return None
    return f"{line[:start]}({_arguments(what)}){line[end:]}"


def _begins_a_statement(before: str) -> bool:
    stripped = before.strip()
    return not stripped or stripped.endswith(";") or (stripped.endswith(":") and "{" not in stripped)


def _is_one_group(text: str) -> bool:
    """Whether the bracket that opens a text closes at its end."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return place == len(text) - 1
    return True  # it goes on in the next line: a call


def _open_brackets(text: str) -> bool:
    return sum((character in "([{") - (character in ")]}") for character in text) != 0 or text.endswith("\\")


def _arguments(what: str) -> str:
    target = re.match(r">>\s*([\w.]+)\s*(?:,\s*)?(.*)$", what, re.DOTALL)
    file = ""
    if target:
        file, what = f"file={target[1]}", target[2]
    end = ""
    if what.endswith(","):
        what, end = what[:-1].rstrip(), 'end=" "'
    return ", ".join(part for part in (what, end, file) if part)


def exec_statement(draft: Draft, wrong: SyntaxError) -> bool:
    """`exec code` and `exec code in scope`."""
    return _has(draft, wrong, _EXEC) and _each_line(draft, _executed, "the exec statement", _shown)


def _executed(line: str, code: str) -> str | None:
    found = _EXEC.match(code)
    if not found:
        return None
    what = line[found.start("what") : len(code.rstrip())]
    return f"{found['before']}exec({re.sub(r' in (?=[A-Za-z_.]+(, *[A-Za-z_.]+)?$)', ', ', what)})"


def except_comma(draft: Draft, wrong: SyntaxError) -> bool:
    """`except E, e:`."""

    def repaired(line: str, code: str) -> str | None:
        found = _EXCEPT.match(code)
        return f"{found['before']}{found['kind']} as {found['name']}:{line[found.end() :]}" if found else None

    return _has(draft, wrong, _EXCEPT) and _each_line(draft, repaired, "the except clause", _shown)


def raise_comma(draft: Draft, wrong: SyntaxError) -> bool:
    """`raise E, "text"`."""

    def repaired(line: str, code: str) -> str | None:
        found = _RAISE.match(code)
        if not found or _open_brackets(found["what"]):
            return None
        return f"{found['before']}{found['kind']}({line[found.start('what') : len(code.rstrip())]})"

    return _has(draft, wrong, _RAISE) and _each_line(draft, repaired, "the raise statement", _shown)


def _substituted(pattern: re.Pattern[str], new: str) -> Callable[[str, str], str | None]:
    """Replace what the code of a line has, leaving its strings alone."""

    def repaired(line: str, code: str) -> str | None:
        for found in reversed(list(pattern.finditer(code))):
            line = line[: found.start()] + found.expand(new) + line[found.end() :]
        return line

    return repaired


def literals(draft: Draft, wrong: SyntaxError) -> bool:
    """`0777`, `10L`, `<>`, `ur""` and backticks."""
    for pattern, new, what in (
        (_OCTAL, r"0o\g<digits>", "an octal number"),
        (_LONG, r"\g<digits>", "a long number"),
        (_UNEQUAL, "!=", "the operator <>"),
        (_RAW, "r", "the string prefix ur"),
        (_BACKTICK, r"repr(\g<what>)", "backticks"),
    ):
        if _has(draft, wrong, pattern) and _each_line(draft, _substituted(pattern, new), what, _shown):
            return True
    return False


def misread_prints(script: Script) -> list[Finding]:
    """Print statements of Python 2 that Python 3 reads otherwise: `print ("a"), b` and `print >>sys.stderr, a`."""
    found = []
    for node in script.nodes:
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Tuple | ast.BinOp):
            continue
        first = node.value.elts[0] if isinstance(node.value, ast.Tuple) and node.value.elts else node.value
        if not _is_print(first):
            continue
        line = script.span(node)[0]
        text = script.segment(node)
        new = f"print({_arguments(text.strip()[len('print') :].strip())})"
        message = f"Line {line} has the print statement of Python 2, which Python 3 reads as something else."
        found.append(script.finding("old_print", node, message, _shown(new), script.replace(node, new), certain=True))
    return found


def _is_print(node: ast.AST) -> bool:
    """Whether an expression begins with print, called or shifted."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.RShift):
        node = node.left
        return isinstance(node, ast.Name) and node.id == "print"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
