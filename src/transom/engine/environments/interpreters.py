"""Where Python interpreters lie on a machine, which version each is, and how a missing one is got."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from transom.engine.asking import answer_of
from transom.engine.uv import uv
from transom.errors import PythonMissing

_NAME = re.compile(r"python(3(\.\d+)?)?$")
_ASK_SECONDS = 20
_OLDEST = (3, 6)
#: Stands for the version of a program whose name tells none; it is asked first.
_UNNAMED = (99, 99)
#: The oldest version that uv can download.
_OLDEST_OF_UV = (3, 8)
#: What each says of itself; one that cannot (Python 2, another implementation, a build without the lock) is no use.
_ASK = (
    "import json, sys, sysconfig; assert sys.implementation.name == 'cpython' and sys.prefix == sys.base_prefix;"
    "assert not sysconfig.get_config_var('Py_GIL_DISABLED'); print(json.dumps(list(sys.version_info[:3])))"
)
_CONDA_FOLDERS = ("miniconda3", "miniforge3", "mambaforge", "anaconda3", "micromamba", "miniconda", "anaconda", "conda")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that is there: the path of its program, its version, and where it was found (`pyenv`, `PATH`, ...)."""

    path: str
    version: tuple[int, int, int]
    origin: str

    @property
    def python(self) -> str:
        """Its version as environments name it: `3.10`."""
        return f"{self.version[0]}.{self.version[1]}"


def interpreters() -> tuple[Interpreter, ...]:
    """Every CPython of 3.6 or newer that is found here, each once, the newest first."""
    return _asked(_found())


def interpreter_for(python: str, *, downloads: bool = False) -> Interpreter:
    """The newest patch release of a version such as `3.10`; with `downloads` uv may get it.

    Raises PythonMissing, which says how to get it.
    """
    found = _newest_of(python)
    if found is None and downloads and _numbers(python) >= _OLDEST_OF_UV:
        said = uv(["python", "install", python], downloads=True)
        found = _newest_of(python)
        if found is None:
            advice = f"uv could not download it ({_first_words(said.reason)}). {_how_to_get(python)}"
            raise PythonMissing(python=python, advice=advice)
    if found is None:
        raise PythonMissing(python=python, advice=_how_to_get(python))
    return found


def newest_interpreter(wanted: str = "") -> Interpreter:
    """The newest Python here that satisfies a specifier such as `>=3.9,<3.12`.

    Raises PythonMissing where none does, InvalidSpecifier (a ValueError) where it is none.
    """
    from packaging.specifiers import SpecifierSet

    allowed = SpecifierSet(wanted)
    there = _found()
    for minor in sorted({_named(path) for path in there}, reverse=True):  # only as many are asked as need be
        for each in _asked({path: origin for path, origin in there.items() if _named(path) == minor}):
            if allowed.contains(".".join(map(str, each.version))):
                return each
    versions = ", ".join(sorted({each.python for each in _asked(there)}, key=_numbers)) or "none"
    raise PythonMissing(
        python=wanted, advice=f"Versions that are here: {versions}. Install one that fits, with uv, pyenv or conda."
    )


def _newest_of(python: str) -> Interpreter | None:
    wanted = _numbers(python)
    there = {path: origin for path, origin in _found().items() if _named(path) in (wanted, _UNNAMED)}
    return next((each for each in _asked(there) if each.python == python), None)


def _found() -> dict[str, str]:
    """The real path of every program that is called python, and where it was found first."""
    origins: dict[str, str] = {}
    for origin, folder in _places():
        for path in _pythons_in(folder):
            origins.setdefault(path, origin)
    return origins


def _named(path: str) -> tuple[int, ...]:
    """The version in the name of a program, python3.10; of one without it, what comes before all others."""
    found = re.fullmatch(r"python(3\.\d+)", Path(path).name)
    return _numbers(found[1]) if found else _UNNAMED


def _asked(origins: Mapping[str, str]) -> tuple[Interpreter, ...]:
    """Those of these programs that are of use, the newest first."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        versions = pool.map(_version_of, origins)
        found = [
            Interpreter(path, version, origin)
            for (path, origin), version in zip(origins.items(), versions, strict=True)
            if version is not None and version[:2] >= _OLDEST
        ]
    return tuple(sorted(found, key=lambda each: each.version, reverse=True))


def _first_words(reason: str) -> str:
    return re.split(r"; (?=error sending|client error|Failed to download)", reason)[0]


def _how_to_get(python: str) -> str:
    if _numbers(python) < _OLDEST:
        return "Scripts run on Python 3.6 and newer; `transom env pythons` lists what is here."
    if _numbers(python) >= _OLDEST_OF_UV:
        return (
            f"Get it with `uv python install {python}`, or let Transom do that: TRANSOM_PYTHON_DOWNLOADS=true. "
            "`transom env pythons` lists what is here."
        )
    return (
        f"Get it with `pyenv install {python}` or `conda create -n py{python.replace('.', '')} python={python}`; "
        "`transom env pythons` lists what is here."
    )


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", python)[:2])


def _places() -> Iterator[tuple[str, Path]]:
    """The folders in which programs may be called python, with the name of their origin."""
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    yield from (("pyenv", each / "bin") for each in _folders_in(pyenv / "versions"))
    for root in _conda_roots(home):
        yield "conda", root / "bin"
        yield from (("conda", each / "bin") for each in _folders_in(root / "envs"))
    for each in _folders_in(_folder_of_uv(home)):
        yield "uv", each / "bin"
    yield "Transom's own", Path(sys.base_prefix, "bin")
    for text in os.environ.get("PATH", "").split(os.pathsep):
        if text and Path(text).name != "shims":  # pyenv's shims stand for interpreters that were found above
            yield "PATH", Path(text)
    yield "system", Path("/usr/bin")
    yield "system", Path("/usr/local/bin")
    for each in (*_folders_in(Path("/opt")), *_folders_in(Path("/opt/python"))):
        yield "/opt", each / "bin"


def _conda_roots(home: Path) -> Iterator[Path]:
    for name in ("CONDA_PREFIX", "CONDA_ROOT", "MAMBA_ROOT_PREFIX"):
        if os.environ.get(name):
            yield Path(os.environ[name])
    if os.environ.get("CONDA_EXE"):
        yield Path(os.environ["CONDA_EXE"]).parent.parent
    for folder in (home, Path("/opt")):
        yield from (folder / name for name in _CONDA_FOLDERS)
    try:
        listed = (home / ".conda" / "environments.txt").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    yield from (Path(line.strip()) for line in listed if line.strip())


def _folder_of_uv(home: Path) -> Path:
    said = uv(["python", "dir"])
    return Path(said.out.strip()) if said.succeeded else home / ".local" / "share" / "uv" / "python"


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, the last by name first; a folder that cannot be read has none."""
    try:
        return sorted((each for each in folder.iterdir() if each.is_dir()), reverse=True)
    except OSError:
        return []


def _pythons_in(folder: Path) -> list[str]:
    """The real paths of the programs that are called python there."""
    try:
        names = sorted(name for name in os.listdir(folder) if _NAME.fullmatch(name))
    except OSError:
        return []
    paths = (os.path.realpath(folder / name) for name in names)
    return [path for path in dict.fromkeys(paths) if os.access(path, os.X_OK)]


def _version_of(path: str) -> tuple[int, int, int] | None:
    try:
        major, minor, patch = answer_of(path, _ASK, options=["-E", "-s"], seconds=_ASK_SECONDS, folder="/")
    except (OSError, ValueError):
        return None
    return major, minor, patch
