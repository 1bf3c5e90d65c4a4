"""Which packages the scripts of a pipeline import, for the header of an exported script."""

from __future__ import annotations

import ast
import sys
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

_AZURE = "azureml"


@dataclass(frozen=True, slots=True)
class Imported:
    """The packages, and whether Azure's SDK is wanted, for which the script brings a small one of its own."""

    packages: frozenset[str]
    has_azureml: bool


def packages_of(texts: Iterable[str], beside: Container[str]) -> Imported:
    """The packages that scripts, and the modules `beside` them, import; a text that is no Python is passed over."""
    from transom.engine.checks.imports import package_of

    modules: set[str] = set()
    for text in texts:
        modules.update(_imported(text))
    tops = {module.partition(".")[0] for module in modules}
    known = set(sys.stdlib_module_names) | {_AZURE, "pip", ""}
    others = [module for module in modules if (top := module.partition(".")[0]) not in known and top not in beside]
    packages = {package_of(module) for module in others}
    return Imported(frozenset(packages), _AZURE in tops)


def _imported(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            yield statement.module or ""
