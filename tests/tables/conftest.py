"""What the tests of tables share: reading a text, keeping a frame as a step file, loading one with pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from transom.engine.child import frames
from transom.tables.formats import Read, read
from transom.tables.options import parse_options
from transom.tables.step_file import open_step


@dataclass(frozen=True)
class Arrived:
    """A table that was read: what was told of it, and its values."""

    read: Read
    table: pa.Table

    @property
    def columns(self) -> dict[str, list[object]]:
        return self.table.to_pydict()

    @property
    def types(self) -> dict[str, str]:
        return dict(self.read.types)


@pytest.fixture
def arrive(tmp_path: Path) -> Callable[..., Arrived]:
    """Read text (or bytes, or a path) with options as --read1 takes them."""

    def run(content: str | bytes | Path, options: str = "", name: str = "given.csv", **more: object) -> Arrived:
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str):
            path.write_bytes(content.encode())
        elif isinstance(content, bytes):
            path.write_bytes(content)
        target = tmp_path / "arrived.arrow"
        told = read(path, target, parse_options(options), **more)
        return Arrived(told, open_step(target))

    return run


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[pd.DataFrame], Path]:
    """Keep a frame as the step file that a script's process would write."""

    def run(frame: pd.DataFrame, name: str = "step.arrow") -> Path:
        path = tmp_path / name
        frames.write_frame(frame, str(path))
        return path

    return run


@pytest.fixture
def frame_of(tmp_path: Path) -> Callable[[Path], pd.DataFrame]:
    """What a script would be given of a file: read by Transom, then by the script's process."""

    def run(path: Path) -> pd.DataFrame:
        target = tmp_path / "given.arrow"
        read(path, target)
        return frames.read_frame(str(target))[0]

    return run
