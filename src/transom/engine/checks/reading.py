"""How a script's text is read: its lines, its syntax tree, and what its names stand for."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from transom.engine.checks.surroundings import Surroundings
from transom.model.scripts import Edit, Finding, Severity, Source

_LINE_END = re.compile(r"\r\n|\r|\n")
_STRING_OR_COMMENT = re.compile(
    r"#[^\r\n]*"
    r'|"""(?:\\.|[^\\])*?"""'
    r"|'''(?:\\.|[^\\])*?'''"
    r'|"(?:\\.|[^\\"\r\n])*"'
    r"|'(?:\\.|[^\\'\r\n])*'",
    re.DOTALL,
)
_NOT_A_LINE_END = re.compile(r"[^\r\n]")
Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def words(text: str) -> frozenset[str]:
    """The words of a text: a set of names that is easier to read than one in quotes."""
    return frozenset(text.split())


def lines_of(text: str) -> list[str]:
    """The lines as Python counts them, without their ends."""
    return _LINE_END.split(text)


def code_only(text: str) -> str:
    """The text with everything in strings and comments blanked: same length, same lines."""
    return _STRING_OR_COMMENT.sub(_blanked, text)


def _blanked(found: re.Match[str]) -> str:
    whole = found[0]
    if whole.startswith("#"):
        return " " * len(whole)
    quote = 3 if whole.startswith(('"""', "'''")) else 1
    return whole[:quote] + _NOT_A_LINE_END.sub(" ", whole[quote:-quote]) + whole[-quote:]


def parsed(text: str) -> ast.Module:
    """The syntax tree, compiled once so that every error of syntax shows. Raises SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is the script's affair when it runs
        try:
            tree = ast.parse(text)
            compile(tree, "<script>", "exec", dont_inherit=True)
        except (RecursionError, MemoryError):
            raise SyntaxError("the code is nested too deeply", ("<script>", 1, 1, "")) from None
    return tree


@dataclass(frozen=True)
class Script:
    """A script, or a file of its bundle, that can be parsed; `is_entry` is true of the script itself."""

    source: Source
    text: str
    tree: ast.Module
    surroundings: Surroundings
    is_entry: bool = True
    lines: list[str] = field(init=False)
    aliases: dict[str, str] = field(init=False)
    parents: dict[ast.AST, ast.AST] = field(init=False)
    nodes: list[ast.AST] = field(init=False)

    def __post_init__(self) -> None:
        nodes: list[ast.AST] = [self.tree]
        parents: dict[ast.AST, ast.AST] = {}
        for node in nodes:  # grows while it is walked: breadth first
            for child in ast.iter_child_nodes(node):
                parents[child] = node
                nodes.append(child)
        object.__setattr__(self, "lines", lines_of(self.text))
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "parents", parents)
        object.__setattr__(self, "aliases", _aliases(nodes))

    def dotted(self, node: ast.AST) -> str | None:
        """The full dotted name of what begins with an imported name: `pandas.read_csv` for `pd.read_csv`."""
        rest: list[str] = []
        while isinstance(node, ast.Attribute):
            rest.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.aliases:
            return None
        return ".".join([self.aliases[node.id], *reversed(rest)])

    def alias_of(self, module: str) -> str | None:
        """The name under which a module was imported (`pd` for pandas); None where it was not."""
        return next((name for name, target in self.aliases.items() if target == module), None)

    def column(self, line: int, bytes_before: int) -> int:
        """A column of the syntax tree, in UTF-8 bytes, as characters from 0."""
        text = self.lines[line - 1]
        if text.isascii():
            return bytes_before
        return len(text.encode()[:bytes_before].decode("utf-8", "ignore"))

    def span(self, node: ast.AST) -> tuple[int, int, int, int]:
        """(line, column, end line, end column) of a node: lines from 1, columns from 0 in characters."""
        line, end = int(getattr(node, "lineno", 1)), int(getattr(node, "end_lineno", None) or 1)
        return (
            line,
            self.column(line, int(getattr(node, "col_offset", 0))),
            end,
            self.column(end, int(getattr(node, "end_col_offset", None) or 0)),
        )

    def segment(self, node: ast.AST) -> str:
        """The text of a node, as it stands in the script."""
        line, column, end_line, end_column = self.span(node)
        if line == end_line:
            return self.lines[line - 1][column:end_column]
        middle = self.lines[line : end_line - 1]
        return "\n".join([self.lines[line - 1][column:], *middle, self.lines[end_line - 1][:end_column]])

    def replace(self, node: ast.AST, text: str) -> Edit:
        """The edit that puts `text` where a node stands."""
        return Edit(*self.span(node), text)

    def finding(
        self, code: str, node: ast.AST, message: str, remedy: str = "", *edits: Edit, certain: bool = False
    ) -> Finding:
        """A warning about a node."""
        line, column, _, _ = self.span(node)
        return Finding(
            code, Severity.WARNING, message, self.source.shown, line, column + 1, remedy, tuple(edits), certain
        )

    def nodes_in_order(self) -> list[ast.AST]:
        """Every node that has a place, in the order of the text."""
        return sorted((node for node in self.nodes if hasattr(node, "lineno")), key=self.span)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, the nearest first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function_of(self, node: ast.AST) -> Function | None:
        """The function in which a node stands; None at the top."""
        return next((each for each in self.around(node) if isinstance(each, _FUNCTIONS)), None)

    def runs_when_imported(self, node: ast.AST) -> bool:
        """Whether a node is executed by an import of the script: in no function, not under the main guard."""
        return not any(isinstance(each, _SCOPES) or is_main_guard(each) for each in self.around(node))

    def first_import_line(self) -> int:
        """The line before which another import belongs: after the docstring and `__future__`, before all else."""
        place = 1
        for statement in self.tree.body:
            is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
            if not (is_docstring or is_future):
                decorators = getattr(statement, "decorator_list", [])
                return (
                    min(statement.lineno, *(int(each.lineno) for each in decorators))
                    if decorators
                    else statement.lineno
                )
            place = (statement.end_lineno or 1) + 1
        return place

    def add_import(self, statement: str) -> Edit:
        """The edit that adds an import to those of the script."""
        line = min(self.first_import_line(), len(self.lines))
        return Edit(line, 0, line, 0, f"{statement}\n")


def is_main_guard(node: ast.AST) -> bool:
    """Whether a node is `if __name__ == "__main__":`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    names = any(isinstance(each, ast.Name) and each.id == "__name__" for each in sides)
    return names and any(isinstance(each, ast.Constant) and each.value == "__main__" for each in sides)


def text_of(node: ast.AST | None) -> str | None:
    """The value of a text constant; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(call: ast.Call, name: str) -> ast.keyword | None:
    """The keyword argument of a call that has this name."""
    return next((each for each in call.keywords if each.arg == name), None)


def _aliases(nodes: list[ast.AST]) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.asname:
                    found[each.asname] = each.name
                else:
                    top = each.name.partition(".")[0]
                    found[top] = top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                found[each.asname or each.name] = f"{node.module}.{each.name}"
    return found
