"""Runs the measurements that were asked for (all: no name) and prints one table, with ratios and goals."""

from __future__ import annotations

import argparse
import json
import platform
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.run_one import Comparison, big, cold, step
from bench.run_pipeline import pipeline
from bench.run_warm import chain, confined, warm
from bench.run_workspace import bookkeeping, dataset
from bench.statistics import ROWS, statistics

MEASUREMENTS = {
    "cold": cold,
    "big": big,
    "step": step,
    "warm": warm,
    "confined": confined,
    "chain": chain,
    "dataset": dataset,
    "bookkeeping": bookkeeping,
    "statistics": statistics,
    "pipeline": pipeline,
}

FOLDER = Path(__file__).resolve().parent.parent / ".bench"
HEADINGS = ("what", "plain", "transom", "ratio", "goal", "")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--rounds", type=int, help="how often each is measured (its own default)")
    parser.add_argument("--rows", type=int, help=f"how many rows the table of statistics has ({ROWS:,})")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"there is no measurement {unknown[0]}; there are {', '.join(MEASUREMENTS)}")
    FOLDER.mkdir(exist_ok=True)
    measurements = MEASUREMENTS | {"statistics": partial(statistics, rows=asked.rows)}
    found: list[Comparison] = []
    for name in asked.names or measurements:
        print(f"measuring {name} ...", flush=True)
        found += measurements[name](FOLDER, asked.rounds)
    print(_surroundings())
    print(_table(found))
    (FOLDER / "figures.json").write_text(json.dumps([each.figures() for each in found], indent=1))


def _surroundings() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("pandas", "pyarrow", "numpy"))
    return f"\nPython {platform.python_version()}, {packages}; {platform.machine()}, Linux {platform.release()}"


def _table(comparisons: list[Comparison]) -> str:
    rows = [HEADINGS, *(each.cells() for each in comparisons)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(_aligned(cell, widths, column) for column, cell in enumerate(row)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths).rstrip(), *lines[1:]])


def _aligned(cell: str, widths: list[int], column: int) -> str:
    return cell.ljust(widths[column]) if column in (0, len(widths) - 1) else cell.rjust(widths[column])


if __name__ == "__main__":
    main()
