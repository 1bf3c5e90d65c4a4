"""Which formats of tables there are: the endings and first bytes that name each, its reader, writer and read options.

A new format is one entry of `FORMATS` and a file with its reader or its writer.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from transom.tables import arrow_file, csv_in, csv_out, dataframe_directory, parquet
from transom.tables.options import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transom.tables.leaving import Leaving
    from transom.tables.reading import Read, Reading

#: The first bytes of a zip file, which an Excel workbook is too, and of a workbook before 2007 or under a password.
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OF_TEXTS = ("header", "delimiter", "decimal", "encoding", "types")


class NoRoomError(Exception):
    """What of a table a format has no room for."""


def _later(module: str, function: str) -> Callable[..., Any]:
    """A reader or a writer that is imported when it is needed: most runs need few of them."""

    def call(*given: Any) -> Any:
        return getattr(import_module(f"transom.tables.{module}"), function)(*given)

    return call


@dataclass(frozen=True, slots=True)
class Format:
    """A format of tables. One without a reader holds a table of another format, one without a writer only goes in.

    `packable` files may be compressed, which a second ending says.
    """

    name: str
    endings: tuple[str, ...]
    read: Callable[[Reading, Path], Read] | None
    write: Callable[[Leaving, Path], list[str]] | None = None
    magic: tuple[bytes, ...] = ()
    options: tuple[str, ...] = ()
    packable: bool = False


CSV = Format("CSV", (".csv",), csv_in.read_csv, csv_out.write_csv, options=_OF_TEXTS, packable=True)
TSV = Format("TSV", (".tsv", ".tab"), csv_in.read_tsv, csv_out.write_tsv, options=_OF_TEXTS, packable=True)
PARQUET = Format("Parquet", (".parquet", ".pq"), parquet.read_parquet, parquet.write_parquet, (b"PAR1", b"PARE"))
ARROW = Format(
    "Arrow",
    (".arrow", ".feather", ".ipc"),
    arrow_file.read_arrow,
    arrow_file.write_arrow,
    (b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"),
)
DIRECTORY = Format(
    "DataFrameDirectory", ("/",), dataframe_directory.read_directory, dataframe_directory.write_directory
)
JSON_LINES = Format(
    "JSON lines",
    (".jsonl", ".ndjson"),
    _later("json_lines", "read_json_lines"),
    _later("json_lines_out", "write_json_lines"),
    options=("encoding", "types"),
    packable=True,
)
JSON = Format(
    "JSON",
    (".json",),
    _later("json_lines", "read_json"),
    _later("json_lines_out", "write_json"),
    options=JSON_LINES.options,
    packable=True,
)
EXCEL = Format(
    "Excel",
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"),
    _later("excel", "read_excel"),
    _later("excel_out", "write_excel"),
    (OLD_EXCEL_MAGIC,),
    options=("header", "types", "sheet"),
)
ARFF = Format("ARFF", (".arff",), _later("arff", "read_arff"), options=("encoding",), packable=True)
SVMLIGHT = Format("SVMlight", (".svm", ".svmlight", ".libsvm"), _later("svmlight", "read_svmlight"), packable=True)
TEXT = Format("text", (".txt",), _later("plain_text", "read_text"), options=_OF_TEXTS, packable=True)
ZIP = Format("zip", (".zip",), None, options=KEYS)
FORMATS = (CSV, TSV, PARQUET, ARROW, JSON_LINES, JSON, EXCEL, ARFF, SVMLIGHT, TEXT, ZIP, DIRECTORY)
#: Those that a result may be written in.
WRITTEN = tuple(each for each in FORMATS if each.write is not None)
