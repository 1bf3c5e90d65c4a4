"""The README's first minute, line by line, as a newcomer would type it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the first minute needs of a clone, with its `.venv` made already."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def _variables(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "TRANSOM_DATA_FOLDER": str(folder.parent / "data")}


def test_every_command_of_the_first_minute_succeeds(clone: Path) -> None:
    block = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert block
    commands = [line.removeprefix("$ ") for line in block[1].splitlines() if line.startswith("$ ")]
    assert commands[0].startswith("python3 -m venv .venv")
    assert len(commands) >= 6
    for command in commands[2:]:  # the first two make the virtual environment that this test runs in
        done = subprocess.run(
            ["bash", "-c", command], cwd=clone, env=_variables(clone), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    original = (clone / "examples" / "penguins" / "penguins.csv").read_text()
    assert len((clone / "copy.csv").read_text().splitlines()) == len(original.splitlines())


def test_the_python_of_the_first_minute_runs(clone: Path) -> None:
    block = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert block
    subprocess.run([sys.executable, "-m", "transom", "new", "clean.py"], cwd=clone, env=_variables(clone), check=True)
    done = subprocess.run(
        [sys.executable, "-c", block[1]], cwd=clone, env=_variables(clone), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("succeeded")
    assert "13950" in done.stdout
