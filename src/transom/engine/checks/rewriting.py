"""How a line is written anew: the edits that replace a name, an import, a call or an argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from transom.engine.checks.reading import Script
from transom.model.scripts import Edit

_SLOT = re.compile(r"\{(\w+)\}")
_LOOSE = (ast.BinOp, ast.BoolOp, ast.Compare, ast.UnaryOp, ast.IfExp, ast.Lambda, ast.Await, ast.NamedExpr)


def expression_of(script: Script, target: str) -> tuple[str, list[Edit]] | None:
    """How a script writes a dotted name, and the import that it must add; None where it has no way to."""
    if target.startswith("builtins."):
        return target.removeprefix("builtins."), []
    parts = target.split(".")
    for length in range(len(parts), 0, -1):
        alias = script.alias_of(".".join(parts[:length]))
        if alias:
            return ".".join([alias, *parts[length:]]), []
    module = ".".join(parts[:-1]) if len(parts) > 1 else target
    if parts[-2:-1] and parts[-2][:1].isupper():  # a method of a class
        module = ".".join(parts[:-2])
    if parts[0] in script.aliases or _declares(script, parts[0]):
        return None
    return target, [script.add_import(f"import {module}")]


def _declares(script: Script, name: str) -> bool:
    return any(
        (isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and node.id == name)
        or (isinstance(node, ast.arg) and node.arg == name)
        for node in script.nodes
    )


def text_in_place(script: Script, node: ast.AST) -> str:
    """The text of an expression, in brackets where it would not hold together in a larger one."""
    text = script.segment(node)
    return f"({text})" if isinstance(node, _LOOSE) else text


def filled(script: Script, template: str, slots: Mapping[str, str], call: ast.Call | None) -> str | None:
    """A template with its slots filled from a call's arguments; None where one of them is missing."""
    known = {**slots, **_arguments(script, call)}
    if call is not None and any(isinstance(each, ast.Starred) for each in call.args) and "{0}" in template:
        return None
    for name in _SLOT.findall(template):
        if name in {"pandas", "numpy"} and name not in known:
            written = expression_of(script, name)
            if written is None or written[1]:
                return None
            known[name] = written[0]
        if name not in known:
            return None
    return _SLOT.sub(lambda found: known[found[1]], template)


def _arguments(script: Script, call: ast.Call | None) -> dict[str, str]:
    if call is None:
        return {}
    given = [script.segment(each) for each in call.args]
    named = [f"{each.arg}={script.segment(each.value)}" if each.arg else script.segment(each) for each in call.keywords]
    slots = {str(number): text for number, text in enumerate(given)}
    slots["args"] = ", ".join(given + named)
    slots["rest"] = ", ".join(given[1:] + named)
    slots["rest_keywords"] = "".join(f", {each}" for each in named)
    return slots


def without_keyword(script: Script, call: ast.Call, name: str) -> Edit | None:
    """The edit that takes an argument out of a call, with the comma that goes with it."""
    every: list[ast.AST] = sorted([*call.args, *call.keywords], key=script.span)
    place = next((n for n, each in enumerate(every) if isinstance(each, ast.keyword) and each.arg == name), None)
    if place is None:
        return None
    line, column, end_line, end_column = script.span(every[place])
    if place:
        _, _, line, column = script.span(every[place - 1])
    elif len(every) > 1:
        end_line, end_column, _, _ = script.span(every[1])
    return Edit(line, column, end_line, end_column, "")


def renamed_keyword(script: Script, call: ast.Call, name: str, new: str) -> Edit | None:
    """The edit that gives an argument of a call another name."""
    found = next((each for each in call.keywords if each.arg == name), None)
    if found is None:
        return None
    line, column, _, _ = script.span(found)
    return Edit(line, column, line, column + len(name), new)


def at_end_of(script: Script, node: ast.AST, text: str) -> Edit:
    """The edit that adds text right after a node."""
    _, _, line, column = script.span(node)
    return Edit(line, column, line, column, text)


def import_from(moved: list[tuple[ast.alias, str]], kept: list[str], module: str, indent: str) -> str:
    """The imports in place of `from module import …`: `moved` pairs each name with its new dotted path."""
    lines = [f"from {module} import {', '.join(kept)}"] if kept else []
    groups: dict[str, list[str]] = {}
    for alias, target in moved:
        local = alias.asname or alias.name
        place, _, new = target.rpartition(".")
        if place == "builtins":
            if new != local:
                lines.append(f"{local} = {new}")
        elif not place:
            lines.append(f"import {target}" + (f" as {local}" if local != target else ""))
        else:
            same = new == local or (new[:1].isupper() and not local[:1].isupper())
            groups.setdefault(place, []).append(new if same else f"{new} as {local}")
    lines += [f"from {place} import {', '.join(names)}" for place, names in groups.items()]
    return f"\n{indent}".join(lines) or "pass"


def _is_imports(text: str) -> bool:
    return all(line.split()[:1] in (["import"], ["from"]) for line in text.split("\n"))


def shown(text: str, longest: int = 120) -> str:
    """A piece of code on one line, for a sentence."""
    one_line = "; ".join(" ".join(line.split()) for line in text.split("\n")) if _is_imports(text) else text
    one_line = " ".join(one_line.split())
    return one_line if len(one_line) <= longest else one_line[: longest - 1] + "…"
