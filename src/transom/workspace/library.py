"""`transom.run` as Python code calls it: paths, frames and functions in, a result out."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from transom.engine.process import JOB_FOLDER
from transom.errors import RunInsideScript, WrongUse
from transom.model.scripts import ENTRY_POINT
from transom.settings import bytes_from, load, seconds_from
from transom.workspace.requests import RunRequest
from transom.workspace.running import run_script

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from transom.workspace.results import RunResult

    TableLike: TypeAlias = str | os.PathLike[str] | pandas.DataFrame | pyarrow.Table


def run(  # noqa: PLR0913 (each is one thing that a person may want to say)
    script: str | os.PathLike[str] | Callable[..., Any],
    dataset1: TableLike | None = None,
    dataset2: TableLike | None = None,
    *,
    bundle: str | os.PathLike[str] | None = None,
    timeout: float | str | None = None,
    memory: int | str | None = None,
    sample: int | None = None,
    check: bool = False,
) -> RunResult:
    """Run a script, or a function that is defined in a file, in a process of its own.

    `dataset1` and `dataset2` are files of any format, pandas.DataFrames or pyarrow.Tables; a frame reaches the script
    exactly, with its row index. `timeout` is in seconds or a text such as "10m", `memory` in bytes or a text such as
    "4GiB"; `sample` takes the first rows only.

    What goes wrong in the script is told by `result.failure`; with `check` it is raised as ScriptFailed. Raises
    NotThere, ScriptUnreadable, FormatUnknown and WrongUse where nothing could be run, and RunInsideScript where a
    script without a main guard calls this while it is run.
    """
    if os.environ.get(JOB_FOLDER):
        raise RunInsideScript(script=_caller())
    path, entry_point = _script_of(script)
    request = RunRequest(
        script=path,
        entry_point=entry_point,
        tables={
            port: _source(table)
            for port, table in (("dataset1", dataset1), ("dataset2", dataset2))
            if table is not None
        },
        bundle=None if bundle is None else Path(bundle),
        sample=sample,
        timeout=_limit("timeout", timeout, seconds_from, "90s or 10m"),
        memory=_limit("memory", memory, bytes_from, "500MB or 4GiB"),
    )
    result = run_script(request, load())
    return result.check() if check else result


def _limit(name: str, value: Any, parse: Callable[[str], Any], examples: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except ValueError:
        raise WrongUse(problem=f"The {name} {value!r} is not understood.", advice=f"Give {examples}.") from None


def _caller() -> str:
    """The file that called `run`."""
    return sys._getframe(2).f_code.co_filename


def _source(table: Any) -> Any:
    return Path(table) if isinstance(table, (str, os.PathLike)) else table


def _script_of(script: str | os.PathLike[str] | Callable[..., Any]) -> tuple[Path, str]:
    """The file of the script, and the name of its function."""
    if not callable(script):
        if not os.fspath(script):
            raise WrongUse(problem="The path of the script is empty.", advice="Give the path of a Python file.")
        return Path(script), ENTRY_POINT
    name = getattr(script, "__qualname__", repr(script))
    try:
        file = inspect.getsourcefile(script)
    except TypeError:
        file = None
    if file is None or not Path(file).is_file():
        raise WrongUse(
            problem=f"{name} is not defined in a file, so another process cannot import it.",
            advice="Put the function into a .py file, and import it from there.",
        )
    if "." in name or name == "<lambda>":
        raise WrongUse(
            problem=f"{name} cannot be reached by another process: it has no name at the top of its file.",
            advice="Define it at the top of its file.",
        )
    return Path(file), name
