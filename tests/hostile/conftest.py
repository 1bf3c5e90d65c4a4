"""The grounds of the hostile scripts: one for each kind of user, kept as long as the tests of this process run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.environments import ENVIRONMENTS, python_of
from tests.hostile.running import Range, interpreter_for

USERS = ("root", "ordinary user")
#: Jobs of the oldest Python, and jobs whose workspace lies in /tmp, which is another /tmp for scripts.
OTHERS = ("oldest", "tmp")
_RANGES: dict[str, Range] = {}


@pytest.fixture
def ground(request: pytest.FixtureRequest) -> Range:
    """Where the scripts are run: as one of USERS, or as root (or whoever runs the tests) in one of OTHERS."""
    name: str = request.param
    user = name if name in USERS else USERS[os.getuid() != 0]
    if interpreter_for(user) is None:
        pytest.skip(f"the tests cannot run anything as {user} here")
    if name not in _RANGES:
        oldest = python_of(ENVIRONMENTS[0]) if name == "oldest" else None
        if name == "oldest" and oldest is None:
            pytest.skip("there is no Python 3.6 on this machine")
        place = Path(tempfile.gettempdir()) if name == "tmp" else None
        _RANGES[name] = Range(user, python=None if oldest is None else str(oldest), place=place)
    return _RANGES[name]


@pytest.fixture(scope="session", autouse=True)
def _end_grounds() -> Iterator[None]:
    yield
    for each in _RANGES.values():
        each.close()
    _RANGES.clear()
