"""What a person installs holds everything that is needed at run time, and nothing of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]


def built(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    wheel = built(tmp_path)
    packed = {name for name in ZipFile(wheel).namelist() if name.startswith("transom/")}
    source = ROOT / "src"
    files = {
        path.relative_to(source).as_posix()
        for path in (source / "transom").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert packed == files


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_the_commands_of_a_job_can_be_executed_once_they_are_installed(installer: str, tmp_path: Path) -> None:
    wheel, place = built(tmp_path), tmp_path / "installed"
    command = ["-m", "pip"] if installer == "pip" else ["-m", "uv", "pip"]
    done = subprocess.run(
        [sys.executable, *command, "install", "--quiet", "--no-deps", "--target", str(place), str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    commands = list((place / "transom" / "engine" / "child" / "commands").iterdir())
    assert len(commands) > 10
    assert [each.name for each in commands if not os.access(each, os.X_OK)] == []
