"""What to do where a script uses a table that was not given to it."""

from __future__ import annotations

import ast
import re

from transom.engine.remedies.context import FailureContext
from transom.engine.remedies.wording import given
from transom.model.runs import Failure
from transom.model.scripts import INPUT_PORTS

_OF_NONE = re.compile(
    r"'?NoneType'?|object passed was None|objects passed were None|Cannot (?:describe|read) .*None|got None|: None\b"
)


def ports(failure: Failure, context: FailureContext) -> str | None:
    """Give a table to the port, where the table of a port that is not connected was used."""
    if failure.type not in {"AttributeError", "TypeError", "ValueError"} or not _OF_NONE.search(failure.message):
        return None
    taken = parameters(context)
    empty = set(context.texts("none_variables"))
    code = " ".join(frame.code for frame in failure.frames)
    for port, name in zip(INPUT_PORTS, taken, strict=False):
        if port in context.connected or not re.search(rf"\b{re.escape(name)}\b", code):
            continue
        if empty and name not in empty and len(failure.frames) == 1:
            continue
        return f"{name} is None because no table is connected to {port}: give one ({given(port, f'--{port} FILE')})."
    return None


def parameters(context: FailureContext) -> list[str]:
    """The names of the entry point's parameters, in order."""
    try:
        tree = ast.parse(context.source.text)
    except (SyntaxError, RecursionError, MemoryError):
        return []
    wanted = context.surroundings.entry_point
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == wanted:
            return [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return []
