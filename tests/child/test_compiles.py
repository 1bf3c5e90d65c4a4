"""The child's files are Python for every version from 3.6 on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.environments import interpreter

from transom.engine.process import CHILD


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
def test_every_file_of_the_child_compiles(version: str, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    code = (
        "import pathlib, sys\n"
        "files = sorted(pathlib.Path(sys.argv[1]).rglob('*.py'))\n"
        "for file in files:\n"
        "    compile(file.read_bytes(), str(file), 'exec')\n"
        "print(len(files))\n"
    )
    done = subprocess.run([python, "-c", code, CHILD], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(list(CHILD.rglob("*.py")))
