"""What changes only a copy since pandas 3: a change in place of a column, an assignment through two brackets."""

from __future__ import annotations

import ast

from transom.engine.checks import rewriting
from transom.engine.checks.frame_names import OF_EVERY_FRAME
from transom.engine.checks.reading import Script, keyword, words
from transom.engine.checks.receivers import Receivers
from transom.model.scripts import Edit, Finding

_SINCE = (3,)
_IN_PLACE = words(
    "fillna replace ffill bfill interpolate clip mask where dropna rename sort_values sort_index drop_duplicates update"
    " reset_index drop"
)
#: With these a column may get fewer or other rows, so that assigning it back is not what was meant.
_OTHER_ROWS = frozenset({"dropna", "drop_duplicates", "sort_values", "sort_index", "reset_index", "drop", "update"})
_LOCATE = frozenset({"loc", "iloc", "at", "iat"})


def copies(script: Script) -> list[Finding]:
    """Every statement that changes nothing of the table that it seems to change."""
    version = script.surroundings.environment.version("pandas")
    if version is None or version < _SINCE:
        return []
    receivers = Receivers(script)
    found: list[Finding | None] = []
    for node in script.nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found.append(_in_place(script, receivers, node.value))
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [_through_two(script, receivers, target) for target in targets]
    return [each for each in found if each is not None]


def _in_place(script: Script, receivers: Receivers, call: ast.Call) -> Finding | None:
    """`df["a"].fillna(0, inplace=True)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _IN_PLACE:
        return None
    in_place = keyword(call, "inplace")
    column = call.func.value
    if in_place is None or script.segment(in_place.value) != "True" or not _is_column(receivers, column):
        return None
    told, line = script.segment(column), script.span(call)[0]
    message = f"Line {line} changes a copy of {told}: since pandas 3 the table stays as it was."
    drop = rewriting.without_keyword(script, call, "inplace")
    if call.func.attr in _OTHER_ROWS or drop is None:
        remedy = f"Assign what {call.func.attr} gives, without inplace."
        return script.finding("change_of_a_copy", call, message, remedy)
    start = script.span(call)
    insertion = Edit(start[0], start[1], start[0], start[1], f"{told} = ")
    shown = f"{told} = {_without(script, call)}"
    remedy = f"Write `{rewriting.shown(shown)}`."
    return script.finding("change_of_a_copy", call, message, remedy, insertion, drop, certain=True)


def _without(script: Script, call: ast.Call) -> str:
    given = [script.segment(each) for each in call.args]
    given += [script.segment(each) for each in call.keywords if each.arg != "inplace"]
    return f"{script.segment(call.func)}({', '.join(given)})"


def _is_column(receivers: Receivers, node: ast.AST) -> bool:
    """Whether an expression takes a column, or some, out of a frame."""
    if isinstance(node, ast.Subscript):
        return receivers.is_one_of(node.value, {"frame"})
    if isinstance(node, ast.Attribute):
        is_own = node.attr in OF_EVERY_FRAME  # `df.dtypes` is a series, but no column
        return not is_own and receivers.is_one_of(node.value, {"frame"}) and "series" in receivers.of(node)
    return False


def _through_two(script: Script, receivers: Receivers, target: ast.AST) -> Finding | None:
    """`df["a"][rows] = …`, `df[rows]["a"] = …`, `df.a.loc[rows] = …`."""
    if not isinstance(target, ast.Subscript):
        return None
    inner, key = target.value, target.slice
    if isinstance(inner, ast.Attribute) and inner.attr in _LOCATE:
        located, inner = inner.attr, inner.value
    else:
        located = "loc"
    if isinstance(inner, ast.Name) or not _is_column(receivers, inner):
        return None
    line = script.span(target)[0]
    message = f"Line {line} assigns to a copy of {script.segment(inner)}: since pandas 3 the table stays as it was."
    shown = _as_one(script, inner, key) if located in {"loc", "at"} else None
    if shown is None:
        return script.finding("change_of_a_copy", target, message, "Assign to `df.loc[rows, column]` in one step.")
    remedy = f"Write `{rewriting.shown(shown)} = …`."
    return script.finding(
        "change_of_a_copy",
        target,
        message,
        remedy,
        script.replace(target, shown),
        certain=not isinstance(key, ast.Slice),
    )


def _as_one(script: Script, inner: ast.AST, key: ast.AST) -> str | None:
    """`df.loc[rows, column]`, whichever of the two brackets holds the column."""
    if isinstance(inner, ast.Attribute):
        return f"{script.segment(inner.value)}.loc[{script.segment(key)}, {inner.attr!r}]"
    if not isinstance(inner, ast.Subscript):
        return None
    first, second = inner.slice, key
    frame = script.segment(inner.value)
    if _names_columns(first):
        return f"{frame}.loc[{script.segment(second)}, {script.segment(first)}]"
    if _names_columns(second):
        return f"{frame}.loc[{script.segment(first)}, {script.segment(second)}]"
    return None


def _names_columns(node: ast.AST) -> bool:
    if isinstance(node, ast.List):
        return all(_names_columns(each) for each in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
