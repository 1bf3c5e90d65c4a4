"""How an Arrow file (Feather), or an Arrow stream in a file, becomes a step file, and a step file an Arrow file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from transom.tables.arrow_layout import claimed_bytes
from transom.tables.growth import refuse_growth, refuse_rows, unpacked_bytes
from transom.tables.parquet import keep
from transom.tables.paths import for_arrow
from transom.tables.soundness import refuse_false_cells, refuse_false_layout

if TYPE_CHECKING:
    from pathlib import Path

    from transom.tables.leaving import Leaving
    from transom.tables.reading import Read, Reading


def read_arrow(reading: Reading, target: Path) -> Read:
    """Read an Arrow file or stream into the step file `target`."""
    try:
        with pa.memory_map(for_arrow(reading.path)) as source:
            table = _sound(source, reading)
    except (pa.ArrowException, OSError) as wrong:
        raise reading.broken(wrong, "Arrow") from None
    return keep(reading, table, target, "Arrow")


def _sound(source: pa.MemoryMappedFile, reading: Reading) -> pa.Table:
    """The table, mapped where it is not compressed; nothing that it claims is believed before it has been checked."""
    whole = source.read_buffer(source.size())
    refuse_growth(reading, claimed_bytes(whole), whole.size)
    table = _opened(source, reading).read_all()
    refuse_rows(reading, table.num_rows, whole.size)
    refuse_false_layout(table, whole.size)
    refuse_false_cells(table)
    total = 0
    for name, column in zip(table.schema.names, table.columns, strict=True):
        total += unpacked_bytes(column)
        refuse_growth(reading, total, whole.size, name)
    return table


def _opened(source: pa.MemoryMappedFile, reading: Reading) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
    source.seek(0)
    if source.read(4) == b"FEA1":
        raise reading.unreadable("it is of Feather's first version", "Write it again with a current pandas or Arrow.")
    source.seek(0)
    is_file = source.read(6) == b"ARROW1"
    source.seek(0)
    return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)


def write_arrow(leaving: Leaving, target: Path) -> list[str]:
    """Write the table as an Arrow file with its metadata, uncompressed, as a step hands it on."""
    table = leaving.table
    with pa.OSFile(for_arrow(target), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return []
