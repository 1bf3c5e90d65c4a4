"""Workbooks for tests, honest and other, made of rows or of bare XML."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell import WriteOnlyCell

from transom.errors import InputUnreadable
from transom.tables.excel_package import OTHER_PARTS, SHEET

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
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


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


def refusal(arrive: Callable[..., object], path: Path, options: str = "") -> str:
    """What is said of a workbook that cannot be read."""
    with pytest.raises(InputUnreadable) as wrong:
        arrive(path, options)
    assert len(str(wrong.value)) < 1500
    return str(wrong.value)


def open_document(path: Path, content: str = OPEN_DOCUMENT) -> Path:
    """A workbook of LibreOffice with this content."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content.replace("\n", ""))
        archive.writestr("styles.xml", "<office:document-styles/>")
        archive.writestr("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>")
    return path
