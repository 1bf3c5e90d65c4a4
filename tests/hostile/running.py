"""How the tests reach the grounds: one process for each kind of user, which orders the hostile jobs and judges them."""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tests.environments
from tests.hostile.bait import tmp_folder

from transom.engine.read_only import remove_tree

ROOT = Path(__file__).resolve().parents[2]
#: What the ground's process executes. PYTHONPATH would be what its jobs may read, too.
_GROUND = "import sys; sys.path.append({root!r}); from tests.hostile.ground import main; main(*sys.argv[1:])"
#: Who an ordinary user is, where the tests run as root.
_NOBODY = 65534
#: No case takes so long, in seconds: the ground is stuck.
_SECONDS = 90.0


@dataclass(frozen=True)
class Verdict:
    """What the ground told of one case, see `ground.Verdict`."""

    told: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.told[name]

    @property
    def outcome(self) -> str:
        """How the job ended, in one word: the kind of its failure, or `succeeded`."""
        return str(self.told["kind"] or self.told["status"])

    @property
    def worked(self) -> list[str]:
        """What the attack achieved, by what it said itself and by what the test found."""
        return [*self.told["achieved"], *self.told["harm"], *self.told["unclean"]]


class Stuck(Exception):
    """The ground has ended, or does not answer: whatever a script did to it, that is a harm."""


class Range:
    """The ground of one user, started when it is first needed and again when a script has ended it.

    Its jobs are executed by `python`, the ground's own by default. It lies in a folder below `place`.
    """

    def __init__(self, user: str, *, python: str | None = None, place: Path | None = None) -> None:
        self.user = user
        self._python = python
        self._place = place or _outside_of_tmp(tests.environments.FOLDER / "hostile")
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()

    def verdict(self, asked: Mapping[str, Any]) -> Verdict:
        """Run one script and judge it. Raises Stuck."""
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        return Verdict(self._answer())

    def close(self) -> None:
        """End the ground, and remove what it had."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._remove()

    def _remove(self) -> None:
        """Remove what a ground that was killed could not."""
        place = tmp_folder(self._folder)
        for each in (self._folder, place, place.with_name(f"{place.name}.fifo")):
            remove_tree(each)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._process is not None
        return self._process

    def _start(self) -> None:
        self._folder = self._place / f"hostile-{secrets.token_hex(3)}"
        self._folder.mkdir(parents=True)
        interpreter = interpreter_for(self.user)
        assert interpreter is not None
        identity: dict[str, Any] = {}
        if self.user == "ordinary user" and os.getuid() == 0:
            os.chown(self._folder, _NOBODY, _NOBODY)
            identity = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        self._process = subprocess.Popen(
            [interpreter, "-c", _GROUND.format(root=str(ROOT)), str(self._folder), self._python or interpreter],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=self._variables(interpreter),
            **identity,
        )
        self._answer()

    def _variables(self, interpreter: str) -> dict[str, str]:
        home = self._folder / "home"
        variables = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        if interpreter != sys.executable:
            variables["PYTHONPATH"] = os.pathsep.join(_own_places())
        variables["SSH_AUTH_SOCK"] = str(self._folder / "outside" / "run" / "agent.sock")
        return variables

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], _SECONDS)
        line = self._process.stdout.readline() if readable else b""
        if not line:
            self._process.kill()
            self._process.wait()
            self._remove()
            raise Stuck("it has ended" if readable else f"it did not answer within {_SECONDS:g} s")
        told: dict[str, Any] = json.loads(line)
        return told


@cache
def interpreter_for(user: str) -> str | None:
    """A Python with which that user can run jobs; None where there is none, or no such user to be."""
    if user == "root":
        return sys.executable if os.getuid() == 0 else None
    if os.getuid() != 0:
        return sys.executable
    places = os.confstr("CS_PATH") or os.defpath
    found = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path=places)
    return found if found is not None and _can_run(found) else None


def _can_run(interpreter: str) -> bool:
    """Whether an ordinary user can import with it what the tests have."""
    done = subprocess.run(
        [interpreter, "-c", "import pandas, pyarrow, blake3, psutil, transom"],
        env={"PYTHONPATH": os.pathsep.join(_own_places()), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=[],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def _outside_of_tmp(place: Path) -> Path:
    """What a script writes to /tmp is its own, and so would seem to have worked in a checkout that lies there."""
    return Path("/var/tmp") if place.is_relative_to("/tmp") else place


def _own_places() -> list[str]:
    """Where the packages of this process lie, Transom's own first."""
    import transom

    return [str(Path(transom.__file__).parents[1]), *(place for place in sys.path if place.endswith("site-packages"))]
