"""The files of the child have bytecode from the first run on."""

from __future__ import annotations

import os
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from transom.engine.child_bytecode import compile_child


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compile_child.cache_clear()
    (tmp_path / "below").mkdir()
    for name in ("one.py", "below/two.py"):
        (tmp_path / name).write_text("x = 1\n")
    return tmp_path


def test_every_file_has_bytecode_afterwards_and_is_compiled_once(folder: Path) -> None:
    assert compile_child(folder) == 2
    assert all(Path(cache_from_source(str(path))).exists() for path in (folder / "one.py", folder / "below" / "two.py"))
    compile_child.cache_clear()
    assert compile_child(folder) == 0


def test_a_file_that_was_changed_is_compiled_again(folder: Path) -> None:
    compile_child(folder)
    later = (folder / "one.py").stat().st_mtime + 10
    os.utime(folder / "one.py", (later, later))
    compile_child.cache_clear()
    assert compile_child(folder) == 1


def test_what_cannot_be_compiled_or_written_is_no_matter(folder: Path) -> None:
    (folder / "wrong.py").write_text("x = (\n")
    (folder / "__pycache__").write_text("in its place")
    assert compile_child(folder) == 3
    assert Path(cache_from_source(str(folder / "below" / "two.py"))).exists()


def test_nothing_is_written_where_python_is_told_not_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert compile_child(folder) == 0
    assert not (folder / "__pycache__").exists()
