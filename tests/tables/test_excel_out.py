"""Excel out: what others read of our workbooks, what comes back, and what a sheet has no place for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tables.frames_of_every_kind import COLUMNS, INDEXES, frame, indexed

from transom.errors import ResultUnwritable
from transom.tables import excel_out
from transom.tables.compare import compare
from transom.tables.formats import check_writable, read, read_arrow, write
from transom.tables.step_file import first_rows, open_step


def _written(step: Path, tmp_path: Path) -> tuple[list[list[object]], tuple[str, ...]]:
    """The rows as openpyxl reads them, and the warnings."""
    warnings = write(step, tmp_path / "result.xlsx")
    book = openpyxl.load_workbook(tmp_path / "result.xlsx")
    assert book.sheetnames == ["Sheet1"]
    return [list(row) for row in book["Sheet1"].iter_rows(values_only=True)], warnings


def test_a_workbook_is_read_by_others_as_it_was(kept, tmp_path: Path) -> None:
    given_frame = pd.DataFrame(
        {
            "i": [2**53, -1],
            "f": [0.1 + 0.2, np.nan],
            "t": ["<&> ü\n x ", None],
            "b": [True, False],
            "day": pd.to_datetime(["2020-01-05", None]),
            "moment": pd.to_datetime(["2020-01-05 10:30", "1900-03-01 00:00"]),
            "c": pd.Categorical(["x", "y"]),
            "a & <b>": [1, 2],
        }
    )
    rows, warnings = _written(kept(given_frame), tmp_path)
    assert rows[0] == list(given_frame.columns)
    assert rows[1] == [
        2**53,
        0.1 + 0.2,
        "<&> ü\n x ",
        True,
        dt.datetime(2020, 1, 5),
        dt.datetime(2020, 1, 5, 10, 30),
        "x",
        1,
    ]
    assert rows[2] == [-1, None, None, False, None, dt.datetime(1900, 3, 1), "y", 2]
    assert warnings == ()
    sheet = openpyxl.load_workbook(tmp_path / "result.xlsx")["Sheet1"]
    assert [sheet["E2"].number_format, sheet["F2"].number_format] == [r"yyyy\-mm\-dd", r"yyyy\-mm\-dd\ hh:mm:ss"]
    assert pd.read_excel(tmp_path / "result.xlsx", engine="openpyxl")["f"][0] == 0.1 + 0.2


def test_text_that_looks_like_a_formula_or_an_error_stays_text(kept, arrive, tmp_path: Path) -> None:
    texts = ["=1+1", "#N/A", "+1", "@x", "-1", "_x0041_", "a\x00\x0b\x1fb", "\r\n\t", "_x", "1", "TRUE"]
    write(kept(pd.DataFrame({"t": texts, "=h": 1})), tmp_path / "result.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "result.xlsx")["Sheet1"]
    assert {sheet.cell(row, 1).data_type for row in range(2, len(texts) + 2)} == {"s"}
    assert sheet["B1"].data_type == "s"
    assert arrive(tmp_path / "result.xlsx").columns["t"] == texts


def test_what_excel_cannot_hold_is_text_with_a_warning(kept, tmp_path: Path) -> None:
    given_frame = pd.DataFrame(
        {
            "long": [2**53 + 1, 1],
            "zoned": pd.date_range("2020-07-01", periods=2, tz="Europe/Paris"),
            "old": np.array(["1899-12-31", "2020-01-01"], dtype="datetime64[s]"),
            "fine": pd.to_datetime(["2020-01-01 00:00:00.000001", "2020-01-01"], format="ISO8601"),
            "span": pd.to_timedelta([1, 2], unit="h"),
        }
    )
    rows, warnings = _written(kept(given_frame), tmp_path)
    assert rows[1] == [
        "9007199254740993",
        "2020-07-01 00:00:00+02:00",
        "1899-12-31",
        "2020-01-01 00:00:00.000001",
        "0 days 01:00:00",
    ]
    assert len(warnings) == 1
    assert all(f"{name} (" in warnings[0] for name in given_frame.columns)


def test_infinite_numbers_are_empty_with_a_warning(kept, tmp_path: Path) -> None:
    rows, warnings = _written(kept(pd.DataFrame({"f": [1.5, np.inf, -np.inf, np.nan], "g": 1})), tmp_path)
    assert [row[0] for row in rows[1:]] == [1.5, None, None, None]
    assert "infinite numbers" in warnings[0]


def test_decimals_are_numbers_while_excel_is_sure_of_their_digits(tmp_path: Path) -> None:
    table = pa.table({"d": [Decimal("1.10"), None], "long": [Decimal("1.2345678901234567890"), None]})
    read_arrow(table, tmp_path / "step.arrow")
    rows, warnings = _written(tmp_path / "step.arrow", tmp_path)
    assert rows[1] == [1.1, "1.2345678901234567890"]
    assert "long (" in warnings[0]


def test_what_a_sheet_has_no_room_for_is_refused_and_leaves_the_former_file(kept, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "result.xlsx").write_text("former")
    monkeypatch.setattr(excel_out, "MOST_ROWS", 10)
    monkeypatch.setattr(excel_out, "MOST_COLUMNS", 5)
    for given_frame, said in (
        (pd.DataFrame({"a": range(10)}), "9 rows below its header, and the table 10"),
        (pd.DataFrame([range(6)]), "5 columns, and the table 6"),
        (pd.DataFrame({"t": ["x" * 40_000]}), "a text in the column t has 40,000"),
        (pd.DataFrame({"t": pd.Categorical(["x" * 40_000])}), "a text in the column t has 40,000"),
    ):
        with pytest.raises(ResultUnwritable, match=said):
            write(kept(given_frame), tmp_path / "result.xlsx")
    assert (tmp_path / "result.xlsx").read_text() == "former"
    write(kept(pd.DataFrame({"a": range(9)})), tmp_path / "result.xlsx")


@pytest.mark.parametrize("ending", [".xls", ".xlsm", ".xlsb", ".ods"])
def test_excel_is_written_as_xlsx_only(tmp_path: Path, ending: str) -> None:
    with pytest.raises(ResultUnwritable, match=r"written as \.xlsx"):
        check_writable(tmp_path / f"result{ending}")


def test_the_row_index_leaves_as_for_csv(kept, tmp_path: Path) -> None:
    assert _written(kept(indexed("named texts")), tmp_path)[0][0] == ["key", "v", "t"]
    assert _written(kept(indexed("texts")), tmp_path)[0][0] == ["index", "v", "t"]
    rows, warnings = _written(kept(indexed("whole numbers")), tmp_path)
    assert rows[0] == ["v", "t"]
    assert "row index" in warnings[0]


def test_a_table_without_rows_keeps_its_header(kept, arrive, tmp_path: Path) -> None:
    write(kept(pd.DataFrame({"a": [], "b": []})), tmp_path / "result.xlsx")
    arrived = arrive(tmp_path / "result.xlsx")
    assert list(arrived.types) == ["a", "b"]
    assert arrived.read.shape.rows == 0


def test_the_same_table_is_the_same_file(kept, tmp_path: Path) -> None:
    step = kept(frame("str"))
    write(step, tmp_path / "one.xlsx")
    write(step, tmp_path / "other.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "other.xlsx").read_bytes()


def test_columns_have_the_names_that_excel_gives_them() -> None:
    from openpyxl.utils import get_column_letter

    assert [excel_out._letters(number) for number in range(16_384)] == [
        get_column_letter(number + 1) for number in range(16_384)
    ]


def test_every_dtype_and_row_index_leaves_and_compares_as_equal(kept, tmp_path: Path) -> None:
    every = pd.concat([frame(name)[[name]] for name in COLUMNS if name != "float64"], axis=1)
    for name, given_frame in ({"every dtype": every} | {name: indexed(name) for name in INDEXES}).items():
        step, again = kept(given_frame), tmp_path / "again.arrow"
        write(step, tmp_path / "result.xlsx")
        read(tmp_path / "result.xlsx", again)
        assert compare(step, again).sentences == ("Equal to what was expected.",), name


_MOMENTS = st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)).map(
    lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000)
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    floats=st.lists(st.floats(allow_infinity=False, allow_nan=False), min_size=20, max_size=20),
    texts=st.lists(
        st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20), min_size=20, max_size=20
    ),
    moments=st.lists(_MOMENTS, min_size=20, max_size=20),
)
def test_numbers_texts_and_moments_come_back_exactly(tmp_path: Path, floats, texts, moments) -> None:
    table = pa.table({"f": floats, "t": texts, "m": pa.array(moments, pa.timestamp("us"))})
    read_arrow(table, tmp_path / "step.arrow")
    write(tmp_path / "step.arrow", tmp_path / "result.xlsx")
    read(tmp_path / "result.xlsx", tmp_path / "again.arrow")
    again = open_step(tmp_path / "again.arrow")
    assert again.column("f").to_pylist() == floats
    assert again.column("t").to_pylist() == texts
    assert again.column("m").cast(pa.timestamp("us")).to_pylist() == moments


def test_a_large_table_comes_back_over_several_blocks(kept, tmp_path: Path) -> None:
    numbers = np.arange(70_000)
    step = kept(pd.DataFrame({"i": numbers, "t": pd.Series(numbers).astype(str) + "ü"}))
    write(step, tmp_path / "result.xlsx")
    read(tmp_path / "result.xlsx", tmp_path / "again.arrow")
    assert compare(step, tmp_path / "again.arrow").equal
    assert first_rows(tmp_path / "again.arrow", 1).rows == (("0", "0ü"),)
