"""A desk to try commands at."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.transom import IDENTITY, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A current folder with an identity script and a small table."""
    folder = tmp_path / "desk"
    folder.mkdir()
    desk = Desk(folder)
    desk.write("same.py", IDENTITY)
    desk.write("cars.csv", "make,price,zip\naudi,13950,06001\nbmw,,10115\n")
    return desk
