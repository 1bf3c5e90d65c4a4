"""What a use of a departed name becomes: the rows' own templates, and the few uses that no template can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from transom.engine.checks import rewriting
from transom.engine.checks.departures import Departure
from transom.engine.checks.reading import Script, keyword, text_of
from transom.engine.checks.receivers import Receivers
from transom.model.scripts import Edit

_FREQUENCY = re.compile(r"^(\d*)([A-Za-z]+)(-\w+)?$")


@dataclass(frozen=True, slots=True)
class Use:
    """A name or method that left, where it stands, and the call that it is part of."""

    row: Departure
    node: ast.Attribute
    call: ast.Call | None


@dataclass(frozen=True, slots=True)
class Repair:
    """The edits that replace a use, what they write, what left if it is told otherwise than by the row."""

    edits: list[Edit] = field(default_factory=list)
    shown: str = ""
    what: str = ""
    certain: bool = False


def is_for_imports(handler: ast.ExceptHandler) -> bool:
    """Whether an except clause is there for an import or a name that fails."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = {"ImportError", "ModuleNotFoundError", "Exception", "AttributeError"}
    return any(getattr(kind, "id", getattr(kind, "attr", "")) in caught for kind in kinds)


def of_use(script: Script, use: Use, receivers: Receivers) -> Repair:
    """The repair of a name or a method."""
    special = _SPECIAL.get(use.row.special)
    if special is not None:
        return special(script, use, receivers)
    return _name(script, use) if use.row.kind == "name" else _method(script, use)


def _name(script: Script, use: Use) -> Repair:
    row = use.row
    if row.remove:
        return _removed(script, use)
    written = rewriting.expression_of(script, row.become) if row.become else None
    if row.become and written is None:
        return Repair()
    slots = {"become": written[0]} if written else {}
    edits = written[1] if written else []
    if row.expression:
        text = rewriting.filled(script, row.expression, slots, None)
        return Repair([script.replace(use.node, text)], text, "", row.certain) if text else Repair()
    if row.call:
        text = rewriting.filled(script, row.call, slots, use.call) if use.call else None
        if text is None or use.call is None:
            return Repair()
        return Repair([script.replace(use.call, _tidy(text)), *edits], _tidy(text), "", row.certain)
    if written is None:
        return Repair()
    return Repair([script.replace(use.node, written[0]), *edits], written[0], "", row.certain)


def _tidy(text: str) -> str:
    return text.replace("(, ", "(").replace(", )", ")")


def _removed(script: Script, use: Use) -> Repair:
    """The whole line goes, where it does nothing else."""
    statement = script.parents.get(use.call) if use.call else None
    if not isinstance(statement, ast.Expr):
        return Repair()
    line, column, end, _ = script.span(statement)
    block = script.parents.get(statement)
    alone = len(getattr(block, "body", [])) > 1 and not script.lines[line - 1][:column].strip()
    if not alone or script.lines[end - 1].strip() != script.segment(statement).strip().split("\n")[-1].strip():
        return Repair([script.replace(statement, "pass")], "pass", "", True)
    return Repair([Edit(line, 0, end + 1, 0, "")], "", "", True)


def _method(script: Script, use: Use) -> Repair:
    row, node = use.row, use.node
    if row.rename:
        _, _, end_line, end_column = script.span(node)
        edit = Edit(end_line, end_column - len(row.name), end_line, end_column, row.rename)
        whole = f"{rewriting.text_in_place(script, node.value)}.{row.rename}"
        return Repair([edit], whole + ("(…)" if use.call else ""), "", row.certain)
    if not row.become:
        return Repair()
    target: ast.AST = use.call or node
    if row.statement and not isinstance(script.parents.get(target), ast.Expr):
        return Repair()
    slots = {"self": rewriting.text_in_place(script, node.value)}
    text = rewriting.filled(script, row.become, slots, use.call)
    if text is None:
        return Repair()
    return Repair([script.replace(target, text)], text, "", row.certain)


def _append(script: Script, use: Use, receivers: Receivers) -> Repair:
    """`a.append(b)`: b may be a table, several of them, or one row."""
    call = use.call
    if call is None or len(call.args) != 1 or isinstance(call.args[0], ast.Starred):
        return Repair()
    module = script.alias_of("pandas")
    edits = []
    if module is None:
        module = "pd"
        edits.append(script.add_import("import pandas as pd"))
    self, other = script.segment(use.node.value), call.args[0]
    kinds = receivers.of(other)
    told = script.segment(other)
    if isinstance(other, ast.List):
        told = told[1:-1].strip().rstrip(",")
        certain = all("frame" in receivers.of(each) for each in other.elts)
    elif kinds & {"dict", "series"} and "frame" not in kinds:
        told, certain = f"{module}.DataFrame([{told}])", True
    else:
        certain = kinds == {"frame"}
    named = "".join(f", {script.segment(each)}" for each in call.keywords if each.arg != "verify_integrity")
    text = f"{module}.concat([{self}, {told}]{named})"
    return Repair([script.replace(call, text), *edits], text, "", certain)


def _ix(script: Script, use: Use, __: Receivers) -> Repair:
    """`.ix[…]`: labels where there is text or a condition, positions where the columns are counted."""
    subscript = script.parents.get(use.node)
    if not isinstance(subscript, ast.Subscript):
        return Repair()
    key = subscript.slice
    parts = key.elts if isinstance(key, ast.Tuple) else [key]
    counted = len(parts) == 2 and _is_counted(parts[1])
    if counted and not (_is_counted(parts[0]) or _is_everything(parts[0])):
        return Repair()
    new = "iloc" if counted else "loc"
    by_label = any(text_of(each) is not None or isinstance(each, ast.Compare) for each in parts)
    certain = _is_everything(parts[0]) if counted else by_label and not _is_counted(parts[0])
    _, _, line, column = script.span(use.node)
    self = rewriting.text_in_place(script, use.node.value)
    shown = f"{self}.{new}[{script.segment(key)}]"
    return Repair([Edit(line, column - 2, line, column, new)], shown, "", certain)


def _is_counted(node: ast.AST) -> bool:
    if isinstance(node, ast.Slice):
        ends = [each for each in (node.lower, node.upper) if each is not None]
        return bool(ends) and all(_is_counted(each) for each in ends)
    if isinstance(node, ast.List):
        return bool(node.elts) and all(_is_counted(each) for each in node.elts)
    if isinstance(node, ast.UnaryOp):
        return _is_counted(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


def _is_everything(node: ast.AST) -> bool:
    return isinstance(node, ast.Slice) and node.lower is None and node.upper is None


def _as_matrix(script: Script, use: Use, __: Receivers) -> Repair:
    call = use.call
    if call is None:
        return Repair()
    columns = call.args[0] if call.args else getattr(keyword(call, "columns"), "value", None)
    self = rewriting.text_in_place(script, use.node.value)
    text = f"{self}[{script.segment(columns)}].to_numpy()" if columns is not None else f"{self}.to_numpy()"
    return Repair([script.replace(call, text)], text, "", True)


def _sort(script: Script, use: Use, __: Receivers) -> Repair:
    call = use.call
    if call is None:
        return Repair()
    given = [*call.args, *(each.value for each in call.keywords if each.arg in {"by", "columns"})]
    new = "sort_values" if given else "sort_index"
    _, _, line, column = script.span(use.node)
    edits = [Edit(line, column - 4, line, column, new)]
    renamed = rewriting.renamed_keyword(script, call, "columns", "by")
    self = rewriting.text_in_place(script, use.node.value)
    return Repair([*edits, *([renamed] if renamed else [])], f"{self}.{new}(…)", "", len(call.args) <= 1)


_SPECIAL: dict[str, Callable[[Script, Use, Receivers], Repair]] = {
    "append": _append,
    "ix": _ix,
    "as_matrix": _as_matrix,
    "sort": _sort,
}


def of_call(script: Script, row: Departure, call: ast.Call) -> Repair | None:
    """The repair of a parameter, or None where the call does not use what left."""
    if row.kind == "keyword":
        return _keyword(script, row, call)
    if row.kind == "value":
        return _value(script, row, call)
    return _positional(script, row, call)


def _keyword(script: Script, row: Departure, call: ast.Call) -> Repair | None:
    found = keyword(call, row.name)
    if found is None:
        return None
    what = f"the parameter {row.name} of {_function(script, call)}"
    special = _SPECIAL_KEYWORDS.get(row.special)
    if special is not None:
        new = special(script, call, found)
        return Repair([script.replace(call, new)], new, what, True) if new else Repair(what=what)
    value = script.segment(found.value)
    if value in row.values:
        return _keyword_value(script, row, call, row.values[value], what)
    if row.rename:
        edit = rewriting.renamed_keyword(script, call, row.name, row.rename)
        return Repair([edit] if edit else [], f"{row.rename}={value}", what, row.certain)
    if row.drop:
        edit = rewriting.without_keyword(script, call, row.name)
        return Repair([edit] if edit else [], "", what, row.certain)
    return Repair(what=what)


def _keyword_value(script: Script, row: Departure, call: ast.Call, new: str, what: str) -> Repair:
    found = keyword(call, row.name)
    if new and not row.after and found is not None:
        return Repair([script.replace(found, new)], new, what, row.certain)
    edit = rewriting.without_keyword(script, call, row.name)
    edits = [edit] if edit else []
    if row.after:
        edits.append(rewriting.at_end_of(script, call, new))
    return Repair(edits, new, what, row.certain)


def _function(script: Script, call: ast.Call) -> str:
    dotted = script.dotted(call.func)
    return dotted or str(getattr(call.func, "attr", ""))


def _value(script: Script, row: Departure, call: ast.Call) -> Repair | None:
    found = keyword(call, row.parameter)
    node = found.value if found else None
    if node is None and row.position is not None and len(call.args) > row.position:
        node = call.args[row.position]
    text = text_of(node)
    if node is None or text is None:
        return None
    new = row.values.get(text)
    parts = _FREQUENCY.match(text)
    if new is None and parts and row.parameter in {"freq", "rule"} and parts[2] in row.values:
        new = f"{parts[1]}{row.values[parts[2]]}{parts[3] or ''}"
    if new is None:
        return None
    written = script.segment(node)
    quoted = written.replace(text, new)
    what = f"{written} as {row.parameter} of {_function(script, call)}"
    return Repair([script.replace(node, quoted)], quoted, what, row.certain)


def _positional(script: Script, row: Departure, call: ast.Call) -> Repair | None:
    """Arguments that must be named now."""
    allowed = sum(name.endswith("!") for name in row.names)
    extra = call.args[allowed:]
    if not extra or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    names = [name.rstrip("!") for name in row.names][allowed:]
    what = f"the argument {script.segment(extra[0])} of {_function(script, call)}"
    if len(extra) > len(names) or any(isinstance(each, ast.NamedExpr) for each in extra):
        return Repair(what=what)
    edits = [
        Edit(*script.span(each)[:2], *script.span(each)[:2], f"{name}=")
        for name, each in zip(names, extra, strict=False)
    ]
    told = ", ".join(f"{name}={script.segment(each)}" for name, each in zip(names, extra, strict=False))
    return Repair(edits, told, what, row.certain)


def _receiver(script: Script, call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute):
        return None
    return rewriting.text_in_place(script, call.func.value)


def _others(script: Script, call: ast.Call, found: ast.keyword) -> str:
    given = [script.segment(each) for each in (*call.args, *(each for each in call.keywords if each is not found))]
    return ", ".join(given)


def _fillna(script: Script, call: ast.Call, found: ast.keyword) -> str | None:
    """`fillna(method="ffill")` is the method ffill."""
    method = text_of(found.value)
    new = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}.get(method or "")
    return f"{_receiver(script, call)}.{new}({_others(script, call, found)})" if new else None


def _level(script: Script, call: ast.Call, found: ast.keyword) -> str | None:
    """`sum(level=0)` groups by that level first."""
    name = getattr(call.func, "attr", "")
    if name in {"any", "all"} and call.args:
        return None
    others = _others(script, call, found)
    return f"{_receiver(script, call)}.groupby(level={script.segment(found.value)}).{name}({others})"


def _how(script: Script, call: ast.Call, found: ast.keyword) -> str | None:
    """`resample("D", how="mean")` is the method mean of what resample gives."""
    method = text_of(found.value)
    if not method or not method.isidentifier():
        return None
    return f"{_receiver(script, call)}.resample({_others(script, call, found)}).{method}()"


def _squared(script: Script, call: ast.Call, found: ast.keyword) -> str | None:
    """`mean_squared_error(a, b, squared=False)` is the root of it."""
    others = _others(script, call, found)
    function = script.segment(call.func)
    if script.segment(found.value) == "False":
        return f"{function}({others}) ** 0.5"
    return f"{function}({others})" if script.segment(found.value) == "True" else None


def _gca(script: Script, call: ast.Call, found: ast.keyword) -> str | None:
    """`fig.gca(projection="3d")` makes axes: add_subplot does."""
    return f"{_receiver(script, call)}.add_subplot({script.segment(found)})"


_SPECIAL_KEYWORDS: dict[str, Callable[[Script, ast.Call, ast.keyword], str | None]] = {
    "fillna": _fillna,
    "level": _level,
    "how": _how,
    "squared": _squared,
    "gca": _gca,
}
