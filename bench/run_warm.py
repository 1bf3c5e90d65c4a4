"""What is compared for many runs: a warm job beside a process by hand and Microsoft's module, and a chain of steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests.environments import ready_made

from bench.given import IDENTITY, PLAIN, PLAIN_CHAIN, big_table, identity_script, small_table
from bench.measuring import Command, interleaved
from bench.run_one import ROOT, Comparison, transom_command

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL_WARM_SECONDS, GOAL_CHAIN, GOAL_MEMORY = 0.008, 0.35, 1.05
GOAL_CONFINING_SECONDS = 0.003
STEPS = 5
MODULE = "azureml.studio.modules.python_language_modules.execute_python_script"


def warm(folder: Path, rounds: int | None) -> list[Comparison]:
    """A warm job on 1,000 x 10, process and frames included, here and in designer-2020."""
    table, script, count = small_table(folder), identity_script(folder), 100
    designer = ready_made("designer-2020")
    with TemporaryDirectory(dir=folder) as place:
        by_hand = Command([sys.executable, "-c", PLAIN, str(folder), str(table), f"{place}/plain.parquet"], {})
        commands = [by_hand]
        if designer is not None:
            commands.append(_microsofts(designer.interpreter, table, script, Path(place)))
        found = interleaved(commands, rounds or 7)
        hand, microsoft = found[0], found[1:]
        told = _told(["jobs", sys.executable, str(script), str(table), f"{place}/here", str(count)])
        rows = _rows("this environment", told, count, hand)
        session = _told(["session", str(script), str(table), str(count)], {"TRANSOM_DATA_FOLDER": f"{place}/data"})
        rows.append(_row("Session.run, the whole product: median", hand, median(session["seconds"])))
        for module in microsoft:
            old = designer.interpreter if designer is not None else ""
            told = _told(["jobs", old, str(script), str(table), f"{place}/old", str(count)])
            rows.append(
                _row("Microsoft's module, designer-2020: a warm job beside it", module, median(told["seconds"]))
            )
            rows += _rows("designer-2020", told, count, hand)
    return rows


def confined(folder: Path, rounds: int | None) -> list[Comparison]:
    """A warm job on 1,000 x 10 under each policy, beside one that is not confined at all."""
    table, script = small_table(folder), identity_script(folder)
    with TemporaryDirectory(dir=folder) as place:
        told = _told(["policies", sys.executable, str(script), str(table), place, str(rounds or 60)])
    medians = {policy: median(seconds) for policy, seconds in told.items()}
    free = medians.pop("open")
    goal = (free + GOAL_CONFINING_SECONDS) / free
    return [
        Comparison(f"warm job, {policy} beside open: median", free, seconds, "seconds", round(goal, 2))
        for policy, seconds in medians.items()
    ]


def chain(folder: Path, rounds: int | None) -> list[Comparison]:
    """Five identity steps on 5,000,000 x 20, beside a bare script that reads and writes Parquet at each step."""
    table, script = big_table(folder), identity_script(folder)
    steps, whole = [], []
    with TemporaryDirectory(dir=folder) as place:
        words = [sys.executable, "-c", PLAIN_CHAIN, str(folder), str(table), place, str(STEPS)]
        (plain,) = interleaved([Command(words, {})], rounds or 2)
        for number in range(rounds or 3):
            told = _told(["chain", sys.executable, str(script), str(table), f"{place}/{number}", str(STEPS)])
            steps.append(told["steps"])
            whole.append(told["whole"])
    return [
        Comparison(f"chain of {STEPS}, 5 M x 20, Arrow given", plain, median(steps), "seconds", GOAL_CHAIN),
        Comparison(f"chain of {STEPS}, 5 M x 20, Parquet at both ends", plain, median(whole), "seconds", GOAL_CHAIN),
    ]


def _rows(where: str, told: dict[str, Any], count: int, hand: float) -> list[Comparison]:
    each = told["together"] / count
    before, after = told["memory"]
    return [
        _row(f"warm job, {where}: median", hand, median(told["seconds"])),
        _row(f"{count} in a row, {where}: each ({1 / each:.0f} jobs a second)", hand, each, goal=0.025),
        Comparison(f"memory of the warm process after {2 * count} jobs, {where}", before, after, "bytes", GOAL_MEMORY),
    ]


def _row(what: str, plain: float, ours: float, goal: float = GOAL_WARM_SECONDS) -> Comparison:
    return Comparison(what, plain, ours, "seconds", round(goal / plain, 4))


def _microsofts(interpreter: str, table: Path, script: Path, place: Path) -> Command:
    """Microsoft's own module on the same table, as Azure called it."""
    given = place / "given/"
    done = [transom_command(), "run", str(script), str(table), "--result1", f"{given}/", "--quiet"]
    environment = Command(done, {"TRANSOM_DATA_FOLDER": f"{place}/data"}).environment()
    subprocess.run(done, env=environment, check=True)
    words = [interpreter, "-m", "azureml.studio.modulehost.module_invoker", "--module-name", MODULE]
    words += ["--dataset1", str(given), "--python-script", IDENTITY]
    words += ["--result-dataset", f"{place}/result1", "--python-device", f"{place}/result2"]
    return Command(words, {}, quiet=True)


def _told(arguments: Sequence[str], variables: dict[str, str] | None = None) -> dict[str, Any]:
    command = Command([sys.executable, "-m", "bench.warm_job", *arguments], variables or {})
    done = subprocess.run(
        command.words, env=command.environment(), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told
