"""A job's folder with a real link on a real socket and canned answers, and drivers that are run as its processes.

Contents travel as they do in a job: what was handed is taken out of `handed/` and named by its digest, and a digest in
an answer becomes a path.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engine.installing import served

from transom.engine.link import Answer, Link
from transom.engine.process import CHILD
from transom.errors import WrongUse
from transom.store.blobs import digest_of

SDK = CHILD / "sdk"
#: The interpreter of the tests.
HERE = Path(sys.executable)

#: What answers a question: the answer itself, or a function of the facts. It refuses by raising `refused(...)`.
Canned = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Said:
    """How a driver ended and what it and everything that it started printed."""

    code: int
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def told(self) -> Any:
        """The JSON of the last line."""
        assert self.code == 0, self.text
        return json.loads(self.lines[-1])


def refused(sentence: str, remedy: str = "") -> WrongUse:
    """What an answer raises to be heard as a refusal."""
    return WrongUse(problem=sentence, advice=remedy)


@contextmanager
def job(tmp_path: Path, answers: Mapping[str, Canned] | None = None) -> Iterator[Path]:
    """A job's folder `run1` in `tmp_path`, whose link answers until this is over."""
    folder = tmp_path / "run1"
    for name in ("handed", "outputs/files", "work", "taken", "given", "script"):
        (folder / name).mkdir(parents=True)
    replies = {question: _reply(folder, question, canned) for question, canned in (answers or {}).items()}
    with served(Link(folder / "link", replies)):
        yield folder


def variables(folder: Path) -> dict[str, str]:
    """The environment variables of the job's processes."""
    return {
        **os.environ,
        "PYTHONPATH": str(SDK),
        "TRANSOM_JOB": str(folder),
        "TRANSOM_LINK": str(folder / "link"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_in(interpreter: str | os.PathLike[str], script: str, folder: Path) -> Said:
    """Run a driver as a process of the job, in its working directory, with the SDK first on its path."""
    place = folder / "script" / "driver.py"
    place.write_text(script, "utf-8")
    done = subprocess.run(
        [interpreter, str(place)],
        cwd=folder / "work",
        env=variables(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout)


def run_here(script: str, folder: Path) -> Said:
    """Run a driver in the interpreter of the tests."""
    return run_in(HERE, script, folder)


def asked(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """The questions that were answered, in order, each with its facts as the one who answers sees them."""
    place = folder / "asked.jsonl"
    lines = place.read_text("utf-8").splitlines() if place.exists() else []
    return [(told["question"], told["facts"]) for told in map(json.loads, lines)]


def taken(folder: Path, digest: str) -> bytes:
    """A content that was handed."""
    return (folder / "taken" / digest).read_bytes()


def keep(folder: Path, content: bytes) -> str:
    """Let answers hold a content by this digest."""
    aside = folder / "taken" / "aside"
    aside.write_bytes(content)
    digest = digest_of(aside)
    aside.rename(folder / "taken" / digest)
    return digest


def _reply(folder: Path, question: str, canned: Canned) -> Answer:
    def reply(facts: Mapping[str, Any], tell: Callable[[str], None]) -> Mapping[str, Any]:
        seen = _taken_in(folder, dict(facts))
        with (folder / "asked.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"question": question, "facts": seen}) + "\n")
        answer: Mapping[str, Any] = _given(folder, canned(seen) if callable(canned) else canned)
        return answer

    return reply


def _taken_in(folder: Path, fact: Any) -> Any:
    """Facts with the digest and size of each content that was handed."""
    if isinstance(fact, dict) and set(fact) == {"handed"}:
        place = folder / "handed" / fact["handed"]
        digest, size = digest_of(place), place.stat().st_size
        place.rename(folder / "taken" / digest)
        return {"digest": digest, "bytes": size}
    if isinstance(fact, dict):
        return {name: _taken_in(folder, value) for name, value in fact.items()}
    return [_taken_in(folder, each) for each in fact] if isinstance(fact, list) else fact


def _given(folder: Path, answer: Any) -> Any:
    """An answer with the path of each content in it."""
    if isinstance(answer, dict) and set(answer) == {"content", "name"}:
        return {"path": str(_laid(folder, answer["content"], answer["content"], answer["name"]))}
    if isinstance(answer, dict) and set(answer) == {"contents", "name"}:
        for each in answer["contents"]:
            _laid(folder, each["digest"], "files", answer["name"], each["name"])
        return {"path": str(folder / "given" / "files" / answer["name"])}
    if isinstance(answer, dict):
        return {name: _given(folder, value) for name, value in answer.items()}
    return [_given(folder, each) for each in answer] if isinstance(answer, list) else answer


def _laid(folder: Path, digest: str, *way: str) -> Path:
    """Where a content lies for a job to read."""
    place = folder.joinpath("given", *way)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(taken(folder, digest))
        place.chmod(0o444)
    return place
