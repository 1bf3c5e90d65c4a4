"""CSV out: what pandas, Transom and every other reader of RFC 4180 gets back, and what happens to the row index."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tables.frames_of_every_kind import COLUMNS, indexed
from tests.tables.frames_of_every_kind import frame as frame_of_kind

from transom.engine.child import frames
from transom.tables.formats import read, write
from transom.tables.step_file import open_step


def _written(step: Path, tmp_path: Path) -> tuple[str, tuple[str, ...]]:
    warnings = write(step, tmp_path / "result.csv")
    return (tmp_path / "result.csv").read_bytes().decode(), warnings


def test_quotes_stand_only_where_they_are_needed(kept, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a,b": ['say "hi"', "x,y", "l\nm", " blank", "plain"], "n": [1, 2, 3, 4, 5]})
    text, _ = _written(kept(frame), tmp_path)
    assert text == '"a,b",n\n"say ""hi""",1\n"x,y",2\n"l\nm",3\n" blank",4\nplain,5\n'


def test_missing_is_nothing_and_empty_text_is_a_pair_of_quotes(kept, tmp_path: Path) -> None:
    text, _ = _written(kept(pd.DataFrame({"t": ["", None, "007"], "f": [1.0, np.nan, 2.5]})), tmp_path)
    assert text == 't,f\n"",1.0\n,\n007,2.5\n'


def test_a_lone_missing_cell_is_no_empty_line(kept, tmp_path: Path) -> None:
    text, _ = _written(kept(pd.DataFrame({"t": ["a", None, "b"]})), tmp_path)
    assert text == 't\na\n""\nb\n'


def test_a_decimal_stays_a_decimal_and_reads_back_the_same(kept, tmp_path: Path) -> None:
    values = [1.0, 0.1, 1e16, 1e-7, 123456789.0, -0.0, 2**53 - 1.0, 1 / 3, np.inf, 5e-324]
    text, _ = _written(kept(pd.DataFrame({"f": values})), tmp_path)
    cells = text.split("\n")[1:-1]
    assert [float(cell) for cell in cells] == values
    assert not any(cell.lstrip("-").isdigit() for cell in cells)


def test_what_is_said_holds_a_long_name_short(kept, tmp_path: Path) -> None:
    _, warnings = _written(kept(pd.DataFrame({"n" * 100_000: [b"x"]})), tmp_path)
    assert len(warnings) == 1
    assert len(warnings[0]) < 300


def test_dates_are_iso_with_no_more_digits_than_the_column_needs(kept, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2020-01-01", None]),
            "minute": pd.to_datetime(["2020-01-01 10:30", "2020-01-02 00:00"]),
            "milli": pd.to_datetime(["2020-01-01 10:30:00.5", "2020-01-02 00:00:00.0"]),
            "zoned": pd.to_datetime(["2020-07-01 10:30", "2020-01-02 00:00"]).tz_localize("Europe/Paris"),
        }
    )
    text, _ = _written(kept(frame), tmp_path)
    assert text.split("\n")[1:3] == [
        "2020-01-01,2020-01-01 10:30:00,2020-01-01 10:30:00.500,2020-07-01 10:30:00+02:00",
        ",2020-01-02 00:00:00,2020-01-02 00:00:00.000,2020-01-02 00:00:00+01:00",
    ]


LEAVES = {
    "0..n-1": ("v,t", 0),
    "a range": ("v,t", 1),
    "a named range": ("row,v,t", 0),
    "whole numbers": ("v,t", 1),
    "texts": ("index,v,t", 0),
    "named texts": ("key,v,t", 0),
    "dates": ("day,v,t", 0),
    "two levels": ("g,level_1,v,t", 0),
}


@pytest.mark.parametrize("name", LEAVES)
def test_the_row_index_leaves_as_the_contract_says(kept, tmp_path: Path, name: str) -> None:
    text, warnings = _written(kept(indexed(name)), tmp_path)
    header, count = LEAVES[name]
    assert (text.split("\n")[0], len(warnings)) == (header, count)


def test_an_index_named_as_a_column_gets_neither_lost_nor_mixed_up(kept, tmp_path: Path) -> None:
    frame = pd.DataFrame({"key": [1, 2]}, index=pd.Index(["r", "s"], name="key"))
    text, warnings = _written(kept(frame), tmp_path)
    assert text == "key,key_0\nr,1\ns,2\n"
    assert "stands twice" in warnings[0]


def test_a_binary_stream_gets_csv(kept) -> None:
    sink = io.BytesIO()
    write(kept(pd.DataFrame({"a": [1, 2]})), sink)
    assert sink.getvalue() == b"a\n1\n2\n"


def test_tsv_quotes_tabs_and_not_commas(kept, tmp_path: Path) -> None:
    write(kept(pd.DataFrame({"a": ["x,y", "x\ty"], "b": [1, 2]})), tmp_path / "result.tsv")
    assert (tmp_path / "result.tsv").read_text() == 'a\tb\nx,y\t1\n"x\ty"\t2\n'


def test_many_rows_keep_their_order(kept, tmp_path: Path) -> None:
    frame = pd.DataFrame({"i": np.arange(300_000), "t": "x"})
    text, _ = _written(kept(frame), tmp_path)
    assert text == "i,t\n" + "".join(f"{row},x\n" for row in range(300_000))


def test_progress_ends_with_the_last_row(kept, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    frame = pd.DataFrame({"i": np.arange(200_000)})
    write(kept(frame), tmp_path / "result.csv", progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (200_000, 200_000)


def test_columns_that_csv_has_no_type_for_are_named_in_one_warning(kept, tmp_path: Path) -> None:
    names = ["bytes", "complex", "period", "interval", "timedelta", "times", "category of periods"]
    frame = pd.DataFrame({name: COLUMNS[name] for name in names} | {"lists": [[1], None, [2]], "n": [1, 2, 3]})
    _, warnings = _written(kept(frame), tmp_path)
    assert warnings == (
        "Written as text, since this format has no such type: bytes (bytes), complex (complex numbers),"
        " period (periods), interval (intervals), timedelta (time spans), times (times of day),"
        " category of periods (periods), lists (lists). Parquet keeps the types.",
    )


def test_an_index_that_csv_has_no_type_for_is_named_too(kept, tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.period_range("2020-01", periods=2, freq="M", name="month"))
    assert "month (periods)" in _written(kept(frame), tmp_path)[1][0]


@pytest.mark.parametrize(
    "name", [name for name in COLUMNS if not re.search("bytes|complex|period|interval|time", name)]
)
def test_a_column_that_csv_has_a_type_for_leaves_without_a_word(kept, tmp_path: Path, name: str) -> None:
    assert _written(kept(frame_of_kind(name)), tmp_path)[1] == ()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS | st.none(), TEXTS | st.none()), max_size=5), st.sampled_from([".csv", ".tsv"]))
def test_any_text_survives_as_text(tmp_path: Path, rows: list[tuple[str | None, str | None]], ending: str) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype=object)
    frames.write_frame(frame, str(tmp_path / "step.arrow"))
    write(tmp_path / "step.arrow", tmp_path / f"result{ending}")
    with (tmp_path / f"result{ending}").open(encoding="utf-8", newline="") as file:
        cells = list(csv.reader(file, delimiter="," if ending == ".csv" else "\t"))
    assert cells[1:] == [[cell or "" for cell in row] for row in rows]
    from transom.tables.options import parse_options

    read(tmp_path / f"result{ending}", tmp_path / "again.arrow", parse_options("types=a:text+b:text,encoding=utf-8"))
    again = open_step(tmp_path / "again.arrow").to_pydict()
    assert list(zip(again["a"], again["b"], strict=True)) == [tuple(cell or None for cell in row) for row in rows]
