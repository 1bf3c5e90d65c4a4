"""Reads many damaged copies of an honest file, a process of its own: `flipping.py KIND SEED COUNT FOLDER`.

Each copy has some bytes changed, moved or cut off, by a seeded generator. What a person may be told is fine; any other
exception is printed and ends the process with 1, a crash ends it by a signal, and so does a copy that takes 30 s.
"""

from __future__ import annotations

import gzip
import random
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transom.engine import bundles
from transom.engine.child import frames
from transom.errors import TransomError
from transom.tables.compare import compare
from transom.tables.formats import read, write
from transom.tables.step_file import first_rows, shape

LIMITS = bundles.BundleLimits(10_000_000, 1000)
ROWS = 60


def honest_frame() -> pd.DataFrame:
    """A frame with a column of most kinds."""
    count = np.arange(ROWS)
    return pd.DataFrame(
        {
            "whole": count,
            "decimal": np.linspace(0, 1, ROWS),
            "text": [f"wörd {number}" if number % 7 else None for number in count],
            "flag": count % 2 == 0,
            "category": pd.Categorical([f"c{number % 3}" for number in count]),
            "zoned": pd.date_range("2020-01-01", periods=ROWS, tz="Europe/Paris"),
            "span": pd.to_timedelta(count, unit="s"),
            "masked": pd.array([number if number % 5 else None for number in count], dtype="Int64"),
            "list": [[1, 2, number] for number in count],
            "period": pd.period_range("2020-01", periods=ROWS, freq="M"),
            "interval": pd.IntervalIndex.from_breaks(np.arange(ROWS + 1)),
            "complex": count * 1j,
            "bytes": [b"ab%d" % number for number in count],
            "numbers": pd.Categorical(count % 4),
        },
        index=pd.Index([f"r{number}" for number in count], name="key"),
    )


def nested_table() -> pa.Table:
    """A table of types that only Arrow has."""
    count = range(ROWS)
    return pa.table(
        {
            "text": pa.array([f"s{number}" * (number % 30) for number in count]),
            "list": pa.array([[number] * (number % 4) for number in count]),
            "map": pa.array([[("a", number)] for number in count], pa.map_(pa.string(), pa.int64())),
            "struct": pa.array([{"a": number, "b": "x"} for number in count]),
            "nothing": pa.nulls(ROWS),
            "fixed": pa.array([[1, 2]] * ROWS, pa.list_(pa.int8(), 2)),
            "category": pa.array([f"d{number % 4}" for number in count]).dictionary_encode(),
        }
    )


def viewed_table() -> pa.Table:
    """The same with views and runs, which Parquet does not have."""
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([10, 20, ROWS], pa.int32()), pa.array(["a", "b", "c"]))
    views = pa.array([f"view {number}" * 3 for number in range(ROWS)], pa.string_view())
    return nested_table().append_column("runs", runs).append_column("views", views)


def use_step(path: Path, folder: Path) -> None:
    """All that the parent does with a result."""
    shape(path)
    first_rows(path, 5)
    for name in ("out.csv", "out.parquet", "out.arrow", "out/"):
        write(path, f"{folder}/{name}")
    compare(path, path)


def use_table(path: Path, folder: Path) -> None:
    """All that the parent does with a dataset."""
    read(path, folder / "sample.arrow", sample=3)
    read(path, folder / "step.arrow")
    use_step(folder / "step.arrow", folder)


def use_directory(path: Path, folder: Path) -> None:
    """The same for the Parquet file of a DataFrameDirectory."""
    use_table(path.parent, folder)


def use_bundle(path: Path, folder: Path) -> None:
    """All that the parent does with a bundle."""
    shutil.rmtree(folder / "unpacked", ignore_errors=True)
    (folder / "packed.zip").unlink(missing_ok=True)
    bundles.pack(path, folder / "packed.zip", LIMITS)
    bundles.unpack(folder / "packed.zip", folder / "unpacked", LIMITS)
    bundles.python_files(path, LIMITS)


def _step(folder: Path) -> Path:
    frames.write_frame(honest_frame(), str(folder / "honest.arrow"))
    return folder / "honest.arrow"


def _left(folder: Path, name: str) -> Path:
    write(_step(folder), f"{folder}/{name}")
    return folder / name


def _directory(folder: Path) -> Path:
    return _left(folder, "set/") / "_data.parquet"


def _packed_csv(folder: Path) -> Path:
    path = folder / "given.csv.gz"
    path.write_bytes(gzip.compress(_left(folder, "plain.csv").read_bytes()))
    return path


def _feather(compression: str | None) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "given.arrow"
        options = pa.ipc.IpcWriteOptions(compression=compression)
        table = viewed_table()
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=20)
        return path

    return make


def _stream(folder: Path) -> Path:
    path = folder / "given.arrow"
    table = viewed_table()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return path


def _parquet(**options: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        pq.write_table(nested_table(), folder / "given.parquet", row_group_size=20, **options)
        return folder / "given.parquet"

    return make


def _shared(folder: Path) -> Path:
    table, path = nested_table().select(["text"]), folder / "given.parquet"
    pq.write_table(table, path, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
    return path


def _zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "given.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"d/f{number}.py", f"x = {number}\n" * 50)
        archive.writestr("data.csv", "a,b\n1,2\n", zipfile.ZIP_STORED)
        archive.writestr("empty/", "")
        archive.writestr("b", "q" * 500, zipfile.ZIP_BZIP2)
        archive.writestr("l", "q" * 500, zipfile.ZIP_LZMA)
    return folder / "given.zip"


KINDS: dict[str, tuple[Callable[[Path], Path], Callable[[Path, Path], None]]] = {
    "step": (_step, use_step),
    "csv": (lambda folder: _left(folder, "given.csv"), use_table),
    "csv.gz": (_packed_csv, use_table),
    "parquet": (lambda folder: _left(folder, "given.parquet"), use_table),
    "parquet of nested columns": (_parquet(compression="snappy"), use_table),
    "parquet, zstd, version 2": (_parquet(compression="zstd", data_page_version="2.0"), use_table),
    "parquet, shared beginnings": (_shared, use_table),
    "directory": (_directory, use_directory),
    "arrow": (_feather(None), use_table),
    "arrow, zstd": (_feather("zstd"), use_table),
    "arrow stream": (_stream, use_table),
    "zip": (_zip, use_bundle),
}


def damaged(content: bytes, rng: random.Random) -> bytes:
    """The content with some bytes that are other ones, elsewhere or missing."""
    changed = bytearray(content)
    place = rng.randrange(len(changed))
    way = rng.randrange(6)
    if way == 0:
        for _ in range(rng.choice([1, 2, 4, 16])):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    elif way == 1:
        changed[place] ^= 1 << rng.randrange(8)
    elif way == 2:
        width = rng.choice([1, 2, 4, 8])
        changed[place : place + width] = rng.choice([b"\xff" * 8, b"\0" * 8, b"\x7f" * 8])[:width]
    elif way == 3:
        del changed[place:]
    elif way == 4:
        width, other = rng.randrange(1, 64), rng.randrange(len(changed))
        changed[place : place + width] = changed[other : other + width]
    else:
        for _ in range(rng.choice([1, 3])):
            changed[rng.randrange(max(0, len(changed) - 4096), len(changed))] = rng.randrange(256)
    return bytes(changed)


def main(kind: str, seed: int, count: int, folder: Path) -> None:
    """Read the honest file, which must succeed, and then its damaged copies."""
    make, use = KINDS[kind]
    path = make(folder)
    content = path.read_bytes()
    use(path, folder)
    refused = 0
    for number in range(count):
        print(number, flush=True)
        path.write_bytes(damaged(content, random.Random(seed * 1_000_003 + number)))
        signal.alarm(30)
        try:
            use(path, folder)
        except TransomError as wrong:
            refused += 1
            if not wrong.remedy or len(wrong.message) > 2000:
                raise AssertionError(f"this helps nobody: {wrong}") from wrong
    if not refused:
        raise AssertionError("no copy was refused: they were not damaged")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
