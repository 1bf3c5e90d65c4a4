"""The Pythons in which the drivers of these tests run: the oldest, that of the tests, the newest that is here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.environments import interpreter


@pytest.fixture(params=["3.6", "host", "3.13"])
def python(request: pytest.FixtureRequest) -> Path:
    """An interpreter with nothing but its standard library, or that of the tests."""
    if request.param == "host":
        return Path(sys.executable)
    found = interpreter(request.param)
    if found is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    return found
