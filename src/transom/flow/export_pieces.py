"""Which functions an exported script needs: those that it calls, and those that they call, as they are written here."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

_FILES = ("parameters", "files", "columns", "steps", "databases", "scripts", "azureml")
_OURS = "transom."
#: What the script says itself.
_SAID = ("FOLDER", "OUTPUTS", "DATASETS", "MODELS")


@dataclass(frozen=True, slots=True)
class Piece:
    """A function, class or constant: its text with the comments above it, and the names that stand in it."""

    name: str
    text: str
    names: frozenset[str]
    is_constant: bool


@dataclass(frozen=True, slots=True)
class Pieces:
    """All pieces in their order, and by each name that an import brings the line of that import."""

    pieces: dict[str, Piece]
    imports: dict[str, str]

    def needed(self, names: Iterable[str]) -> list[Piece]:
        """The pieces of these names and all that they need, in their order."""
        wanted: set[str] = set()
        waiting = [name for name in names if name in self.pieces]
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += [other for other in self.pieces[name].names if other in self.pieces]
        return [piece for name, piece in self.pieces.items() if name in wanted]

    def imports_for(self, pieces: Iterable[Piece]) -> list[str]:
        """The imports that pieces need, sorted."""
        lines = {self.imports[name] for piece in pieces for name in piece.names if name in self.imports}
        return sorted(lines)


@cache
def all_pieces() -> Pieces:
    """Everything that a script may be given."""
    pieces: dict[str, Piece] = {}
    imports: dict[str, str] = {}
    for file in _FILES:
        source = resources.files("transom.flow.exported").joinpath(f"{file}.py").read_text("utf-8")
        _read(source, pieces, imports)
    return Pieces(pieces, imports)


def _read(source: str, pieces: dict[str, Piece], imports: dict[str, str]) -> None:
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                said = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                imports[alias.asname or alias.name.partition(".")[0]] = said
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                if not (statement.module or "").startswith((_OURS, "__future__")):
                    imports[alias.name] = f"from {statement.module} import {alias.name}"
        else:
            _take(statement, lines, pieces)


def _take(statement: ast.stmt, lines: list[str], pieces: dict[str, Piece]) -> None:
    name = _name_of(statement)
    if name is None or name in _SAID:
        return
    decorators = getattr(statement, "decorator_list", ())
    start = min([statement.lineno, *(each.lineno for each in decorators)]) - 1
    while start and lines[start - 1].startswith("#"):
        start -= 1
    text = "\n".join(lines[start : statement.end_lineno])
    names = frozenset(each.id for each in ast.walk(statement) if isinstance(each, ast.Name))
    pieces[name] = Piece(name, text, names, not isinstance(statement, (ast.FunctionDef, ast.ClassDef)))


def _name_of(statement: ast.stmt) -> str | None:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return None
