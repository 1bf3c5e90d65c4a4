"""What is compared for the statistics of a large table: pandas' describe, and the profile that Transom makes.

    python -m bench.statistics STEP_FILE

measures one profile and says in JSON how many seconds it took and how much memory, in bytes, was this process's own.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.given import SEED, WORDS
from bench.measuring import Command, interleaved, peaks
from bench.run_one import ROOT, Comparison
from transom.tables.description import Description
from transom.tables.profile import profile
from transom.tables.step_file import write_step

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 10_000_000
GOAL, GOAL_MEMORY = 0.75, 0.6

#: The same question without Transom. A step file is an Arrow file; pandas maps what it can.
PLAIN = """\
import sys
import pyarrow as pa
with pa.memory_map(sys.argv[1]) as source:
    frame = pa.ipc.open_file(source).read_all().to_pandas(split_blocks=True)
print(frame.describe(include="all"))
"""


def statistics(folder: Path, rounds: int | None, rows: int | None = None) -> list[Comparison]:
    """A step file of 10,000,000 x 20, or of fewer rows: wall time and peak memory of a whole process each."""
    rows = rows or ROWS
    table = statistics_table(folder, rows)
    plain = Command([sys.executable, "-c", PLAIN, str(table)], {})
    ours = Command([sys.executable, "-m", "bench.statistics", str(table)], {"PYTHONPATH": str(ROOT)})
    plain_seconds, our_seconds = interleaved([plain, ours], rounds or 1)
    plain_peak, our_peak = peaks([plain, ours], 1)
    what = f"statistics of {rows:,} x 20"
    return [
        Comparison(f"{what}: wall", plain_seconds, our_seconds, "seconds", GOAL),
        Comparison(f"{what}: peak", plain_peak, our_peak, "bytes", GOAL_MEMORY),
    ]


def statistics_table(folder: Path, rows: int) -> Path:
    """Seven columns of decimals (two with gaps, one skewed), five of whole numbers, four texts, two times, true or
    false, a category; 1.6 GB for 10,000,000 rows. Made once.
    """
    path = folder / f"statistics_{rows}.arrow"
    if path.exists():
        return path
    random = np.random.default_rng(SEED)
    table = pa.table({name: make(random, rows) for name, make in _columns().items()})
    aside = path.with_suffix(".aside")
    write_step(table, aside, Description(rows))
    aside.rename(path)
    return path


def _columns() -> dict[str, Callable[[np.random.Generator, int], pa.Array]]:
    decimals = {f"decimal{number}": lambda random, rows: pa.array(random.normal(size=rows)) for number in range(4)}
    gaps = {f"gaps{number}": lambda random, rows: _with_gaps(random, random.normal(size=rows)) for number in range(2)}
    whole = {f"whole{number}": lambda random, rows: pa.array(random.integers(0, 10**6, rows)) for number in range(3)}
    return {
        **decimals,
        **gaps,
        "skewed": lambda random, rows: pa.array(random.lognormal(0, 3, rows)),
        **whole,
        "few": lambda random, rows: pa.array(random.integers(0, 5, rows)),
        "id": lambda _, rows: pa.array(np.arange(rows)),
        "word": lambda random, rows: pa.array(WORDS[random.integers(0, len(WORDS), rows)]),
        "word with gaps": lambda random, rows: _with_gaps(random, WORDS[random.integers(0, len(WORDS), rows)]),
        "name": lambda random, rows: _texts("name ", random.integers(0, 50_000, rows)),
        "key": lambda random, rows: _texts("u", random.permutation(rows)),
        "ms": lambda random, rows: pa.array(np.datetime64("2020-01-01", "ms") + random.integers(0, 10**11, rows)),
        "us": lambda random, rows: pa.array(np.datetime64("2020-01-01", "us") + random.integers(0, 10**15, rows)),
        "flag": lambda random, rows: pa.array(random.random(rows) < 0.5),
        "category": lambda random, rows: pa.DictionaryArray.from_arrays(
            pa.array(random.integers(0, len(WORDS), rows).astype("int8")), pa.array(WORDS)
        ),
    }


def _with_gaps(random: np.random.Generator, values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=random.random(len(values)) < 0.05)


def _texts(beginning: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(beginning, pa.array(numbers).cast(pa.string()), "")


def main() -> None:
    began = time.perf_counter()
    profile(Path(sys.argv[1]))
    took = time.perf_counter() - began
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    print(json.dumps({"seconds": took, "bytes": int(own.split()[1]) * 1024}))


if __name__ == "__main__":
    main()
