"""Workers to run jobs with: the host's interpreter, and the oldest one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.engine.running import Worker, warm
from tests.environments import ENVIRONMENTS, python_of

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@pytest.fixture(params=["host", "host warm", "py36", "py36 warm"])
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Worker:
    """A worker for scripts that must do the same on the newest and on the oldest Python, cold and warm."""
    interpreter = sys.executable
    if request.param.startswith("py36"):
        oldest = python_of(ENVIRONMENTS[0])
        if oldest is None:
            pytest.skip("there is no Python 3.6 on this machine")
        interpreter = str(oldest)
    return Worker(tmp_path, interpreter, spares=warm(interpreter) if request.param.endswith("warm") else None)


@pytest.fixture
def host(tmp_path: Path) -> Worker:
    """A worker in the host's own interpreter."""
    return Worker(tmp_path, sys.executable)


def script(name: str) -> str:
    """The text of a script of tests/scripts."""
    return (SCRIPTS / f"{name}.py").read_text("utf-8")
