"""How requirements become a lock: every package with its version and hashes, the same for the same requirements."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from transom.engine.environments.interpreters import Interpreter
from transom.engine.uv import Said, uv
from transom.errors import RequirementsUnmet

#: Told what a build is at: `resolve`, `download`, `install`, `compile` or `check`, and a detail that may be empty.
Progress = Callable[[str, str], None]

_ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
_MARKED = re.compile(r"^(?P<pin>[^\s;]+) ; (?P<marker>.*?)(?P<rest> \\)?$", re.MULTILINE)
_HEAD = ["pip", "compile", "-", "--generate-hashes", "--no-header", "--no-annotate", "--python"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be locked, for whom messages name."""

    name: str
    requirements: tuple[str, ...]
    resolve: bool = True
    leave_out: tuple[str, ...] = ()

    def digest(self, python: str) -> str:
        """What names its lock: not what it is called, nor how its requirements were spelled or ordered."""
        told = [python, self.requirements, self.resolve, self.leave_out]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


class Locks:
    """The locks that were made, one file each, so that the same requirements get the same lock again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def found(self, question: Question, python: str) -> str | None:
        """The lock that was made for this question and this version of Python, if one was."""
        path = self._path(question, python)
        return path.read_text("utf-8") if path.is_file() else None

    def keep(self, question: Question, python: str, lock: str) -> None:
        """Answer this question with this lock from now on."""
        write_aside(self._path(question, python), lock)

    def made(self, question: Question, python: Interpreter, progress: Progress) -> str:
        """A lock that is made now, and not kept. Raises RequirementsUnmet where there is none."""
        progress("resolve", f"{len(question.requirements)} requirements")
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = [*_HEAD, python.path, "--directory", str(self.folder)]
        arguments += [] if question.resolve else ["--no-deps"]
        for name in question.leave_out:
            arguments += ["--no-emit-package", name]
        said = uv(arguments, stdin="\n".join(question.requirements))
        if not said.succeeded:
            raise RequirementsUnmet(name=question.name, reason=said.reason, advice=_advice(said, python))
        return said.out

    def _path(self, question: Question, python: str) -> Path:
        return self.folder / f"{question.digest(python)}.txt"


def _advice(said: Said, python: Interpreter) -> str:
    if said.lacked_network:
        return "Check the network and the index that pip or uv is configured with, then do it again."
    if "was not found in the package registry" in said.err or "not found" in said.reason:
        return "Check the spelling of the package, and the index that pip or uv is configured with."
    if "there is no version of" in said.err or "are no versions of" in said.err:
        return "Ask for a version that the index has: there is none such for this package."
    if "requires-python" in said.err or "Python>=" in said.err or "Python version" in said.err:
        return f"Another version may have it for Python {python.python}; or choose another Python with --python."
    return "Change the versions that contradict each other, or take an exact list as it stands with --exact."


def write_aside(path: Path, text: str) -> None:
    """Write a file under another name, then rename it; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, "utf-8")
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def for_python(lock: str, python: Interpreter) -> str:
    """A lock without what its markers keep from this machine and this Python, and without markers."""
    surroundings = {
        "python_version": python.python,
        "python_full_version": ".".join(map(str, python.version)),
        "implementation_version": ".".join(map(str, python.version)),
    }
    return "".join(_without_marker(entry, surroundings) for entry in _entries(lock))


def _entries(lock: str) -> list[str]:
    return [entry for entry in _ENTRY.split(lock) if entry.strip()]


def _without_marker(entry: str, surroundings: Mapping[str, str]) -> str:
    found = _MARKED.match(entry)
    if not found:
        return entry
    if not Marker(found["marker"]).evaluate(dict(surroundings)):
        return ""
    return f"{found['pin']}{found['rest'] or ''}{entry[found.end() :]}"


def silent(_stage: str, _detail: str) -> None:
    """Progress that nobody watches."""
