"""Workers to run jobs with: the host's interpreter, and the oldest one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.engine.running import Worker
from tests.environments import ENVIRONMENTS, python_of

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@pytest.fixture(params=["host", "py36"])
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Worker:
    """A worker for scripts that must do the same on the newest and on the oldest Python."""
    if request.param == "host":
        return Worker(tmp_path)
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    return Worker(tmp_path, str(oldest))


@pytest.fixture
def host(tmp_path: Path) -> Worker:
    """A worker in the host's own interpreter."""
    return Worker(tmp_path, sys.executable)


def script(name: str) -> str:
    """The text of a script of tests/scripts."""
    return (SCRIPTS / f"{name}.py").read_text("utf-8")
