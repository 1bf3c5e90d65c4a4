"""Where a script uses names that left the libraries it runs with, and the edit that replaces each."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from transom.engine.checks import rewriting, special_cases
from transom.engine.checks.departures import LIBRARIES, Departed, Departure, departed, still_has
from transom.engine.checks.reading import Script
from transom.engine.checks.receivers import Receivers
from transom.engine.checks.special_cases import Repair, Use
from transom.model.scripts import Edit, Finding

_KIND_WORDS = {
    "frame": "DataFrame",
    "series": "Series",
    "groupby": "GroupBy",
    "excel": "ExcelWriter",
    "dates": "Series.dt",
    "multiindex": "MultiIndex",
    "index": "Index",
    "array": "ndarray",
    "dict": "dict",
    "axes": "Axes",
    "thread": "Thread",
}


def departed_names(script: Script) -> list[Finding]:
    """Every use of a name, method, parameter or text that this environment's libraries do not know any more."""
    libraries = {LIBRARIES[top] for top in map(_top, script.aliases.values()) if top in LIBRARIES}
    if script.is_entry or any(isinstance(node, ast.Attribute) for node in script.nodes):
        libraries.add("pandas")
    table = departed(script.surroundings.environment, libraries)
    return _Search(script, table).findings()


def departed_method(script: Script, line: int, kind: str, name: str) -> Finding | None:
    """The finding of a method that left, used in a line on a value that is known to be of this kind."""
    table = departed(script.surroundings.environment, LIBRARIES.values())
    rows = [row for row in table.methods.get(name, ()) if kind in row.on]
    search = _Search(script, table)
    for node in script.nodes:
        if rows and isinstance(node, ast.Attribute) and node.attr == name:
            first, _, last, _ = script.span(node)
            if first <= line <= last:
                return search.finding_of_use(Use(rows[0], node, search.call_of(node)))
    return None


def _top(dotted: str) -> str:
    return dotted.partition(".")[0]


@dataclass
class _Search:
    """One script, the rows that count, and what its values are."""

    script: Script
    table: Departed

    def __post_init__(self) -> None:
        self.receivers = Receivers(self.script)

    def findings(self) -> list[Finding]:
        """Every finding, in the order of the tree."""
        found: list[Finding] = []
        for node in self.script.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                found += self._imported(node)
            elif isinstance(node, ast.Attribute):
                found += self._attribute(node)
            if isinstance(node, ast.Call):
                found += self._called(node)
        return found

    def _imported(self, node: ast.Import | ast.ImportFrom) -> list[Finding]:
        module = "" if isinstance(node, ast.Import) else node.module or ""
        if isinstance(node, ast.ImportFrom) and node.level:
            return []
        if self._falls_back(node):
            return []
        rows = {}
        for each in node.names:
            row = self.table.name(f"{module}.{each.name}" if module else each.name)
            if row is not None and not (row.path == module.partition(".")[0] and row.library != "python"):
                rows[each] = row
        edits = self._import_edits(node, module, rows)
        return [self._finding(row, node, edits) for row in dict.fromkeys(rows.values())]

    def _falls_back(self, node: ast.AST) -> bool:
        """Whether the import is tried, and something else imported where it fails, or the other way round."""
        for outer in self.script.around(node):
            if isinstance(outer, ast.ExceptHandler) or (
                isinstance(outer, ast.Try) and any(special_cases.is_for_imports(each) for each in outer.handlers)
            ):
                return True
        return False

    def _import_edits(
        self, node: ast.Import | ast.ImportFrom, module: str, rows: dict[ast.alias, Departure]
    ) -> list[Edit]:
        moved: list[tuple[ast.alias, str]] = []
        for alias, row in rows.items():
            whole = f"{module}.{alias.name}" if module else alias.name
            if not row.become or row.call:
                return []
            moved.append((alias, row.become + whole[len(row.path) :]))
        if not moved:
            return []
        kept = [alias for alias in node.names if alias not in rows]
        if isinstance(node, ast.Import):
            names = dict(moved)
            written = [_import_name(each, names.get(each, each.name)) for each in node.names]
            return [self.script.replace(node, f"import {', '.join(written)}")]
        classes = {
            alias: target for alias, target in moved if target.rpartition(".")[0].rpartition(".")[2][:1].isupper()
        }
        moved = [(alias, _without_method(alias, target, classes)) for alias, target in moved]
        indent = " " * self.script.span(node)[1]
        text = rewriting.import_from(moved, [_as_written(each) for each in kept], module, indent)
        return [self.script.replace(node, text), *self._uses_of(classes)]

    def _uses_of(self, classes: dict[ast.alias, str]) -> list[Edit]:
        """Where functions that became methods of a class are used: the class is imported in their place."""
        edits = []
        for alias, target in classes.items():
            written = ".".join(target.split(".")[-2:])
            edits += [
                self.script.replace(node, written)
                for node in self.script.nodes
                if isinstance(node, ast.Name) and node.id == (alias.asname or alias.name)
            ]
        return edits

    def _attribute(self, node: ast.Attribute) -> list[Finding]:
        dotted = self.script.dotted(node)
        if dotted is not None:
            return self._dotted(node, dotted)
        return [
            self.finding_of_use(Use(row, node, self.call_of(node)))
            for row in self.table.methods.get(node.attr, ())
            if isinstance(node.ctx, ast.Load) and self._is_receiver(node, row)
        ][:1]

    def _is_receiver(self, node: ast.Attribute, row: Departure) -> bool:
        if "unknown" in row.on and self.call_of(node) is not None:
            return not _is_defined(self.script, row.name)
        return self.receivers.is_one_of(node.value, row.on)

    def call_of(self, node: ast.AST) -> ast.Call | None:
        """The call that a method or function is part of."""
        call = self.script.parents.get(node)
        return call if isinstance(call, ast.Call) and call.func is node else None

    def _dotted(self, node: ast.Attribute, dotted: str) -> list[Finding]:
        """A chain that begins with an imported name; its import is told of where that itself has left."""
        row = self.table.names.get(dotted)
        root: ast.AST = node
        while isinstance(root, ast.Attribute):
            root = root.value
        base = self.script.aliases[root.id] if isinstance(root, ast.Name) else dotted
        if row is None:
            return []
        found_before = self.table.name(base)
        if found_before is not None and isinstance(root, ast.Name) and root.id != _top(found_before.path):
            return []
        return [self.finding_of_use(Use(row, node, self.call_of(node)))]

    def _called(self, node: ast.Call) -> list[Finding]:
        rows = self._rows_of(node.func)
        found = []
        for row in rows:
            repair = special_cases.of_call(self.script, row, node)
            if repair is not None:
                found.append(self._told(row, repair, node))
        return found

    def _rows_of(self, function: ast.expr) -> tuple[Departure, ...]:
        """The rows of the function or method that is called."""
        dotted = self.script.dotted(function)
        if dotted is not None or not isinstance(function, ast.Attribute):
            return self.table.calls.get(dotted or "", ())
        name, receiver = f".{function.attr}", function.value
        if isinstance(receiver, ast.Attribute) and receiver.attr == "str":
            name, receiver = f".str{name}", receiver.value
        rows = self.table.calls.get(name, ())
        return tuple(row for row in rows if not row.on or self.receivers.is_one_of(receiver, row.on))

    def finding_of_use(self, use: Use) -> Finding:
        """What is told of one use, with its repair."""
        repair = special_cases.of_use(self.script, use, self.receivers)
        return self._told(use.row, repair, use.node)

    def _finding(self, row: Departure, node: ast.AST, edits: list[Edit]) -> Finding:
        shown = edits[0].text if edits else ""
        return self._told(row, Repair(edits, shown, row.path, row.certain), node)

    def _told(self, row: Departure, repair: Repair, node: ast.AST) -> Finding:
        line = self.script.span(node)[0]
        version = self.table.versions.get(row.library, "")
        library = "Python" if row.library == "python" else row.library
        what = repair.what or _what(row)
        here = f"this environment has {library} {version}."
        message = f"{library} {row.gone} removed {what}, which line {line} uses; {here}"
        if row.kind == "positional":
            message = f"{library} {row.gone} takes {what} only by its name, but line {line} gives it without; {here}"
        write = f"Write `{rewriting.shown(repair.shown)}`." if repair.shown else ""
        remedy = " ".join(part for part in (row.note, write, still_has(row)) if part)
        certain = bool(repair.edits) and repair.certain
        return self.script.finding("departed_name", node, message, remedy, *repair.edits, certain=certain)


def _is_defined(script: Script, name: str) -> bool:
    """Whether script or bundle define a method of that name themselves."""
    return any(f"def {name}(" in text for text in (script.text, *(x.text for x in script.surroundings.bundle.values())))


def _import_name(alias: ast.alias, target: str) -> str:
    if alias.asname:
        return f"{target} as {alias.asname}"
    return target


def _without_method(alias: ast.alias, target: str, classes: dict[ast.alias, str]) -> str:
    return target.rpartition(".")[0] if alias in classes else target


def _as_written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _what(row: Departure) -> str:
    if row.kind == "name":
        return row.path
    if row.kind == "method":
        return f"{_KIND_WORDS.get(row.on[0], row.on[0])}.{row.name}"
    return row.name
