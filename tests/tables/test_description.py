"""A row index that only counts is believed where its numbers can be those of pandas, whoever wrote the file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transom.tables.compare import compare
from transom.tables.formats import read, write

LARGEST = 2**63 - 1
#: What the metadata of three rows says of start, stop and step, and pandas never would.
FALSE = {
    "it is a boolean": (True, 3, 1),
    "its step is a boolean": (0, 3, True),
    "its step is 0": (0, 3, 0),
    "it has more than 64 bits": (2**70, 2**71, 1),
    "its step has more than 64 bits": (0, 3, 2**64),
    "its last number has more than 64 bits": (LARGEST - 1, LARGEST, 1),
    "its length has more than 64 bits": (-LARGEST, LARGEST, 1),
    "they are decimals": (0.0, 3.0, 1.0),
    "it is not a number": (math.nan, 3, 1),
    "they are texts": ("0", "3", "1"),
    "they are missing": (None, None, None),
    "they are lists": ([], {}, [1]),
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A file of three rows whose metadata says this of its index."""

    def run(entry: dict[str, Any], ending: str) -> Path:
        metadata = {"index_columns": [entry], "columns": [], "column_indexes": []}
        table = pa.table({"a": [1, 2, 3]}).replace_schema_metadata({b"pandas": json.dumps(metadata).encode()})
        path = tmp_path / f"given{ending}"
        if ending == ".parquet":
            pq.write_table(table, path)
        else:
            with pa.ipc.new_file(str(path), table.schema) as file:
                file.write_table(table)
        return path

    return run


def as_csv(step: Path) -> str:
    target = step.with_name("left.csv")
    write(step, target)
    return target.read_text()


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
@pytest.mark.parametrize("what", FALSE)
def test_an_index_that_cannot_be_counts_as_not_there(written, frame_of, tmp_path: Path, what: str, ending: str) -> None:
    numbers = dict(zip(("start", "stop", "step"), FALSE[what], strict=True))
    path = written({"kind": "range", "name": "i", **numbers}, ending)
    step = tmp_path / "step.arrow"
    assert read(path, step).shape.index == ()
    assert compare(step, step).equal
    assert as_csv(step) == "a\n1\n2\n3\n"
    frame = frame_of(path)
    assert list(frame.index) == [0, 1, 2]
    assert frame.index.name is None
    if ending == ".arrow":  # such a file may be a step file itself
        assert compare(path, step).equal


@pytest.mark.parametrize("entry", [{"kind": "steps"}, {}, 5, None, ["a"], True])
def test_an_entry_of_the_index_of_no_known_kind_counts_as_not_there(written, frame_of, entry: Any) -> None:
    assert list(frame_of(written(entry, ".parquet")).index) == [0, 1, 2]


@pytest.mark.parametrize(
    ("start", "step"), [(-(2**63), 1), (-(2**63), 2**62), (LARGEST, -1), (LARGEST, -(2**62)), (LARGEST - 4, 2), (7, 7)]
)
def test_an_index_at_the_end_of_64_bits_is_counted_exactly(kept, start: int, step: int) -> None:
    wanted = [start, start + step, start + 2 * step]
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=pd.RangeIndex(start, wanted[-1] + step // abs(step), step, name="i"))
    counted = kept(frame)
    assert as_csv(counted) == "i,a\n" + "".join(f"{one},{row}\n" for row, one in enumerate(wanted, 1))
    stored = kept(frame.set_axis(pd.Index(np.array(wanted, "int64"), name="i")), "stored.arrow")
    assert compare(counted, stored).equal
