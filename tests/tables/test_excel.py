"""Excel in and out: which sheet and types are read, what a workbook of a stranger may not do, and what others read of ours."""

from __future__ import annotations

import base64
import datetime as dt
import lzma
import math
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell import WriteOnlyCell
from tests.tables.flipping import damaged
from tests.tables.frames_of_every_kind import COLUMNS, INDEXES, frame, indexed

from transom.errors import InputUnreadable, ResultUnwritable
from transom.tables import excel, excel_out, growth
from transom.tables.compare import compare
from transom.tables.excel_package import OTHER_PARTS, SHEET
from transom.tables.formats import check_writable, read, read_arrow, write
from transom.tables.step_file import first_rows, open_step

#: A workbook of Excel 97, as it was before 2007.
OLD_WORKBOOK = (
    "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4BX/AmJdAGgzvhyGMHdg9KSEKkAMHHYngvKRhtyIyie64aC3xgQTZ5vNmLlpNRUqmeED"
    "08XozNH0Sz/ZqCLxYNmwx+4v1UI+paOKIneBVRFwGzT6D/ujymYAx2HNK6igkTgwCYzLHYse39FHGA104/DYJ4+VKGOmrUwK6ls6"
    "nK/V8ANGtcY3YFqYFEqCx5eWX79ofuY4cKoND/k7tx7JFKeHSazwp/H40Fv4HQxGZJEZZQu5VmygJkk4iVzyLa6iZkw3pUgy+2qG"
    "JpTfgG0AJ3TgLaN0a+vn9ZOi+pxZMQUA0oDk/3mrPwWv7yFjSb1pnzLoyN2XLTYFbWyhDGqb2rjPExoHm30lzafroeZD7ihUvg5N"
    "suNZOsUiyvnsvJlA0I1aeQL4FroSOFGB1Z3fciprB6Kj/psg1ED86CheXuy+iYngwUUM2FGK6bHb59G3HEQOw7tfSoKyICGCcO3p"
    "ajrRhkl4xk+uikIg/B3CWi+kDZmdmtUMG6waF7dHUWD99chKrMWArnsB4LG4Gl/IKK2yqMp9JtZOoKr5uJUmey1gj42mvnr3Iwv+"
    "rJE1HkigRvbzXwVmtgli8reKoDLZoHqLe3rmfSQrrrs7E4T/yju7ggqAsaYh8m171jZ5Eut5ks3ccRTN8rcO+4udZZ7Dmgr1jVxV"
    "EU4yYqS+phaghjLLWz31WY+QYB/ErQcIhMXVtjmWbtT+y6OQVAATTfekb0ptoEN7znCrkgJZsJ0WG5OQZ7GHz/SMPnb1rLvqJAZR"
    "9rUoEQX5rc0kIiouE4nHpvx1cNTA4FclN+W3ZOWPuxpl7BFmCJyGogAAAADsgOnr3ojQGAAB/gSALAAAywNDxbHEZ/sCAAAAAARZ"
    "Wg=="
)
#: A sheet as LibreOffice writes it: after the table, all rows that a sheet can have, empty.
OPEN_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Cars">
<table:table-row><table:table-cell office:value-type="string"><text:p>make</text:p></table:table-cell>
<table:table-cell office:value-type="string"><text:p>price</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>audi</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="13950"><text:p>13950</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(path: Path, sheets: dict[str, Iterable[Iterable[object]]]) -> Path:
    """A workbook of openpyxl's; texts stay texts, whatever they begin with."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    book.save(path)
    return path


def _cell(sheet: object, value: object) -> object:
    if not isinstance(value, str) or value.startswith("#"):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def package(path: Path, sheet: str, **parts: str) -> Path:
    """A workbook whose sheet is this XML; `parts` replace other parts, by their name's beginning."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in OTHER_PARTS.items():
            archive.writestr(name, parts.get(Path(name).stem, content))
        archive.writestr(SHEET, sheet)
    return path


def _refused(arrive, path: Path, options: str = "") -> str:
    with pytest.raises(InputUnreadable) as wrong:
        arrive(path, options)
    assert len(str(wrong.value)) < 1500
    return str(wrong.value)


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
    assert "column Column1 was to be datetime, but row 1 holds '6001'" in _refused(
        arrive, path, "header=no,types=Column1:datetime"
    )
    assert "Its columns are" in _refused(arrive, path, "types=y:text")


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
    assert "it has no sheet thrid. Its sheets are first, second, void" in _refused(arrive, path, "sheet=thrid")
    assert "it has no sheet 9" in _refused(arrive, path, "sheet=9")
    assert "it has no sheet 0" in _refused(arrive, path, "sheet=0")
    assert "its sheet void is empty" in _refused(arrive, path, "sheet=void")


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
    with zipfile.ZipFile(tmp_path / "given.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", OPEN_DOCUMENT.replace("\n", ""))
        archive.writestr("styles.xml", "<office:document-styles/>")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>")
    assert arrive(tmp_path / "given.ods").columns == {"make": ["audi"], "price": [13950]}


@pytest.mark.parametrize("name", ["given.xls", "given.ods", "given.dat", "given"])
def test_the_content_counts_and_not_the_ending(arrive, tmp_path: Path, name: str) -> None:
    workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]}).rename(tmp_path / name)
    assert arrive(tmp_path / name).columns == {"a": [1]}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not UTF-8")
def test_a_name_that_is_not_utf_8_is_read(arrive, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"no" + bytes([255]) + b".xlsx")
    workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]}).rename(path)
    assert arrive(path).columns == {"a": [1]}


# Workbooks of strangers

_FAR = (
    f'<worksheet {_MAIN}><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
)
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "{}">{}]>'.format(
    "ha" * 100, "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 100}">' for n in range(8))
)


def test_cells_that_lie_very_far_from_each_other_do_not_fill_the_memory(arrive, tmp_path: Path) -> None:
    began = time.monotonic()
    assert "GiB of memory" in _refused(arrive, package(tmp_path / "given.xlsx", _FAR))
    assert time.monotonic() - began < 30


def test_a_false_dimension_makes_no_room(arrive, tmp_path: Path) -> None:
    sheet = (
        f'<worksheet {_MAIN}><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
        '</row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert arrive(package(tmp_path / "given.xlsx", sheet)).columns == {"a": [1]}


def test_few_cells_that_span_a_large_sheet_are_refused(arrive, tmp_path: Path) -> None:
    sheet = (
        f'<worksheet {_MAIN}><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="20000"><c r="XFD20000"><v>2</v></c></row></sheetData></worksheet>'
    )
    said = _refused(arrive, package(tmp_path / "given.xlsx", sheet))
    assert "GiB of memory" in said or "times the size of the file" in said


@pytest.mark.parametrize("part", ["sheet", "workbook", "styles"])
def test_entities_that_stand_for_gigabytes_are_not_followed(arrive, tmp_path: Path, part: str) -> None:
    sheet = f'<worksheet {_MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row></sheetData></worksheet>'
    head = f'<?xml version="1.0"?>{_LAUGHS}'
    if part == "sheet":
        path = package(tmp_path / "given.xlsx", head + sheet)
    else:
        name = f"xl/{part}.xml"
        content = OTHER_PARTS[name].partition("?>\n")[2].replace("Sheet1", "&i;").replace("Calibri", "&i;")
        path = package(tmp_path / "given.xlsx", sheet.replace("&i;", "a"), **{part: head + content})
    began = time.monotonic()
    try:
        assert arrive(path).read.shape.rows == 0
    except InputUnreadable:
        pass
    assert time.monotonic() - began < 30


def test_a_part_that_unpacks_to_gigabytes_is_refused(arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_SPARED_MEMORY", 1 << 30)
    monkeypatch.setattr(growth, "SPARED_BYTES", 1 << 20)
    cell = '<c r="A1" t="inlineStr"><is><t>' + "x" * (1 << 20) + "</t></is></c>"
    with zipfile.ZipFile(tmp_path / "given.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in OTHER_PARTS.items():
            archive.writestr(name, content)
        with archive.open(SHEET, "w") as sink:
            sink.write(f"<worksheet {_MAIN}><sheetData>".encode())
            for row in range(1, 1200):
                sink.write(f'<row r="{row}">{cell.replace("A1", f"A{row}")}</row>'.encode())
            sink.write(b"</sheetData></worksheet>")
    assert "GiB of memory" in _refused(arrive, tmp_path / "given.xlsx")


def test_a_workbook_that_takes_very_long_is_given_up(arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_SPARED_SECONDS", 0.02)
    path = workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]})
    assert "takes more than 0.02 seconds" in _refused(arrive, path)


def test_the_process_that_reads_ends_with_the_one_that_waits(tmp_path: Path) -> None:
    path = package(tmp_path / "given.xlsx", _FAR.replace("XFD1048576", "XFD3000").replace('r="1048576"', 'r="3000"'))
    code = "import sys, pathlib; from transom.tables.formats import read; read(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))"
    waiting = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(tmp_path / "step.arrow")], start_new_session=True
    )
    children: list[int] = []
    until = time.monotonic() + 20
    while not children and waiting.poll() is None and time.monotonic() < until:
        listed = Path(f"/proc/{waiting.pid}/task/{waiting.pid}/children")
        children = [int(one) for one in listed.read_text().split()] if listed.exists() else []
        time.sleep(0.01)
    assert children
    waiting.kill()
    waiting.wait()
    while any(_is_alive(child) for child in children):
        assert time.monotonic() < until
        time.sleep(0.05)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("cut", [30, 200, 900, -30])
def test_a_workbook_that_breaks_off_is_an_error(arrive, tmp_path: Path, cut: int) -> None:
    path = workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]})
    path.write_bytes(path.read_bytes()[:cut])
    assert "damaged" in _refused(arrive, path) or "no Excel file" in _refused(arrive, path)


def test_old_workbooks_that_are_damaged_end_no_process_of_ours(arrive, tmp_path: Path) -> None:
    content = lzma.decompress(base64.b64decode(OLD_WORKBOOK))
    for number in range(8):
        (tmp_path / "given.xls").write_bytes(damaged(content, random.Random(number)))
        try:
            arrive(tmp_path / "given.xls")
        except InputUnreadable as wrong:
            assert wrong.remedy  # noqa: PT017


def test_what_is_no_workbook_is_named(arrive, tmp_path: Path) -> None:
    (tmp_path / "given.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000)
    assert "no Excel file that can be read" in _refused(arrive, tmp_path / "given.xls")
    (tmp_path / "given.xls").write_bytes(b"<html><table><tr><td>1</td></tr></table></html>")
    assert "it holds a web page, not Excel" in _refused(arrive, tmp_path / "given.xls")
    (tmp_path / "given.xls").write_bytes(b"a\tb\n1\t2\n")
    assert "does not begin as Excel does" in _refused(arrive, tmp_path / "given.xls")


# Out


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
    from decimal import Decimal

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


def test_interrupting_leaves_no_process(tmp_path: Path) -> None:
    path = package(tmp_path / "given.xlsx", _FAR.replace("XFD1048576", "XFD3000").replace('r="1048576"', 'r="3000"'))

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.6)
    try:
        with pytest.raises((KeyboardInterrupt, InputUnreadable)):
            read(path, tmp_path / "step.arrow")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    assert not [one for one in tmp_path.iterdir() if one.name.endswith(".part")]
