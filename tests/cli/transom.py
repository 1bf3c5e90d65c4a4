"""Runs the command line as a person does: a process of its own, in a folder of the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from transom.engine.variables import JOB_FOLDER

IDENTITY = "def azureml_main(dataframe1=None, dataframe2=None):\n    return dataframe1, dataframe2\n"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


@dataclass(frozen=True)
class Desk:
    """A current folder and a data folder of its own."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder.parent / "data"

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TRANSOM_")}
        return kept | {
            "TRANSOM_DATA_FOLDER": str(self.data),
            "XDG_CONFIG_HOME": str(self.folder.parent / "configuration"),
            "COLUMNS": "120",
            "NO_COLOR": "1",
        }

    def transom(self, *arguments: str, stdin: bytes = b"", **variables: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "transom", *arguments],
            cwd=self.folder,
            env=self.variables() | variables,
            input=stdin,
            capture_output=True,
            check=False,
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback (most recent call last)" not in said.err or "/transom/" not in said.err, said.err
        return said


def processes_below(place: Path) -> list[int]:
    """The processes that belong to a job below a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(JOB_FOLDER, "").startswith(str(place)):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
