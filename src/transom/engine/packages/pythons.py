"""What of an interpreter decides which packages fit it, and which of its modules no package can replace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from transom.engine.asking import answer_of
from transom.errors import EnvironmentFailed

_ASK = """
import json, os, sys, sysconfig
places = [os.path.dirname(os.__file__)]
places.append(os.path.join(places[0], "lib-dynload"))
names = set(sys.builtin_module_names)
for place in places:
    if os.path.isdir(place):
        names.update(name.split(".")[0] for name in os.listdir(place))
tag = [sys.implementation.cache_tag, list(sys.version_info[:3]), sysconfig.get_platform()]
print(json.dumps([json.dumps(tag + [sysconfig.get_config_var("SOABI")]), sorted(names)]))
"""
_ASK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Interpreter:
    """`tag` tells version and platform; `standard` are the names of its standard modules."""

    tag: str
    standard: frozenset[str]


def interpreter_at(path: str) -> Interpreter:
    """Ask an interpreter once for each content of its file. Raises EnvironmentFailed where it does not answer."""
    try:
        status = Path(path).stat()
    except OSError as wrong:
        raise _silent(path, wrong) from None
    return _asked(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _asked(path: str, _changed: int, _size: int) -> Interpreter:
    try:
        tag, standard = answer_of(path, _ASK, options=["-I", "-S"], seconds=_ASK_SECONDS)
    except (OSError, ValueError) as wrong:
        raise _silent(path, wrong) from None
    return Interpreter(tag, frozenset(standard) - {"site-packages", "dist-packages", "__pycache__"})


def _silent(path: str, wrong: Exception) -> EnvironmentFailed:
    return EnvironmentFailed(
        name=path, reason=f"its Python does not answer ({wrong})", advice="Name the path of a Python interpreter."
    )
