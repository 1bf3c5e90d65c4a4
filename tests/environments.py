"""The older interpreters that the tests run the child in: which ones, with which packages, built once by uv.

Run as a program it builds all of them: ``python tests/environments.py``. They live in ``.environments/`` at the
root of the checkout, one folder for each, and are built again when their requirements change. An interpreter that
this machine lacks is left out; the tests that need it are skipped and say so.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from transom.engine.environments import Environments, Ready
from transom.errors import PythonMissing
from transom.settings import Settings

FOLDER = Path(__file__).resolve().parent.parent / ".environments"


@dataclass(frozen=True)
class OldEnvironment:
    """One interpreter and the exact packages it gets, without resolving anything else."""

    name: str
    python: str
    requirements: tuple[str, ...]


ENVIRONMENTS = (
    OldEnvironment(
        "py36-pandas-0.25",
        "3.6",
        ("pandas==0.25.3", "pyarrow==0.16.0", "numpy==1.18.2", "matplotlib==3.1.3", "scikit-learn==0.22.2"),
    ),
    OldEnvironment(
        "py38-pandas-1.0",
        "3.8",
        ("pandas==1.0.5", "numpy<1.24", "pyarrow==17.0.0", "matplotlib==3.3.4", "scikit-learn==1.0.2"),
    ),
    OldEnvironment(
        "py39-pandas-1.1",
        "3.9",
        ("pandas==1.1.5", "numpy==1.23.5", "pyarrow==14.0.1", "matplotlib==3.3.4", "scikit-learn==1.2.2"),
    ),
    OldEnvironment(
        "py311-pandas-2.2",
        "3.11",
        ("pandas==2.2.3", "numpy<2.3", "pyarrow==20.0.0", "matplotlib<3.11", "scikit-learn<1.8"),
    ),
    OldEnvironment(
        "py313-pandas-3",
        "3.13",
        ("pandas>=3,<4", "pyarrow>=24", "matplotlib>=3.10", "scikit-learn>=1.8"),
    ),
)

#: Microsoft's own package of 2020, which reads and writes a DataFrameDirectory: the pins of its page.
DESIGNER_CORE = OldEnvironment(
    "py36-designer-core",
    "3.6",
    (
        "azureml-designer-core==0.0.31",
        "pandas==0.25.3",
        "pyarrow==0.16.0",
        "numpy==1.18.2",
        "scipy==1.4.1",
        "scikit-learn==0.22.2",
        "ruamel.yaml==0.15.89",
        "jsonpickle==1.3",
        "more-itertools==6.0.0",
        "dill==0.3.1.1",
        "matplotlib==3.1.3",
        "pyparsing==2.4.6",
    ),
)


def interpreter(version: str) -> Path | None:
    """The interpreter of a Python version, looked for on PATH and where pyenv keeps them."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    try:
        found = sorted(root.glob(f"{version}.*/bin/python{version}"), key=_patch_release)
    except OSError:  # pyenv's home may be closed to us
        found = []
    if found:
        return found[-1]
    on_path = shutil.which(f"python{version}")
    if on_path and "shims" not in on_path:
        return Path(on_path)
    return None


def _patch_release(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.parent.parent.name)]


@cache
def python_of(environment: OldEnvironment) -> Path | None:
    """The environment's interpreter, built first if need be; None where this machine has no such Python."""
    base = interpreter(environment.python)
    if base is None:
        return None
    folder = FOLDER / environment.name
    digest = hashlib.sha256("\n".join((str(base), *environment.requirements)).encode()).hexdigest()
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{environment.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test workers ask at once
        mark = folder / "built"
        if not (mark.is_file() and mark.read_text() == digest):
            _build(environment, base, folder)
            mark.write_text(digest)
    return folder / "bin" / "python"


def _build(environment: OldEnvironment, base: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    settings = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "copy"}
    _uv(["venv", "--quiet", "--python", str(base), str(folder)], settings)
    target = ["pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    needs = list(environment.requirements)
    if environment is DESIGNER_CORE:  # its pins contradict each other: exactly these, and then what they lack
        _uv([*target, *(need for need in needs if not need.startswith("azureml"))], settings)
        _uv([*target, "--no-deps", *(need for need in needs if need.startswith("azureml"))], settings)
    else:
        _uv([*target, *needs], settings)
    subprocess.run([folder / "bin" / "python", "-m", "compileall", "-q", str(folder / "lib")], check=False)


def _uv(arguments: list[str], settings: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uv", *arguments], env=settings, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"uv {' '.join(arguments)}\n{done.stdout}{done.stderr}")


#: The environments that come with Transom and are built once for all tests.
READY_MADE = ("designer-2020", "designer-2025", "current")


@cache
def ready_made(name: str) -> Ready | None:
    """An environment that comes with Transom, built first if need be; None where this machine has no such Python."""
    FOLDER.mkdir(exist_ok=True)
    environments = Environments(Settings(data_folder=FOLDER / "ready-made"))
    try:
        return environments.ready(environments.find(name))
    except PythonMissing:
        return None


def share_ready_made(data_folder: Path) -> None:
    """Let a data folder of a test have the environments that are built for all tests."""
    data_folder.mkdir(parents=True, exist_ok=True)
    (FOLDER / "ready-made" / "environments").mkdir(parents=True, exist_ok=True)
    (data_folder / "environments").symlink_to(FOLDER / "ready-made" / "environments")


if __name__ == "__main__":
    for one in (*ENVIRONMENTS, DESIGNER_CORE):
        print(f"{one.name}: {python_of(one) or f'no Python {one.python} on this machine'}")
    for name in READY_MADE:
        made = ready_made(name)
        print(f"{name}: {made.interpreter if made else 'its Python is not on this machine'}")
