"""What the checks know of the line that failed: names that left, modules that are missing, paths of another machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from transom.engine.checks import check
from transom.engine.checks.departed_names import departed_method
from transom.engine.checks.departures import LIBRARIES, departed, still_has
from transom.engine.checks.imports import (
    brings,
    how_to_install,
    installations,
    is_there,
    near_the_script,
    python3_name,
)
from transom.engine.checks.reading import Script, parsed
from transom.engine.checks.undeclared import OLD_NAMES, declaration_of, near_name
from transom.engine.remedies.context import FailureContext
from transom.model.runs import Failure
from transom.model.scripts import Finding

_CODES: Mapping[str, frozenset[str]] = {
    "AttributeError": frozenset({"departed_name", "missing_module"}),
    "ImportError": frozenset({"departed_name", "missing_module", "installed_later", "relative_import"}),
    "ModuleNotFoundError": frozenset({"departed_name", "missing_module", "installed_later", "relative_import"}),
    "NameError": frozenset({"undeclared_name"}),
    "UnboundLocalError": frozenset({"undeclared_name"}),
    "TypeError": frozenset({"departed_name"}),
    "ValueError": frozenset({"departed_name", "change_of_a_copy"}),
    "InvalidParameterError": frozenset({"departed_name"}),
    "OSError": frozenset({"departed_name", "author_path", "file_not_there"}),
    "FileNotFoundError": frozenset({"author_path", "file_not_there", "azure_switch"}),
    "ChainedAssignmentError": frozenset({"change_of_a_copy"}),
    "EOFError": frozenset({"reads_input"}),
}
_OF_AN_OBJECT = re.compile(
    r"'(DataFrame|Series|DataFrameGroupBy|SeriesGroupBy|dict|ndarray|Thread)' object has no attribute '(\w+)'"
)
_OF_A_MODULE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_NOT_IMPORTED = re.compile(r"cannot import name '?(\w+)'? from (?:partially initialized module )?'([\w.]+)'")
_NAME = re.compile(r"name '(\w+)' is not defined")
_KINDS = {"DataFrame": "frame", "Series": "series", "DataFrameGroupBy": "groupby", "SeriesGroupBy": "groupby"}
_KINDS |= {"dict": "dict", "ndarray": "array", "Thread": "thread"}


def known_before(failure: Failure, context: FailureContext) -> str | None:
    """What the check says of the failing line, where it speaks of such an error."""
    codes = _CODES.get(failure.type or "")
    if not codes or not failure.frames:
        return None
    findings = [each for each in check(context.source, context.surroundings) if each.code in codes and each.remedy]
    for frame in reversed(failure.frames):
        here = [each for each in findings if each.file == frame.file and each.line == frame.line]
        fitting = [each for each in here if _speaks_of(each, failure)]
        if fitting:
            return fitting[0].remedy
    return None


def _speaks_of(finding: Finding, failure: Failure) -> bool:
    """Whether finding and failure share the name that they are about."""
    if finding.code not in {"departed_name", "undeclared_name", "missing_module"}:
        return True
    quoted = [found[1] for found in re.finditer(r"['`]([\w.-]+)['`]", failure.message)]
    quoted += re.findall(r"\b(\w+)\(\)", failure.message)
    words = {word for each in quoted for word in (each, *each.split("."))}
    told = set(re.findall(r"[\w-]+", finding.message))
    return bool(words & told) or not words


def departed_names(failure: Failure, context: FailureContext) -> str | None:
    """A method or a name that left, where only the failure shows what the value is."""
    if failure.type not in {"AttributeError", "ImportError"}:
        return None
    found = _OF_AN_OBJECT.search(failure.message)
    if found:
        return _departed_method(found[2], _KINDS[found[1]], failure, context)
    module = _OF_A_MODULE.search(failure.message)
    dotted = f"{module[1]}.{module[2]}" if module else None
    name = _NOT_IMPORTED.search(failure.message)
    if name:
        dotted = f"{name[2]}.{name[1]}"
    return _departed_name(dotted, context) if dotted else None


def _departed_method(name: str, kind: str, failure: Failure, context: FailureContext) -> str | None:
    script = _script(failure, context)
    if script is None or failure.line is None:
        return None
    finding = departed_method(script, failure.line, kind, name)
    return finding.remedy if finding else None


def _script(failure: Failure, context: FailureContext) -> Script | None:
    every = [context.source, *context.surroundings.bundle.values()]
    source = next((each for each in every if each.shown == failure.file), None)
    if source is None:
        return None
    try:
        return Script(source, source.text, parsed(source.text), context.surroundings, source is context.source)
    except SyntaxError:
        return None


def _departed_name(dotted: str, context: FailureContext) -> str | None:
    """A name that is gone although the failing line does not write it: a package of its time uses it."""
    top = dotted.partition(".")[0]
    library = LIBRARIES.get(top, "python")
    row = departed(context.surroundings.environment, [library]).name(dotted)
    if row is None:
        return None
    package = "Python" if row.library == "python" else row.library
    instead = f" {row.become} replaces it." if row.become else ""
    return (
        f"{package} {row.gone} removed {row.path}.{instead} If a package uses it, install a newer version of that"
        f" package. {still_has(row)}"
    ).strip()


def names(failure: Failure, context: FailureContext) -> str | None:
    """A name that is not defined: the near one, or the import that declares it."""
    found = _NAME.search(failure.message) if failure.type == "NameError" else None
    if not found:
        return None
    name = found[1]
    if name in OLD_NAMES:
        return f"Python 3 calls it `{OLD_NAMES[name]}`."
    near = near_name(name, set(context.texts("names")))
    if near and (near.lower() == name.lower() or declaration_of(name) is None):
        return f"Did you mean `{near}`?"
    statement = declaration_of(name)
    return f"Add `{statement}` at the top." if statement else None


def modules(failure: Failure, context: FailureContext) -> str | None:
    """A module that is missing: the package that brings it."""
    if failure.type != "ModuleNotFoundError":
        return None
    found = re.search(r"No module named '?([\w.]+)'?", failure.message)
    module = context.text("module") or (found[1] if found else None)
    if not module:
        return None
    renamed = python3_name(module)
    if renamed:
        return f"Python 3 calls it `{renamed}`."
    departed_one = _departed_name(module, context)
    if departed_one:
        return departed_one
    if "." in module and context.surroundings.environment.has_module(module) and is_there(module, context.surroundings):
        return f"{module.partition('.')[0]} is there, but this version of it has no {module}."
    nearby = near_the_script(module, context.folder)
    if nearby:
        return nearby.remedy
    if _installs(module, context):
        return f"Its installation by the script did not succeed: pip says why in the log above the error of {module}."
    return how_to_install(module)


def _installs(module: str, context: FailureContext) -> bool:
    """Whether the script installs what would bring the module."""
    source = context.source
    try:
        script = Script(source, source.text, parsed(source.text), context.surroundings, True)
    except SyntaxError:
        return False
    return any(brings(each, module) for each in installations(script))
