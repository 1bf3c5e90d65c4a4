"""The tables and scripts that are measured with; made once, from a fixed seed, and kept in `.bench/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20260101
BIG_ROWS = 5_000_000
PIECE_ROWS = 500_000
WORDS = np.array(["convertible", "hardtop", "hatchback", "sedan", "wagon", "pick-up", "van", "coupe"])

IDENTITY = "def azureml_main(dataframe1=None, dataframe2=None):\n    return dataframe1,\n"
#: The same work without Transom: read, call, write.
PLAIN = """\
import sys
import pandas as pd
sys.path.insert(0, sys.argv[1])
from identity import azureml_main
result, = azureml_main(pd.read_parquet(sys.argv[2]))
result.to_parquet(sys.argv[3])
"""
#: Several steps without Transom: each reads what the one before has written.
PLAIN_CHAIN = """\
import sys
import pandas as pd
sys.path.insert(0, sys.argv[1])
from identity import azureml_main
place = sys.argv[2]
for step in range(int(sys.argv[4])):
    result, = azureml_main(pd.read_parquet(place))
    place = "%s/step%d.parquet" % (sys.argv[3], step)
    result.to_parquet(place)
"""


def identity_script(folder: Path) -> Path:
    """A script that returns its table as it is."""
    path = folder / "identity.py"
    path.write_text(IDENTITY)
    return path


def small_table(folder: Path) -> Path:
    """1,000 x 10: five decimals, three whole numbers, a text, a time."""
    path = folder / "small.parquet"
    random = np.random.default_rng(SEED)
    names = ("d", "d", "d", "d", "d", "w", "w", "w", "t", "m")
    pq.write_table(_piece(random, names, 1000), path)
    return path


def middle_table(folder: Path) -> Path:
    """1,000,000 x 10: five decimals, three whole numbers, a text, a time."""
    path = folder / "middle.parquet"
    if not path.exists():
        random = np.random.default_rng(SEED)
        names = ("d", "d", "d", "d", "d", "w", "w", "w", "t", "m")
        pq.write_table(_piece(random, names, 1_000_000), path)
    return path


def big_table(folder: Path) -> Path:
    """5,000,000 x 20, 0.6 GB of Parquet: eight decimals, nine whole numbers, a text, a time, true or false."""
    path = folder / "big.parquet"
    if path.exists():
        return path
    random = np.random.default_rng(SEED)
    names = ("d",) * 8 + ("w",) * 9 + ("t", "m", "b")
    aside = folder / "big.parquet.aside"
    writer = None
    for _ in range(BIG_ROWS // PIECE_ROWS):
        piece = _piece(random, names, PIECE_ROWS)
        # The oldest pyarrow that a script may have reads this as well.
        writer = writer or pq.ParquetWriter(aside, piece.schema, version="1.0")
        writer.write_table(piece)
    if writer is not None:
        writer.close()
    aside.rename(path)
    return path


def _piece(random: np.random.Generator, kinds: tuple[str, ...], rows: int) -> pa.Table:
    return pa.table({f"{kind}{number}": _column(random, kind, rows) for number, kind in enumerate(kinds)})


def _column(random: np.random.Generator, kind: str, rows: int) -> pa.Array:
    if kind == "d":
        return pa.array(random.normal(size=rows))
    if kind == "w":
        return pa.array(random.integers(0, 1_000_000, rows))
    if kind == "b":
        return pa.array(random.random(rows) < 0.5)
    if kind == "m":
        return pa.array(np.datetime64("2020-01-01", "ms") + random.integers(0, 10**11, rows))
    return pa.array(WORDS[random.integers(0, len(WORDS), rows)])
