"""Names that a script uses and nothing declares: found by ruff, all files in one call."""

from __future__ import annotations

import ast
import builtins
import difflib
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transom.engine.checks.reading import Script, words
from transom.model.scripts import Edit, Finding, Severity

#: What a conventional name stands for, as a statement that declares it.
IMPORTS: Mapping[str, str] = {
    "pd": "import pandas as pd",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "sm": "import statsmodels.api as sm",
    "tf": "import tensorflow as tf",
    "xgb": "import xgboost as xgb",
    "lgb": "import lightgbm as lgb",
    "nx": "import networkx as nx",
    "dt": "import datetime as dt",
    "mpl": "import matplotlib as mpl",
    "pandas": "import pandas",
    "numpy": "import numpy",
    "matplotlib": "import matplotlib",
    "sklearn": "import sklearn",
    "scipy": "import scipy",
    "joblib": "import joblib",
    "requests": "import requests",
    "DataFrame": "from pandas import DataFrame",
    "Series": "from pandas import Series",
    "Run": "from azureml.core import Run",
    "Dataset": "from azureml.core import Dataset",
    "Model": "from azureml.core import Model",
    "Workspace": "from azureml.core import Workspace",
    "train_test_split": "from sklearn.model_selection import train_test_split",
    "StringIO": "from io import StringIO",
    "BytesIO": "from io import BytesIO",
    "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "OrderedDict": "from collections import OrderedDict",
    "Path": "from pathlib import Path",
    "partial": "from functools import partial",
    "reduce": "from functools import reduce",
    "reload": "from importlib import reload",
}
_MODULES = words(
    "os sys re json math time random csv io pickle glob shutil logging warnings itertools functools collections string"
    " subprocess tempfile zipfile urllib copy operator statistics uuid hashlib base64 gzip calendar importlib traceback"
)
#: What Python 2 called otherwise.
OLD_NAMES: Mapping[str, str] = {
    "xrange": "range",
    "unicode": "str",
    "raw_input": "input",
    "long": "int",
    "basestring": "str",
    "unichr": "chr",
}
_ONLY_IN_NOTEBOOKS = frozenset({"display", "get_ipython", "dbutils", "spark", "sc", "displayHTML", "sqlContext"})
_RULES = "F821,F823"
_OLDEST, _NEWEST = 7, 14


def declaration_of(name: str) -> str | None:
    """The import that usually declares a name; None where there is no usual one."""
    return IMPORTS.get(name) or (f"import {name}" if name in _MODULES else None)


def undeclared(scripts: Sequence[Script]) -> list[Finding]:
    """Every undeclared name of the scripts, once for each name of a file."""
    if not scripts:
        return []
    found: list[Finding] = []
    seen: set[tuple[int, str]] = set()
    for place, told in _told_by_ruff(scripts):
        script = scripts[place]
        name = told["message"].split("`")[1] if "`" in told["message"] else ""
        line, column = int(told["location"]["row"]), int(told["location"]["column"])
        if not name or (place, name) in seen or _is_for_another_python(script, line):
            continue
        seen.add((place, name))
        found.append(_finding(script, name, line, column, is_too_early=told["code"] == "F823"))
    return found


def _told_by_ruff(scripts: Sequence[Script]) -> list[tuple[int, dict[str, Any]]]:
    """(which script, what ruff says); nothing where ruff does not answer."""
    from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped]

    minor = min(max(scripts[0].surroundings.environment.python[1], _OLDEST), _NEWEST)
    with tempfile.TemporaryDirectory(prefix="transom-check-") as name:
        folder = Path(name)
        for number, script in enumerate(scripts):
            (folder / f"{number}.py").write_text(script.text, "utf-8", "surrogateescape", newline="")
        command = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--select", _RULES]
        command += ["--target-version", f"py3{minor}", "--ignore-noqa", "--output-format", "json", "."]
        try:
            done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=True)
            told = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.SubprocessError):
            return []
    placed = [(int(Path(each["filename"]).stem), each) for each in told if each["code"] in _RULES.split(",")]
    return sorted(placed, key=lambda each: (each[0], each[1]["location"]["row"], each[1]["location"]["column"]))


def _is_for_another_python(script: Script, line: int) -> bool:
    """Whether the line stands where the version of Python was asked for."""
    for node in script.nodes:
        if isinstance(node, ast.If | ast.IfExp | ast.BoolOp) and script.span(node)[0] <= line <= script.span(node)[2]:
            test = script.segment(node.test if not isinstance(node, ast.BoolOp) else node)
            if any(word in test for word in ("version_info", "PY2", "PY3", "sys.version")):
                return True
    return False


def _finding(script: Script, name: str, line: int, column: int, *, is_too_early: bool) -> Finding:
    message = f"{name} is used in line {line}, but nothing declares it."
    edits: tuple[Edit, ...] = ()
    if is_too_early:
        message = f"{name} is used in line {line} before it has a value."
        remedy = f"Give {name} a value first; inside a function it is not the one of outside."
    else:
        remedy, edits = _repair(script, name)
    certain = bool(edits) and (name in IMPORTS or name in _MODULES or name in OLD_NAMES or _is_port(name))
    return Finding(
        "undeclared_name", Severity.WARNING, message, script.source.shown, line, column, remedy, edits, certain
    )


def _is_port(name: str) -> bool:
    return name.lower() in {"dataframe1", "dataframe2"}


def _repair(script: Script, name: str) -> tuple[str, tuple[Edit, ...]]:
    if name in _ONLY_IN_NOTEBOOKS:
        return f"{name} is there only in a notebook; use print, or leave the line out.", ()
    if name in OLD_NAMES:
        return _renamed(script, name, OLD_NAMES[name], "Python 3 calls it")
    near = near_name(name, declared(script))
    if near and (near.lower() == name.lower() or declaration_of(name) is None):
        return _renamed(script, name, near, "Did you mean")
    statement = declaration_of(name)
    if statement:
        return f"Add `{statement}` at the top.", (script.add_import(statement),)
    return "Define it, or import it, above that line.", ()


def _renamed(script: Script, name: str, new: str, words: str) -> tuple[str, tuple[Edit, ...]]:
    places = [node for node in script.nodes if isinstance(node, ast.Name) and node.id == name]
    sign = "?" if words.startswith("Did") else ""
    return f"{words} `{new}`{sign or '.'}", tuple(script.replace(node, new) for node in places)


def declared(script: Script) -> set[str]:
    """Every name that a script binds anywhere, and the builtins."""
    names = set(script.aliases)
    for node in script.nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


def near_name(name: str, names: set[str]) -> str | None:
    """The name that was probably meant: the same in other case, else one that looks alike."""
    same = sorted(each for each in names if each.lower() == name.lower() and each != name)
    if same:
        return same[0]
    known = sorted(names | {each for each in dir(builtins) if not each.startswith("_")})
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8) if len(name) > 3 else []
    return close[0] if close else None
