"""How a table becomes CSV or TSV: UTF-8, RFC 4180, quotes where they are needed, ISO dates, nothing for missing."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from transom.tables.csv_cells import Cells, without_type
from transom.tables.keeping import named_columns
from transom.tables.leaving import Leaving, without_index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROWS_AT_ONCE = 1 << 16


def write_csv(leaving: Leaving, target: Path) -> list[str]:
    """Write the table as CSV."""
    with target.open("wb") as sink:
        return write_text(leaving, sink, ",")


def write_tsv(leaving: Leaving, target: Path) -> list[str]:
    """Write the table as tab-separated text."""
    with target.open("wb") as sink:
        return write_text(leaving, sink, "\t")


def write_text(leaving: Leaving, sink: BinaryIO, delimiter: str) -> list[str]:
    """Write the table as delimited text to a binary stream; returns what a person must know of it."""
    flat = without_index(leaving.table, leaving.description)
    encodings = [leaving.description.encodings.get(field) if field else None for field in flat.fields]
    cells = [
        Cells.of(column, encoding, delimiter) for column, encoding in zip(flat.table.columns, encodings, strict=True)
    ]
    header = Cells.of(pa.chunked_array([pa.array(flat.table.schema.names, pa.string())]), None, delimiter)
    sink.write((delimiter.join(header.texts(0, flat.table.num_columns).to_pylist()) + "\n").encode())
    if cells:
        for done, lines in _blocks(cells, flat.table.num_rows, delimiter):
            sink.write(lines)
            leaving.tell(done, flat.table.num_rows)
    kinds = [without_type(one.type, said) for one, said in zip(flat.table.columns, encodings, strict=True)]
    spelt = {name: kind for name, kind in zip(flat.table.schema.names, kinds, strict=True) if kind}
    if not spelt:
        return list(flat.warnings)
    lost = f"Written as text, since this format has no such type: {named_columns(spelt)}. Parquet keeps the types."
    return [*flat.warnings, lost]


def _blocks(cells: list[Cells], rows: int, delimiter: str) -> Iterator[tuple[int, pa.Buffer]]:
    """The lines of the table, a block of rows at a time: some blocks are made while others are written."""
    workers = pa.cpu_count()
    waiting: deque[tuple[int, Future[pa.Buffer]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, rows, _ROWS_AT_ONCE):
            count = min(_ROWS_AT_ONCE, rows - start)
            waiting.append((start + count, pool.submit(partial(_lines, cells, start, count, delimiter))))
            if len(waiting) > workers:
                done, lines = waiting.popleft()
                yield done, lines.result()
        for done, lines in waiting:
            yield done, lines.result()


def _lines(cells: list[Cells], start: int, count: int, delimiter: str) -> pa.Buffer:
    nothing = '""' if len(cells) == 1 else ""  # an empty line would be no row at all
    texts = [pc.fill_null(one.texts(start, count), nothing) for one in cells]
    rows = pc.binary_join_element_wise(*texts, delimiter) if len(texts) > 1 else texts[0]
    lines = pc.binary_join_element_wise(rows, "", "\n").cast(pa.large_string())
    return pa.py_buffer(lines.buffers()[2]) if lines.offset == 0 else pa.concat_arrays([lines]).buffers()[2]
