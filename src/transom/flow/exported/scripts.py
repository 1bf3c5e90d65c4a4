"""How an exported script executes the scripts of steps: pieces that are copied into it, never executed by Transom."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import itertools
import linecache
import os
import shutil
import sys
import tempfile
import types
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# ruff: noqa: PLR0913 (each argument is one that a person may have given)

OUTPUTS = Path()


@contextmanager
def at_work(step: str, bundle: object) -> Iterator[str]:
    """A fresh working directory with `Script Bundle` in it; what the script leaves there is kept in OUTPUTS/step."""
    before, paths = os.getcwd(), list(sys.path)
    with tempfile.TemporaryDirectory() as temporary:
        folder = os.path.realpath(temporary)
        work, scripts = os.path.join(folder, "work"), os.path.join(folder, "script")
        bundled = os.path.join(work, "Script Bundle")
        os.makedirs(bundled)
        os.makedirs(scripts)
        unpack(bundle, bundled)
        inner = [name for name in sorted(os.listdir(bundled)) if not name.startswith((".", "__MACOSX"))]
        roots = [bundled]
        if len(inner) == 1 and os.path.isdir(os.path.join(bundled, inner[0])):
            roots.append(os.path.join(bundled, inner[0]))
        roots += [os.path.join(bundled, "src")] if "src" in inner else []
        os.chdir(work)
        sys.path += [scripts, work, *roots]
        try:
            yield scripts
        finally:
            keep_figures()
            os.chdir(before)
            sys.path[:] = paths
            for name, module in list(sys.modules.items()):
                if (getattr(module, "__file__", None) or "").startswith(folder + os.sep):
                    del sys.modules[name]  # the next step may have another module of that name
            shutil.rmtree(bundled)
            if os.listdir(work):
                shutil.copytree(work, OUTPUTS / step, dirs_exist_ok=True)


def unpack(bundle: object, target: str) -> None:
    """Put the files of a bundle into a folder: a mapping of names to contents, a folder, or a zip file."""
    if isinstance(bundle, Mapping):
        for name, content in bundle.items():
            path = Path(target, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    elif bundle is not None and os.path.isdir(str(bundle)):
        shutil.copytree(str(bundle), target, dirs_exist_ok=True)
    elif bundle is not None:
        with zipfile.ZipFile(str(bundle)) as archive:
            archive.extractall(target)


def keep_figures() -> None:
    """Save figures of matplotlib that are still open, and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        for number in pyplot.get_fignums():
            pyplot.figure(number).savefig(f"figure-{number}.png")
        pyplot.close("all")


def loaded(source: str, shown: str, folder: str) -> types.ModuleType:
    """A script as a module of its own, whose lines are shown when something goes wrong."""
    name = Path(shown).stem
    if not name.isidentifier() or name in sys.modules or importlib.util.find_spec(name) is not None:
        name = "script_of_step"
    path = os.path.join(folder, f"{name}.py")
    Path(path).write_text(source, "utf-8")
    linecache.cache[shown] = (len(source), None, source.splitlines(True), shown)
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    exec(compile(source, shown, "exec", dont_inherit=True), module.__dict__)
    return module


def run_script(
    step: str,
    source: str,
    shown: str,
    frames: Sequence[pd.DataFrame | None] = (None, None),
    bundle: object = None,
    entry_point: str = "azureml_main",
) -> list[pd.DataFrame]:
    """Call the function of a script with copies of up to two tables; the two tables that it returned."""
    with at_work(step, bundle) as folder:
        function = getattr(loaded(source, shown, folder), entry_point)
        given, named = arguments_of(function, [None if frame is None else frame.copy() for frame in frames])
        returned = waited_for(function(*given, **named))
        if not isinstance(returned, (Sequence, Iterator)) or isinstance(returned, (str, bytes)):
            returned = [returned]
        made = [as_table(value) for value in itertools.islice(returned, 2)]
    roles = {name: role for frame in frames if frame is not None for name, role in frame.attrs.get("roles", {}).items()}
    for frame in made:
        frame.attrs["roles"] = roles
    return made + [pd.DataFrame()] * (2 - len(made))


def arguments_of(function: Callable[..., object], frames: list[object]) -> tuple[list[object], dict[str, object]]:
    """As many tables as the function takes, by position and by name; a default stays where there is no table."""
    left = list(zip(("dataset1", "dataset2"), frames, strict=True))
    given: list[object] = []
    named: dict[str, object] = {}
    for each in inspect.signature(function).parameters.values():
        if each.kind is each.VAR_POSITIONAL:
            given += [frame for _, frame in left]
            left = []
        elif each.kind is each.KEYWORD_ONLY:
            wanted = each.name.replace("dataframe", "dataset")
            is_port = wanted in ("dataset1", "dataset2")
            found = [pair for pair in left if pair[0] == wanted] or ([] if is_port else left[:1])
            left = [pair for pair in left if pair not in found]
            named[each.name] = default_or(each, found[0][1] if found else None)
        elif each.kind is not each.VAR_KEYWORD and left:
            given.append(default_or(each, left.pop(0)[1]))
    return given, named


def default_or(parameter: inspect.Parameter, value: object) -> object:
    """The value, or the default of the parameter where there is none."""
    return parameter.default if value is None and parameter.default is not parameter.empty else value


def waited_for(returned: object) -> object:
    """What a coroutine gives in the end."""
    if not inspect.isawaitable(returned):
        return returned

    async def wait() -> object:
        return await returned

    return asyncio.run(wait())


def as_table(value: object) -> pd.DataFrame:
    """A table of what a script returned, with texts as names of columns, each once."""
    if value is None:
        return pd.DataFrame()
    if isinstance(value, pd.DataFrame):
        frame = value.copy(deep=False)
    elif isinstance(value, pd.Series):
        frame = value.to_frame("column" if value.name is None else value.name)
    elif isinstance(value, np.ndarray) and value.ndim == 2:
        frame = pd.DataFrame(value, columns=[f"column_{number}" for number in range(value.shape[1])])
    elif isinstance(value, (np.ndarray, pd.Index)):
        frame = pd.DataFrame({getattr(value, "name", None) or "column": np.asarray(value)})
    elif isinstance(value, (list, dict, set)):
        raise TypeError(f"The script returned a {type(value).__name__}, which is no table.")
    else:
        frame = pd.DataFrame({"column": [value]})
    frame.columns = unique([str(name) for name in frame.columns])
    return frame


def unique(names: list[str]) -> list[str]:
    """A name that stands twice gets a suffix: x, x_0, x_1."""
    taken, made = set(names), []
    for name in names:
        chosen = name
        if name in made:
            chosen = next(f"{name}_{number}" for number in itertools.count() if f"{name}_{number}" not in taken)
        taken.add(chosen)
        made.append(chosen)
    return made


def run_component(
    step: str,
    source: str,
    shown: str,
    given: Mapping[str, object],
    outputs: Sequence[str],
    bundle: object = None,
    entry_point: str = "azureml_main",
) -> list[pd.DataFrame]:
    """Call the function of a person's own component with tables and values by name; the tables of its outputs."""
    given = {name: value.copy() if isinstance(value, pd.DataFrame) else value for name, value in given.items()}
    with at_work(step, bundle) as folder:
        function = getattr(loaded(source, shown, folder), entry_point)
        known = inspect.signature(function).parameters
        named = {name: default_or(known[name], value) if name in known else value for name, value in given.items()}
        returned: Any = waited_for(function(**named))
        if isinstance(returned, pd.DataFrame):
            returned = [returned]
        if hasattr(returned, "_asdict"):
            returned = returned._asdict()
        values = [returned[name] for name in outputs] if isinstance(returned, Mapping) else list(returned or ())
        if len(values) != len(outputs):
            raise TypeError(f"{shown} returned {len(values)} tables where there are {', '.join(outputs)}.")
        return [as_table(value) for value in values]
