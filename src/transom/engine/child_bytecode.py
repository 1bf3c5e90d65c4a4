"""The bytecode of the child's files, which the child may not write itself: without it each cold start compiles them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

CHILD = Path(__file__).parent / "child"


@cache
def compile_child(folder: Path = CHILD) -> int:
    """Have bytecode for this interpreter of all files that a job may import from us; how many had none.

    Done once a process; quiet where it may not be written.
    """
    if sys.dont_write_bytecode:
        return 0
    old = [path for path in _sources(folder) if not _is_compiled(path)]
    for path in old:
        import py_compile  # not before it is needed

        with suppress(OSError, py_compile.PyCompileError):
            py_compile.compile(path, doraise=True)
    return len(old)


def _sources(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        yield from (os.path.join(place, name) for name in names if name.endswith(".py"))


def _is_compiled(path: str) -> bool:
    try:
        return os.stat(cache_from_source(path)).st_mtime_ns >= os.stat(path).st_mtime_ns
    except OSError:
        return False
