"""A cell as text reads as pandas shows it, and leads back to the very same value."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from transom.tables.display import cell_texts
from transom.tables.formats import read, write
from transom.tables.restoring import Origin
from transom.tables.step_file import open_step

DAY = 86_400 * 10**9
COUNTS = [0, 1, -1, DAY, -DAY, 10**9, -(10**9), -(DAY + 1), 1 - DAY, -(10**17) + 1000, 2**63 - 1, 1 - 2**63, 5 * 10**8]


@pytest.mark.parametrize("count", COUNTS)
def test_a_length_of_time_is_shown_as_pandas_shows_it(count: int) -> None:
    [text] = cell_texts(pa.chunked_array([pa.array([count], pa.duration("ns"))]))
    shown = str(pd.Timedelta(count, "ns"))
    assert text == (shown.rstrip("0") if "." in shown else shown)
    if abs(count) < 2**62:  # what is longer, pandas shows and does not read
        assert pd.Timedelta(text).value == count


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_length_of_time_that_was_kept_as_text_comes_back_equal(unit: str) -> None:
    wanted = pa.chunked_array([pa.array([*COUNTS, None], pa.duration(unit))])
    texts = pa.chunked_array([pa.array(cell_texts(wanted), pa.string())])
    origin = Origin(pa.schema([("span", wanted.type)]), {})
    assert origin.restored("span", texts).equals(wanted)


def test_a_length_of_time_that_was_once_written_without_a_sign_before_the_time_of_day_is_negative_whole() -> None:
    texts = pa.chunked_array([pa.array(["-1 days 01:00:00", "-0 days 02:00:00.5", "-1 days +23:00:00"])])
    origin = Origin(pa.schema([("span", pa.duration("ms"))]), {})
    found = origin.restored("span", texts).cast(pa.int64()).to_pylist()
    assert found == [-(25 * 3_600_000), -7_200_500, -3_600_000]


def test_lengths_of_time_come_back_from_a_dataframe_directory(kept, tmp_path: Path) -> None:
    frame = pd.DataFrame({"span": pd.to_timedelta(["-1s", "-1157 days +01:34:56", "1 days 00:00:00.5", None])})
    step = kept(frame)
    write(step, f"{tmp_path}/folder/")
    read(tmp_path / "folder", tmp_path / "back.arrow")
    assert open_step(tmp_path / "back.arrow").column("span").equals(open_step(step).column("span"))
