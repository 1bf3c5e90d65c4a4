"""What a person installs holds everything that is needed at run time, and nothing of the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in ZipFile(wheel).namelist() if name.startswith("transom/")}
    source = ROOT / "src"
    files = {
        path.relative_to(source).as_posix()
        for path in (source / "transom").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert packed == files
