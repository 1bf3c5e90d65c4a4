"""A data folder for each test, so that no run touches the person's own; and where runs are bundled and made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.workspace.bundles import PASSES, Desk, Elsewhere


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A folder with two scripts that give what they are given, for a pipeline and bundles of its runs."""
    made = Desk(tmp_path / "desk", monkeypatch)
    made.write("first.py", PASSES)
    made.write("second.py", PASSES)
    return made


@pytest.fixture
def replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """Another machine, where a bundle is run again."""
    return Elsewhere(tmp_path, monkeypatch)
