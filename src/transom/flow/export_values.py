"""How values are written as Python: texts as blocks that read as they are, calls on as many lines as they need."""

from __future__ import annotations

import ast
import base64
import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

_WIDE = 116
#: What a block of text may hold as it is: what has no other look than its own.
_READABLE = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]*")
#: A line that tools would take for the header of this script, or for where it is encoded.
_HEADER = re.compile(r"^# ///", re.MULTILINE)


class Code(str):
    """An expression of the exported script, not a text."""

    __slots__ = ()


def literal(value: Any) -> str:
    """A value as an expression."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return block(value) if "\n" in value else quoted(value)
    if isinstance(value, bytes):
        return f"base64.b64decode({quoted(base64.b64encode(value).decode())})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(each)}' for key, each in value.items())}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, float) and not abs(value) < float("inf"):
        return f'float("{value}")'
    return repr(value)


def quoted(text: str) -> str:
    """A text on one line."""
    said = ascii(text) if not _READABLE.fullmatch(text) else repr(text)
    inner = said[1:-1]
    if said[0] == "'" and '"' not in inner and "\\'" not in inner:
        return f'"{inner}"'
    return said


def block(text: str) -> str:
    """A text of several lines between triple quotes, as it is where that is possible."""
    for sign in ('"""', "'''"):
        said = f"r{sign}\\\n{text}{sign}"
        # a backslash and a line's end vanish in a plain text only; a raw one begins at once
        said = f"r{sign}{text}{sign}"
        if _is_plain(text, sign, said):
            return said
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    escaped = _HEADER.sub("\\\\x23 ///", escaped)
    if escaped.endswith('"'):
        escaped = f'{escaped[:-1]}\\"'
    said = f'"""\\\n{escaped}"""'
    if _READABLE.fullmatch(text) and _means(said, text):
        return said
    return ascii(text)


def _is_plain(text: str, sign: str, said: str) -> bool:
    if sign in text or not _READABLE.fullmatch(text) or _HEADER.search(text):
        return False
    return _means(said, text)


def _means(said: str, text: str) -> bool:
    try:
        return bool(ast.literal_eval(said) == text)
    except (SyntaxError, ValueError):
        return False


def called(function: str, given: Iterable[Any], named: Mapping[str, Any], indent: int = 4) -> str:
    """A call, on one line where it has room there."""
    parts = [literal(each) for each in given] + [f"{name}={literal(value)}" for name, value in named.items()]
    line = f"{function}({', '.join(parts)})"
    if "\n" not in line and len(line) + indent + 20 <= _WIDE:
        return line
    inner = "".join(f"{' ' * (indent + 4)}{part},\n" for part in parts)
    return f"{function}(\n{inner}{' ' * indent})"


def constant(name: str, value: Any) -> str:
    """A constant of the script, the parts of a mapping on lines of their own."""
    if not isinstance(value, Mapping):
        return f"{name} = {literal(value)}"
    lines = "".join(f"    {literal(key)}: {literal(each)},\n" for key, each in value.items())
    return f"{name} = {{\n{lines}}}" if lines else f"{name}: dict = {{}}"


def comment(text: str, indent: int = 0, width: int = _WIDE) -> str:
    """A text as lines of comment."""
    start = f"{' ' * indent}# "
    said = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return "\n".join(textwrap.wrap(said, width, initial_indent=start, subsequent_indent=start))


class Names:
    """Names of the script that nothing else in it has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def new(self, wanted: str) -> str:
        """The wanted name, or one like it."""
        name = wanted
        while name in self._taken or keyword.iskeyword(name):
            name += "_"
        self._taken.add(name)
        return name
