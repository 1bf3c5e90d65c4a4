"""A workbook of a stranger is a table, or is refused in one sentence: it fills no memory, takes no hour, ends no process."""

from __future__ import annotations

import base64
import lzma
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from tests.tables.flipping import damaged
from tests.tables.workbooks import MAIN, OLD_WORKBOOK, OPEN_DOCUMENT, open_document, package, refusal, workbook

from transom.errors import InputUnreadable
from transom.tables import excel, growth
from transom.tables.excel_package import OTHER_PARTS, SHEET
from transom.tables.formats import read

_FAR = (
    f'<worksheet {MAIN}><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
)
_LAUGHS = '<!DOCTYPE x [<!ENTITY a "{}">{}]>'.format(
    "ha" * 100, "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 100}">' for n in range(8))
)


def test_cells_that_lie_very_far_from_each_other_do_not_fill_the_memory(arrive, tmp_path: Path) -> None:
    began = time.monotonic()
    assert "GiB of memory" in refusal(arrive, package(tmp_path / "given.xlsx", _FAR))
    assert time.monotonic() - began < 30


def test_a_false_dimension_makes_no_room(arrive, tmp_path: Path) -> None:
    sheet = (
        f'<worksheet {MAIN}><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
        '</row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert arrive(package(tmp_path / "given.xlsx", sheet)).columns == {"a": [1]}


def test_few_cells_that_span_a_large_sheet_arerefusal(arrive, tmp_path: Path) -> None:
    sheet = (
        f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="20000"><c r="XFD20000"><v>2</v></c></row></sheetData></worksheet>'
    )
    said = refusal(arrive, package(tmp_path / "given.xlsx", sheet))
    assert "GiB of memory" in said or "times the size of the file" in said


@pytest.mark.parametrize("part", ["sheet", "workbook", "styles"])
def test_entities_that_stand_for_gigabytes_are_not_followed(arrive, tmp_path: Path, part: str) -> None:
    sheet = f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row></sheetData></worksheet>'
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


@pytest.mark.parametrize("repeated", ["1000000", "99999999999999999999"])
def test_cells_that_are_repeated_a_million_times_do_not_fill_the_memory(arrive, tmp_path: Path, repeated: str) -> None:
    row = '<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/>'
    many = (
        f'<table:table-row table:number-rows-repeated="{repeated}"><table:table-cell table:number-columns-repeated="{repeated}"'
        ' office:value-type="float" office:value="1"/>'
    )
    assert row in OPEN_DOCUMENT
    began = time.monotonic()
    said = refusal(arrive, open_document(tmp_path / "given.ods", OPEN_DOCUMENT.replace(row, many)))
    assert "GiB of memory" in said or "no Excel file" in said or "columns" in said
    assert time.monotonic() - began < 60


def test_a_part_that_unpacks_to_gigabytes_isrefusal(arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_SPARED_MEMORY", 1 << 30)
    monkeypatch.setattr(growth, "SPARED_BYTES", 1 << 20)
    cell = '<c r="A1" t="inlineStr"><is><t>' + "x" * (1 << 20) + "</t></is></c>"
    with zipfile.ZipFile(tmp_path / "given.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in OTHER_PARTS.items():
            archive.writestr(name, content)
        with archive.open(SHEET, "w") as sink:
            sink.write(f"<worksheet {MAIN}><sheetData>".encode())
            for row in range(1, 1200):
                sink.write(f'<row r="{row}">{cell.replace("A1", f"A{row}")}</row>'.encode())
            sink.write(b"</sheetData></worksheet>")
    assert "GiB of memory" in refusal(arrive, tmp_path / "given.xlsx")


def test_a_workbook_that_takes_very_long_is_given_up(arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_SPARED_SECONDS", 0.02)
    path = workbook(tmp_path / "given.xlsx", {"Sheet1": [["a"], [1]]})
    assert "takes more than 0.02 seconds" in refusal(arrive, path)


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
    assert "damaged" in refusal(arrive, path) or "no Excel file" in refusal(arrive, path)


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
    assert "no Excel file that can be read" in refusal(arrive, tmp_path / "given.xls")
    (tmp_path / "given.xls").write_bytes(b"<html><table><tr><td>1</td></tr></table></html>")
    assert "it holds a web page, not Excel" in refusal(arrive, tmp_path / "given.xls")
    (tmp_path / "given.xls").write_bytes(b"a\tb\n1\t2\n")
    assert "does not begin as Excel does" in refusal(arrive, tmp_path / "given.xls")


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
