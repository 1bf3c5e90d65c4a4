"""What a script returned, written to a file and read again, is the same frame: every dtype, every index, every format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.tables.frames_of_every_kind import COLUMNS, INDEXES, assert_same, frame, indexed

from transom.tables.compare import compare
from transom.tables.formats import read, write

TYPED = ["result.parquet", "result.arrow", "result/"]


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("result", TYPED)
def test_every_dtype_comes_back_exactly(kept, frame_of, tmp_path: Path, result: str, name: str) -> None:
    write(kept(frame(name)), f"{tmp_path}/{result}")
    assert_same(frame_of(tmp_path / result), frame(name))


@pytest.mark.parametrize("name", INDEXES)
@pytest.mark.parametrize("result", TYPED)
def test_every_row_index_comes_back_exactly(kept, frame_of, tmp_path: Path, result: str, name: str) -> None:
    write(kept(indexed(name)), f"{tmp_path}/{result}")
    assert_same(frame_of(tmp_path / result), indexed(name))


@pytest.mark.parametrize("name", INDEXES)
def test_pandas_itself_reads_our_parquet_with_its_index(kept, tmp_path: Path, name: str) -> None:
    write(kept(indexed(name)), tmp_path / "result.parquet")
    assert_same(pd.read_parquet(tmp_path / "result.parquet"), indexed(name))


@pytest.mark.parametrize("name", COLUMNS)
def test_pandas_itself_reads_our_parquet_whatever_the_dtype(kept, tmp_path: Path, name: str) -> None:
    write(kept(frame(name)), tmp_path / "result.parquet")
    assert len(pd.read_parquet(tmp_path / "result.parquet")) == 3


@pytest.mark.parametrize("name", INDEXES)
def test_a_row_index_that_pandas_wrote_to_parquet_arrives(frame_of, tmp_path: Path, name: str) -> None:
    indexed(name).to_parquet(tmp_path / "given.parquet")
    assert_same(frame_of(tmp_path / "given.parquet"), indexed(name))


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_every_dtype_leaves_as_text_that_compares_as_equal(kept, tmp_path: Path, ending: str, name: str) -> None:
    step, again = kept(frame(name)), tmp_path / "again.arrow"
    write(step, tmp_path / f"result{ending}")
    read(tmp_path / f"result{ending}", again)
    assert compare(step, again).sentences == ("Equal to what was expected.",)


def test_a_table_without_columns_keeps_its_rows(kept, frame_of, tmp_path: Path) -> None:
    write(kept(pd.DataFrame(index=range(3))), tmp_path / "result.parquet")
    assert frame_of(tmp_path / "result.parquet").shape == (3, 0)


def test_a_table_without_rows_keeps_its_dtypes(kept, frame_of, tmp_path: Path) -> None:
    for name in COLUMNS:
        write(kept(frame(name).head(0)), tmp_path / "result.parquet")
        assert_same(frame_of(tmp_path / "result.parquet"), frame(name).head(0))


def test_several_row_groups_become_one_table_and_stay_the_same(kept, frame_of, tmp_path: Path) -> None:
    rows = (1 << 20) + 17
    numbers = np.arange(rows)
    given = pd.DataFrame(
        {
            "f": np.where(numbers % 7, numbers / 3, np.nan),
            "i": numbers,
            "t": pd.Series(numbers % 1000).astype(str),
            "c": pd.Categorical.from_codes(numbers % 3, ["x", "y", "z"]),
            "b": numbers % 2 == 0,
        }
    )
    write(kept(given), tmp_path / "result.parquet")
    assert_same(pd.read_parquet(tmp_path / "result.parquet"), given)
    assert_same(frame_of(tmp_path / "result.parquet"), given)


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_a_sample_of_a_table_with_an_index_is_its_head(kept, tmp_path: Path, ending: str) -> None:
    from transom.engine.child import frames

    for name in INDEXES:
        write(kept(indexed(name)), tmp_path / f"result{ending}")
        read(tmp_path / f"result{ending}", tmp_path / "sample.arrow", sample=2)
        assert_same(frames.read_frame(str(tmp_path / "sample.arrow"))[0], indexed(name).head(2))
