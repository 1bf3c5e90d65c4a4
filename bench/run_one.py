"""What is compared for the run of one script: cold on a small table, whole on a big one, and the step alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.environments import ENVIRONMENTS, python_of

from bench.given import PLAIN, big_table, identity_script, small_table
from bench.measuring import Command, interleaved, peaks

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
GOAL_COLD, GOAL_BIG, GOAL_MEMORY = 1.5, 1.1, 1.2
GOAL_STEP, GOAL_STEP_OLDER = 0.25, 0.35
MEBIBYTE = 1024**2
#: What is less than this is shown with more digits.
_SHORT = 0.1


@dataclass(frozen=True)
class Comparison:
    """One row of the table: what plain Python takes and what Transom takes, in `unit`, and the ratio aimed at."""

    what: str
    plain: float
    transom: float
    unit: str
    goal: float

    @property
    def ratio(self) -> float:
        """How many times as much Transom takes."""
        return self.transom / self.plain

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        verdict = "" if self.ratio <= self.goal else "over"
        return (
            self.what,
            self._amount(self.plain),
            self._amount(self.transom),
            f"{self.ratio:.2f}" if self.ratio >= _SHORT else f"{self.ratio:.4f}",
            f"{self.goal}",
            verdict,
        )

    def figures(self) -> dict[str, object]:
        """The row for other programs."""
        return asdict(self) | {"ratio": self.ratio}

    def _amount(self, value: float) -> str:
        if self.unit == "bytes":
            return f"{value / MEBIBYTE:,.0f} MiB"
        return f"{value:.2f} s" if value >= _SHORT else f"{value * 1000:.1f} ms"


def cold(folder: Path, rounds: int | None) -> list[Comparison]:
    """A new process for each run, on 1,000 x 10, Parquet at both ends."""
    with _commands(folder, small_table(folder)) as commands:
        plain, ours = interleaved(commands, rounds or 9)
    return [Comparison("cold, 1,000 x 10: wall", plain, ours, "seconds", GOAL_COLD)]


def big(folder: Path, rounds: int | None) -> list[Comparison]:
    """The same on 5,000,000 x 20: wall time, then peak memory of the process tree in runs of their own."""
    with _commands(folder, big_table(folder)) as commands:
        plain, ours = interleaved(commands, rounds or 3)
        plain_peak, our_peak = peaks(commands, rounds or 2)
    return [
        Comparison("5 M x 20, Parquet to Parquet: wall", plain, ours, "seconds", GOAL_BIG),
        Comparison("5 M x 20, Parquet to Parquet: peak", plain_peak, our_peak, "bytes", GOAL_MEMORY),
    ]


def step(folder: Path, rounds: int | None) -> list[Comparison]:
    """The step alone, Arrow to Arrow, beside the plain script in the same interpreter: here, and in the older ones."""
    found = [_step_in("this environment", sys.executable, GOAL_STEP, folder, rounds or 3)]
    for environment in ENVIRONMENTS:
        interpreter = python_of(environment)
        if interpreter is not None:
            goal = GOAL_STEP if environment.name.endswith("pandas-3") else GOAL_STEP_OLDER
            found.append(_step_in(environment.name, str(interpreter), goal, folder, rounds or 3))
    return found


def _step_in(name: str, interpreter: str, goal: float, folder: Path, rounds: int) -> Comparison:
    table = big_table(folder)
    script = identity_script(folder)
    with TemporaryDirectory(dir=folder) as place:
        plain = _plain(interpreter, folder, table, Path(place))
        module = [sys.executable, "-m", "bench.one_step", interpreter, str(script), str(table), place, str(rounds + 1)]
        ours = Command(module, {})
        told = subprocess.run(ours.words, env=ours.environment(), cwd=ROOT, check=True, capture_output=True, text=True)
        (plain_seconds,) = interleaved([plain], rounds)
    steps = json.loads(told.stdout)[1:]  # the first one does not count
    return Comparison(f"step alone, 5 M x 20, {name}: wall", plain_seconds, median(steps), "seconds", goal)


@contextmanager
def _commands(folder: Path, table: Path) -> Iterator[tuple[Command, Command]]:
    """The plain script and `transom run` doing the same, with a data folder of their own."""
    script = identity_script(folder)
    with TemporaryDirectory(dir=folder) as place:
        result = Path(place, "transom.parquet")
        words = [transom_command(), "run", str(script), str(table), "-1", str(result), "--quiet"]
        ours = Command(words, {"TRANSOM_DATA_FOLDER": str(Path(place, "data"))})
        yield _plain(sys.executable, folder, table, Path(place)), ours


def _plain(interpreter: str, folder: Path, table: Path, place: Path) -> Command:
    return Command([interpreter, "-c", PLAIN, str(folder), str(table), str(place / "plain.parquet")], {})


def transom_command() -> str:
    """The path of the command line, installed beside this interpreter."""
    beside = Path(sys.executable).with_name("transom")
    found = str(beside) if beside.exists() else shutil.which("transom")
    if found is None:
        raise SystemExit("transom is not installed in this environment; `make bench` installs it")
    return found
