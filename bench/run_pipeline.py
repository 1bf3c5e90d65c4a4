"""What is compared of pipelines: a chain of confined steps, and a thousand steps that are reused."""

from __future__ import annotations

import os
import sys
import time
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import transom
from bench.given import PLAIN, identity_script, small_table
from bench.measuring import Command, interleaved
from bench.run_one import Comparison, transom_command

if TYPE_CHECKING:
    from pathlib import Path

    from transom.model.pipelines import FromInput, FromStep

CHAIN, FAN = 11, 1000
GOAL_STEP_SECONDS, GOAL_FAN_SECONDS = 0.025, 1.0
#: How long a session is left alone between two runs, so that its spares are there, in seconds.
_REST = 0.5


def pipeline(folder: Path, rounds: int | None) -> list[Comparison]:
    """A chain of 11 identity steps on 1,000 x 10, each a confined process whose table is kept, in a session, beside a
    new process a step by hand; 1,000 fanned-out steps that are all reused; the same from a command line.
    """
    table, script = small_table(folder), identity_script(folder)
    with TemporaryDirectory(dir=folder) as place:
        os.environ["TRANSOM_DATA_FOLDER"] = f"{place}/data"
        by_hand = Command([sys.executable, "-c", PLAIN, str(folder), str(table), f"{place}/plain.parquet"], {})
        (hand,) = interleaved([by_hand], rounds or 5)
        found = [_chain(table, script, hand, rounds or 7)]
        fan = _fan(table, script)
        fan.write(f"{place}/fan.yml")
        seconds = _again(fan, rounds or 5)
        goal = GOAL_FAN_SECONDS / (hand * FAN)
        found.append(Comparison(f"{FAN} steps fanned out, reused: all", hand * FAN, seconds, "seconds", goal))
        words = [transom_command(), "pipeline", "run", f"{place}/fan.yml", "--quiet"]
        (whole,) = interleaved([Command(words, {"TRANSOM_DATA_FOLDER": f"{place}/data"})], rounds or 3)
        found.append(
            Comparison(f"{FAN} steps fanned out, reused: the whole command", hand * FAN, whole, "seconds", goal)
        )
    return found


def _chain(table: Path, script: Path, hand: float, rounds: int) -> Comparison:
    chain = transom.Pipeline("chain")
    handed: FromInput | FromStep = chain.input("table", path=table)
    for number in range(CHAIN):
        step = chain.step(f"step{number}", "execute_python_script", dataset1=handed, script=str(script))
        handed = step.result_dataset
    seconds = []
    with transom.Session(policy="confined") as session:
        for _ in range(rounds + 1):
            time.sleep(_REST)
            began = time.perf_counter()
            result = chain.run(session, policy="confined", regenerate=["all"])
            seconds.append((time.perf_counter() - began) / CHAIN)
            assert result.succeeded
    what = f"chain of {CHAIN}, 1,000 x 10, confined, each kept: a step"
    return Comparison(what, hand, median(seconds[1:]), "seconds", round(GOAL_STEP_SECONDS / hand, 3))


def _fan(table: Path, script: Path) -> transom.Pipeline:
    fan = transom.Pipeline("fan")
    handed = fan.input("table", path=table)
    first = fan.step("first", "execute_python_script", dataset1=handed, script=str(script))
    for number in range(FAN - 1):
        fan.step(f"step{number}", "split_data", dataset=first.result_dataset, fraction=0.5, seed=number)
    return fan


def _again(fan: transom.Pipeline, rounds: int) -> float:
    """The median of the runs after the first one, in seconds."""
    seconds = []
    with transom.Session() as session:
        for _ in range(rounds + 1):
            began = time.perf_counter()
            assert fan.run(session).succeeded
            seconds.append(time.perf_counter() - began)
    return median(seconds[1:])
