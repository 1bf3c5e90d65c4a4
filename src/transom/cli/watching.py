"""`transom run --watch`: again at each save of the script, its bundle or its tables."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from transom.cli.app import INTERRUPTED
from transom.errors import TransomError, WrongUse
from transom.workspace.requests import RunRequest

_LOOK_EVERY = 0.2
_SETTLED_AFTER = 0.1
_PASSED_OVER = {".git", ".venv", "__pycache__", ".ipynb_checkpoints"}
_Signature = dict[str, tuple[int, int]]


def watch(request: RunRequest, run: Callable[[RunRequest], int], written: Sequence[Path] = ()) -> int:
    """Run, wait for a save, run again, until Ctrl-C. What is wrong is said, and waited upon.

    What the run itself writes, files or folders, is no save.
    """
    own = tuple(str(path.absolute()) for path in written)
    if any(not isinstance(table, Path) for table in request.tables.values()):
        raise WrongUse(problem="Standard input cannot be read again at each save.", advice="Give the table as a file.")
    while True:
        before = _signature(request, own)
        try:
            code = run(request)
        except TransomError as wrong:
            print(f"error: {wrong.message}\n  {wrong.remedy}", file=sys.stderr)
            code = wrong.exit_code
        if code == INTERRUPTED:
            return INTERRUPTED
        print(f"\nwatching {request.script} (Ctrl-C ends)", file=sys.stderr, flush=True)
        _wait_for_a_save(request, before, own)
        print("", file=sys.stderr)


def _wait_for_a_save(request: RunRequest, before: _Signature, own: tuple[str, ...]) -> None:
    """Wait until something differs from `before`, and then until nothing changes any more: a save may take a moment."""
    while (now := _signature(request, own)) == before:
        time.sleep(_LOOK_EVERY)
    while True:
        time.sleep(_SETTLED_AFTER)
        later = _signature(request, own)
        if later == now:
            return
        now = later


def _signature(request: RunRequest, own: tuple[str, ...]) -> _Signature:
    """Time and size of every file whose change matters."""
    named = (request.script, *request.tables.values(), request.bundle)
    places = [place for place in named if isinstance(place, Path)]
    found = {path: signature for place in places for path, signature in _signatures(place)}
    return {path: each for path, each in found.items() if not _is_below(os.path.abspath(path), own)}


def _is_below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(place + os.sep) for place in places)


def _signatures(place: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for path in _files(place):
        try:
            status = os.stat(path)
        except OSError:
            continue
        yield path, (status.st_mtime_ns, status.st_size)


def _files(place: Path) -> Iterator[str]:
    if not place.is_dir():
        yield str(place)
        return
    for folder, folders, files in os.walk(place):
        folders[:] = [name for name in folders if name not in _PASSED_OVER]
        yield from (os.path.join(folder, name) for name in files)
