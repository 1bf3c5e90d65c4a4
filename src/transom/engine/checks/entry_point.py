"""Whether a script defines its entry point, in a way that it can be called."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import replace

from transom.engine.checks.reading import Function, Script, is_main_guard
from transom.engine.own_component import definition
from transom.model.scripts import Edit, Finding, Severity

_MOST_FRAMES = 2
_NEVER_CALLABLE = (
    ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.Set, ast.JoinedStr, ast.ListComp, ast.DictComp, ast.SetComp
)  # fmt: skip
_LEAVES_SOMETHING = re.compile(
    r"^(to_\w+|upload_\w+|savefig|save|dump|log\w*|write\w*|register\w*|print|show|exit|_exit|quit|download\w*|system|run)$"
)


def entry_point(script: Script) -> list[Finding]:
    """What is wrong with the entry point of the script itself."""
    if not script.is_entry:
        return []
    name = script.surroundings.entry_point
    bound = list(_bindings(script, name))
    if not bound:
        return _missing(script, name)
    last = bound[-1]
    return [
        *_twice(script, name, bound),
        *_uncallable(script, name, last),
        *_signature(script, name, last),
        *_returns_nothing(script, name, last),
    ]


def _bindings(script: Script, name: str) -> Iterator[ast.AST]:
    """What binds the name when the script is imported, in the order of the text."""
    for node in script.nodes_in_order():
        if not _binds(node, name):
            continue
        if any(isinstance(each, ast.stmt) and is_main_guard(each) for each in script.around(node)):
            continue
        if not script.runs_when_imported(node) and not _is_global(script, node, name):
            continue
        yield node


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((each.asname or each.name) == name for each in node.names)
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name


def _is_global(script: Script, node: ast.AST, name: str) -> bool:
    function = script.function_of(node)
    return function is not None and any(isinstance(each, ast.Global) and name in each.names for each in function.body)


def _missing(script: Script, name: str) -> list[Finding]:
    if _may_be_bound_otherwise(script):
        return []
    finding = _misplaced(script, name) or _miswritten(script, name) or _absent(script, name)
    return [replace(finding, severity=Severity.REFUSED)]


def _may_be_bound_otherwise(script: Script) -> bool:
    for node in script.nodes:
        if isinstance(node, ast.ImportFrom) and any(each.name == "*" for each in node.names):
            return True
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in {"exec", "globals", "setattr", "vars"}:
                return True
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__" and script.parents[node] is script.tree:
            return True
    return False


def _misplaced(script: Script, name: str) -> Finding | None:
    """It is there, but only inside a class, a function or the main guard."""
    found = next((node for node in script.nodes if _binds(node, name) and isinstance(node, ast.stmt)), None)
    if found is None or not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    place = next(
        each for each in script.around(found) if isinstance(each, ast.ClassDef | Function) or is_main_guard(each)
    )
    where = "the main guard" if isinstance(place, ast.If) else f"{_kind(place)} {getattr(place, 'name', '')}"
    return script.finding(
        "entry_point_missing",
        found,
        f"{name} stands inside {where}, where it cannot be called.",
        f"Move {name} out of {where}, to the left margin.",
    )


def _kind(node: ast.AST) -> str:
    return "the class" if isinstance(node, ast.ClassDef) else "the function"


def _miswritten(script: Script, name: str) -> Finding | None:
    functions = [each for each in script.tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    names = {_folded(each.name): each for each in functions}
    near = difflib.get_close_matches(_folded(name), names, n=1, cutoff=0.75)
    if near:
        found = names[near[0]]
    else:
        takes_frames = [each for each in functions if _takes_frames(script, each)]
        if len(takes_frames) != 1:
            return None
        found = takes_frames[0]
    line = script.span(found)[0]
    column = script.lines[line - 1].find(found.name, script.span(found)[1] + len("def"))
    edits = [Edit(line, column, line, column + len(found.name), name)]
    edits += [
        script.replace(node, name)
        for node in script.nodes
        if isinstance(node, ast.Name) and node.id == found.name and isinstance(node.ctx, ast.Load)
    ]
    return script.finding(
        "entry_point_missing",
        found,
        f"The script defines no {name}; did you mean {found.name} in line {line}?",
        f"Write `def {name}(…)` in line {line}.",
        *edits,
        certain=bool(near),
    )


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _takes_frames(script: Script, function: Function) -> bool:
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    keywords = script.surroundings.keywords
    return names[:1] == ["dataframe1"] if keywords is None else bool(names) and set(names) == set(keywords)


def _definition(script: Script, name: str) -> str:
    """How the entry point is written."""
    keywords = script.surroundings.keywords
    return f"def {name}(dataframe1=None, dataframe2=None):" if keywords is None else definition(name, keywords)


def _absent(script: Script, name: str) -> Finding:
    node = next((each for each in script.tree.body), script.tree)
    what = "is empty" if not script.tree.body else f"defines no {name}"
    return script.finding(
        "entry_point_missing",
        node,
        f"The script {what}.",
        f"Define `{_definition(script, name)}`, which returns the result; `transom new` writes a script to start from.",
    )


def _twice(script: Script, name: str, bound: list[ast.AST]) -> list[Finding]:
    defined = [node for node in bound if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    in_one_body = [node for node in defined if script.parents[node] is script.tree]
    if len(in_one_body) < 2 or bound[-1] is not in_one_body[-1]:
        return []
    first, last = script.span(in_one_body[0])[0], script.span(in_one_body[-1])[0]
    return [
        script.finding(
            "entry_point_twice",
            in_one_body[-1],
            f"{name} is defined in line {first} and again in line {last}; the last one is called.",
            f"Remove or rename the one in line {first}.",
        )
    ]


def _uncallable(script: Script, name: str, last: ast.AST) -> list[Finding]:
    assigned = script.parents.get(last)
    if not isinstance(assigned, ast.Assign | ast.AnnAssign) or not isinstance(assigned.value, _NEVER_CALLABLE):
        return []
    if isinstance(assigned, ast.Assign) and last not in assigned.targets:
        return []
    line = script.span(last)[0]
    finding = script.finding(
        "entry_point_missing",
        last,
        f"Line {line} sets {name} to a value that cannot be called; it must be a function.",
        f"Give that value another name, and define `{_definition(script, name)}`.",
    )
    return [replace(finding, severity=Severity.REFUSED)]


def _signature(script: Script, name: str, last: ast.AST) -> list[Finding]:
    arguments = _arguments(script, last)
    if arguments is None:
        return []
    if script.surroundings.keywords is not None:
        return _keywords(script, name, last, arguments, script.surroundings.keywords)
    by_position = [*arguments.posonlyargs, *arguments.args]
    required = _required(arguments)
    if len(required) <= _MOST_FRAMES:
        return []
    names = ", ".join(each.arg for each in required)
    finding = script.finding(
        "entry_point_signature",
        last,
        f"{name} requires {len(required)} parameters ({names}), but a script is given two tables at most.",
        f"Leave two without a default: `def {name}({by_position[0].arg if by_position else 'dataframe1'}=None,"
        f" {by_position[1].arg if len(by_position) > 1 else 'dataframe2'}=None):`.",
    )
    return [replace(finding, severity=Severity.REFUSED)]


def _required(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters without a default."""
    by_position = [*arguments.posonlyargs, *arguments.args]
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return by_position[: len(by_position) - len(arguments.defaults)] + [each for each, one in by_name if one is None]


def _keywords(
    script: Script, name: str, last: ast.AST, arguments: ast.arguments, keywords: tuple[str, ...]
) -> list[Finding]:
    """What keeps the entry point of a person's own component from being called with its keywords."""
    known = [each.arg for each in (*arguments.args, *arguments.kwonlyargs)]
    missing = [each.arg for each in _required(arguments) if each.arg not in keywords]
    unexpected = [] if arguments.kwarg else [each for each in keywords if each not in known]
    problem = ""
    if missing:
        problem = f"{name} requires {', '.join(missing)}, which its component does not have."
    elif unexpected:
        problem = f"{name} takes no {' and no '.join(unexpected)}, which its component gives to it by name."
    elif any(each.arg in keywords for each in arguments.posonlyargs):
        problem = f"{name} takes {arguments.posonlyargs[0].arg} by position only; a component gives all by name."
    if not problem:
        return []
    remedy = f"Write `{definition(name, keywords)}`, or name in component.yaml what it takes."
    return [replace(script.finding("entry_point_signature", last, problem, remedy), severity=Severity.REFUSED)]


def _arguments(script: Script, last: ast.AST) -> ast.arguments | None:
    """The parameters of the entry point; None where a decorator or a call may have changed them."""
    if isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef):
        return None if last.decorator_list else last.args
    assigned = script.parents.get(last)
    if isinstance(assigned, ast.Assign) and last in assigned.targets and isinstance(assigned.value, ast.Lambda):
        return assigned.value.args
    return None


def _returns_nothing(script: Script, name: str, last: ast.AST) -> list[Finding]:
    """A function that computes something, keeps it nowhere and returns nothing: a `return` was forgotten."""
    if not isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef) or script.surroundings.keywords is not None:
        return []
    own = [node for node in ast.walk(last) if node is not last and script.function_of(node) is last]
    if any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom | ast.Raise) for node in own):
        return []
    computed = any(isinstance(node, ast.Assign | ast.AugAssign) for node in own)
    called = [node.func for node in own if isinstance(node, ast.Call)]
    names = [each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in called]
    if not computed or any(_LEAVES_SOMETHING.match(each) for each in names):
        return []
    return [
        script.finding(
            "returns_nothing",
            last,
            f"{name} never returns anything, so both results will be empty.",
            "End it with `return dataframe1,` or whichever table is the result.",
        )
    ]
