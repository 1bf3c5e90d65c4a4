"""Excel in: which sheet, which rows and which types are read, and what is said of what is not."""

from __future__ import annotations

import base64
import datetime as dt
import lzma
import math
import os
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from tests.tables.workbooks import MAIN, OLD_WORKBOOK, open_document, package, refusal, workbook

# Types


def test_a_column_gets_the_type_of_all_of_its_cells(arrive, tmp_path: Path) -> None:
    rows = [
        ["whole", "decimal", "text", "flag", "day", "moment", "span", "time", "empty", "year"],
        [
            1,
            1.5,
            "a",
            True,
            dt.date(2020, 1, 5),
            dt.datetime(2020, 1, 5, 10, 30),
            dt.timedelta(hours=30),
            dt.time(1, 2),
            None,
            2020,
        ],
        [-3, 2, "", False, dt.date(1999, 12, 31), None, dt.timedelta(0), dt.time(3, 4, 5), None, None],
    ]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows}))
    assert arrived.read.format == "Excel"
    assert arrived.types == {
        "whole": "whole number",
        "decimal": "decimal",
        "text": "text",
        "flag": "true/false",
        "day": "datetime",
        "moment": "datetime",
        "span": "time span",
        "time": "text",
        "empty": "empty",
        "year": "whole number",
    }
    columns = arrived.columns
    assert columns["whole"] == [1, -3]
    assert columns["decimal"] == [1.5, 2.0]
    assert columns["text"] == ["a", None]
    assert columns["day"] == [pd.Timestamp("2020-01-05"), pd.Timestamp("1999-12-31")]
    assert columns["moment"] == [pd.Timestamp("2020-01-05 10:30"), None]
    assert columns["span"] == [dt.timedelta(hours=30), dt.timedelta(0)]
    assert columns["time"] == ["01:02:00", "03:04:05"]
    assert columns["year"][0] == 2020
    assert math.isnan(columns["year"][1])
    assert arrived.read.warnings == ()


def test_cells_of_several_kinds_are_text_with_a_warning(arrive, tmp_path: Path) -> None:
    rows = [["m", "n"], [1, dt.datetime(2020, 1, 5)], ["x", 2.5], [2.5, True], [None, None]]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows}))
    assert arrived.columns == {"m": ["1", "x", "2.5"], "n": ["2020-01-05", "2.5", "true"]}
    assert arrived.read.warnings == (
        "Columns whose cells are of several kinds became text: m (numbers and text), n (numbers and true/false and dates).",
    )


def test_a_late_row_of_another_kind_makes_text_of_all_rows(arrive, tmp_path: Path) -> None:
    rows = [["n"], *([number] for number in range(9000)), ["x"]]
    columns = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows})).columns
    assert columns["n"] == [*map(str, range(9000)), "x"]


def test_words_for_missing_are_missing_in_a_column_of_numbers_or_dates(arrive, tmp_path: Path) -> None:
    rows = [
        ["n", "d", "t", "w"],
        [1, dt.datetime(2020, 1, 5), "x", "NA"],
        ["NA", "n/a", "NA", "?"],
        ["?", None, "y", None],
    ]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows}))
    assert arrived.types == {"n": "whole number", "d": "datetime", "t": "text", "w": "text"}
    assert arrived.columns["t"] == ["x", "NA", "y"]
    assert arrived.columns["w"] == ["NA", "?", None]
    assert "n (2), d (1)" in arrived.read.warnings[0]


def test_words_that_fill_a_whole_part_of_a_column_count_too(arrive, tmp_path: Path) -> None:
    rows = [["n", "t"], *(["NA", "NA"] for _ in range(5000)), [7, "x"]]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows}))
    assert arrived.types == {"n": "whole number", "t": "text"}
    assert arrived.columns["n"][-1] == 7
    assert arrived.columns["t"][0] == "NA"


def test_cells_with_an_error_are_missing_with_a_warning(arrive, tmp_path: Path) -> None:
    rows = [[], [None, "n", "t"], [None, 1, ' t="e" r="A1"'], [None, "#DIV/0!", "y"], [None, "#N/A", "#REF!"]]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"A & <B>": rows}))
    assert arrived.types == {"n": "whole number", "t": "text"}
    assert arrived.columns["t"] == [' t="e" r="A1"', "y"]
    assert arrived.read.warnings == ("Cells with an error, such as #N/A, were read as missing: n (2), t (1).",)


def test_formulas_that_nobody_has_calculated_are_missing_with_a_warning(arrive, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["a", "b"], [1, "=A2*2"], [2, "=A3*2"]):
        book.active.append(row)
    book.save(tmp_path / "given.xlsx")
    arrived = arrive(tmp_path / "given.xlsx")
    assert arrived.columns["a"] == [1, 2]
    assert "Formulas without a result were read as missing: b (2)." in arrived.read.warnings[0]


def test_a_formula_with_a_result_is_its_result(arrive, tmp_path: Path) -> None:
    sheet = (
        f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2">'
        '<f>1+1</f><v>2</v></c></row><row r="3"><c r="A3" t="str"><f>"x"&amp;"y"</f><v>xy</v></c></row><row r="4"><c r="A4" t="str"><f>""</f><v></v></c></row></sheetData></worksheet>'
    )
    arrived = arrive(package(tmp_path / "given.xlsx", sheet))
    assert arrived.columns == {"a": ["2", "xy"]}
    assert "Formulas" not in "".join(arrived.read.warnings)


def test_the_table_begins_at_the_first_cell_and_ends_at_the_last(arrive, tmp_path: Path) -> None:
    rows = [
        [],
        [],
        [None, None, "a", "b"],
        [None, None, 1, 2],
        [],
        [None, None, None, 3],
        [None],
        [None, None, None, None, ""],
    ]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows}))
    assert list(arrived.types) == ["a", "b"]
    assert arrived.columns["b"][0] == 2
    assert arrived.columns["b"][2] == 3
    assert arrived.read.shape.rows == 3


def test_names_of_columns_are_text_and_stand_once(arrive, tmp_path: Path) -> None:
    rows = [["x", 2020, None, "x", dt.datetime(2020, 1, 5), True], [1, 2, 3, 4, 5, 6]]
    arrived = arrive(workbook(tmp_path / "given.xlsx", {"Sheet1": rows}))
    assert list(arrived.types) == ["x", "2020", "Unnamed: 2", "x_0", "2020-01-05", "true"]
    assert "stands twice" in arrived.read.warnings[0]


def test_a_sheet_without_a_header_and_types_that_were_said(arrive, tmp_path: Path) -> None:
    path = workbook(tmp_path / "given.xlsx", {"Sheet1": [[6001, "5"], [12, "6"]]})
    arrived = arrive(path, "header=no,types=Column1:text+Column2:whole")
    assert arrived.columns == {"Column1": ["6001", "12"], "Column2": [5, 6]}
    assert "column Column1 was to be datetime, but row 1 holds '6001'" in refusal(
        arrive, path, "header=no,types=Column1:datetime"
    )
    assert "Its columns are" in refusal(arrive, path, "types=y:text")


def test_a_sample_is_the_first_rows(arrive, tmp_path: Path) -> None:
    path = workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], *([number] for number in range(100))]})
    assert arrive(path, sample=3).columns == {"a": [0, 1, 2]}


# Sheets


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", 1),
        ("sheet=second", 2),
        ("sheet=SECOND", 2),
        ("sheet=2", 2),
        ("sheet=3", 4),
        ("sheet=1", 1),
        ("sheet=a, b=c", 4),
    ],
)
def test_a_sheet_is_named_by_its_name_or_its_number(arrive, tmp_path: Path, options: str, expected: int) -> None:
    sheets = {"first": [["a"], [1]], "second": [["a"], [2]], "3": [["a"], [4]], "a, b=c": [["a"], [4]]}
    assert arrive(workbook(tmp_path / "given.xlsx", sheets), options).columns == {"a": [expected]}


def test_what_is_said_where_there_are_several_sheets_or_none_of_the_name(arrive, tmp_path: Path) -> None:
    path = workbook(tmp_path / "given.xlsx", {"first": [["a"], [1]], "second": [["a"], [2]], "void": []})
    assert arrive(path).read.warnings == ("The sheet first was read; sheet=NAME reads another: second, void.",)
    assert "it has no sheet thrid. Its sheets are first, second, void" in refusal(arrive, path, "sheet=thrid")
    assert "it has no sheet 9" in refusal(arrive, path, "sheet=9")
    assert "it has no sheet 0" in refusal(arrive, path, "sheet=0")
    assert "its sheet void is empty" in refusal(arrive, path, "sheet=void")


def test_a_hidden_sheet_is_not_the_first_one(arrive, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["hidden"])
    book.create_sheet("shown").append(["shown"])
    book.active.sheet_state = "hidden"
    book.active = 1
    book.save(tmp_path / "given.xlsx")
    assert "sheet shown was read" in arrive(tmp_path / "given.xlsx").read.warnings[0]


# Formats


def test_old_workbooks_and_open_documents_are_read(arrive, tmp_path: Path) -> None:
    (tmp_path / "given.xls").write_bytes(lzma.decompress(base64.b64decode(OLD_WORKBOOK)))
    arrived = arrive(tmp_path / "given.xls")
    assert arrived.types == {"make": "text", "price": "whole number", "sold": "datetime", "new": "true/false"}
    assert arrived.columns["sold"][0] == pd.Timestamp("2020-01-05")
    assert arrive(open_document(tmp_path / "given.ods")).columns == {"make": ["audi"], "price": [13950]}


@pytest.mark.parametrize("name", ["given.xls", "given.ods", "given.dat", "given"])
def test_the_content_counts_and_not_the_ending(arrive, tmp_path: Path, name: str) -> None:
    workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]}).rename(tmp_path / name)
    assert arrive(tmp_path / name).columns == {"a": [1]}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not UTF-8")
def test_a_name_that_is_not_utf_8_is_read(arrive, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"no" + bytes([255]) + b".xlsx")
    workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]}).rename(path)
    assert arrive(path).columns == {"a": [1]}
