"""How an Arrow file (Feather), or an Arrow stream in a file, becomes a step file, and a step file an Arrow file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from transom.tables.parquet import keep
from transom.tables.paths import for_arrow

if TYPE_CHECKING:
    from pathlib import Path

    from transom.tables.leaving import Leaving
    from transom.tables.reading import Read, Reading


def read_arrow(reading: Reading, target: Path) -> Read:
    """Read an Arrow file or stream into the step file `target`."""
    try:
        with pa.memory_map(for_arrow(reading.path)) as source:
            table = _opened(source, reading).read_all()
    except (pa.ArrowException, OSError) as wrong:
        raise reading.broken(wrong, "Arrow") from None
    return keep(reading, table, target, "Arrow")


def _opened(source: pa.MemoryMappedFile, reading: Reading) -> pa.RecordBatchFileReader | pa.RecordBatchStreamReader:
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
