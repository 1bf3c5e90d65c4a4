"""Which formats of tables there are: the endings and first bytes that name each, its reader, writer and read options.

A new format is one entry of `FORMATS` and a file with its reader or its writer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from transom.tables import (
    arff,
    arrow_file,
    csv_in,
    csv_out,
    dataframe_directory,
    excel,
    excel_out,
    json_lines,
    json_lines_out,
    parquet,
    plain_text,
    svmlight,
    zipped,
)
from transom.tables.options import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from transom.tables.leaving import Leaving
    from transom.tables.reading import Read, Reading

_OF_TEXTS = ("header", "delimiter", "decimal", "encoding", "types")


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
    json_lines.WORD,
    (".jsonl", ".ndjson"),
    json_lines.read_json_lines,
    json_lines_out.write_json_lines,
    options=("encoding", "types"),
    packable=True,
)
JSON = Format(
    "JSON",
    (".json",),
    json_lines.read_json,
    json_lines_out.write_json,
    options=JSON_LINES.options,
    packable=True,
)
EXCEL = Format(
    zipped.EXCEL,
    (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"),
    excel.read_excel,
    excel_out.write_excel,
    (excel.OLD_MAGIC,),
    options=("header", "types", "sheet"),
)
ARFF = Format(arff.WORD, (".arff",), arff.read_arff, options=("encoding",), packable=True)
SVMLIGHT = Format(svmlight.WORD, (".svm", ".svmlight", ".libsvm"), svmlight.read_svmlight, packable=True)
TEXT = Format(plain_text.WORD, (".txt",), plain_text.read_text, options=_OF_TEXTS, packable=True)
ZIP = Format("zip", (".zip",), None, options=KEYS)
FORMATS = (CSV, TSV, PARQUET, ARROW, JSON_LINES, JSON, EXCEL, ARFF, SVMLIGHT, TEXT, ZIP, DIRECTORY)
#: Those that a result may be written in.
WRITTEN = tuple(each for each in FORMATS if each.write is not None)
