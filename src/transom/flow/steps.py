"""What the scheduler asks of the steps of a run, and what it tells of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from transom.flow.backends import AnyJob
from transom.flow.reuse import StepContent
from transom.model.pipelines import Retry
from transom.model.runs import Outcome, Result
from transom.model.step_records import GOOD

if TYPE_CHECKING:
    from transom.engine.step import Executed


class StepState(StrEnum):
    """Where a step of a pipeline run is."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    REUSED = "reused"
    FAILED = "failed"
    SKIPPED = "skipped"
    STOPPED = "stopped"

    @property
    def is_good(self) -> bool:
        """Whether the step has an outcome that others are given, and that can be taken again."""
        return self in GOOD


def job_id(run: str, step: str) -> str:
    """What the job of a step is called."""
    return f"{run}.{step}"


def step_of(job: str) -> str:
    """The step that a job is of."""
    return job.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Made:
    """The job of a step; or its outcome, where it is known not to run at all."""

    job: AnyJob | None = None
    refused: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step that could be executed now: what its outcome depends on, and how its job is made if it is to be executed.

    `key` is what an outcome is found by again; without `reuse` no earlier one is taken, `why` says the reason. `peak`
    is the most memory that the step had the last time, in bytes. With `refused` it is known not to run at all. `make`
    raises what `Steps.prepared` does.
    """

    content: StepContent
    key: str
    make: Callable[[], Made]
    reuse: bool = True
    why: str = ""
    peak: int | None = None
    retry: Retry = Retry()  # noqa: RUF009 (frozen)
    refused: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An outcome that an earlier run recorded for a key: of which step of which run."""

    run: str
    step: str
    outcome: Outcome
    log: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """There is such an outcome, but it cannot be taken again: why, in words."""

    why: str


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended. `why` says the reason of a reused, skipped or executed step; `seconds` is how long it took."""

    name: str
    state: StepState
    why: str = ""
    outcome: Outcome | None = None
    key: str | None = None
    content: StepContent | None = None
    earlier: Earlier | None = None
    attempts: int = 0
    seconds: float = 0.0

    @property
    def results(self) -> Mapping[str, Result]:
        """The tables that it hands on, by port; none unless it ended well."""
        return self.outcome.results if self.outcome is not None and self.state.is_good else {}


class Steps(Protocol):
    """What the scheduler asks the workspace about steps."""

    def prepared(self, name: str, results: Mapping[tuple[str, str], Result]) -> Prepared:
        """The step as it can be executed, what is above it having ended with these results, by (step, port).

        Raises TransomError for what cannot be handed to it, and for an environment that cannot be had.
        """

    def earlier(self, keys: Sequence[str]) -> Mapping[str, Earlier | Gone]:
        """Outcomes that were recorded for keys, and whether all that they made is still as it was."""

    def finished(self, job: AnyJob, executed: Executed) -> Outcome:
        """The outcome of a job that was executed, with what a person should know of it."""

    def log(self, name: str) -> str | None:
        """The digest of what a step of this run printed, which is kept by that."""

    def failed(self, wrong: Exception) -> Outcome:
        """The outcome of a step that could not be executed, for this reason. Raises what is no reason."""


class Recorder(Protocol):
    """Records the steps of one run; each call is one transaction."""

    def record(self, begun: Sequence[tuple[str, Prepared]], ended: Sequence[StepEnd]) -> None:
        """Steps that begin to be executed, and steps that have ended."""


@dataclass(frozen=True, slots=True)
class Watching:
    """Who wants to know: `on_begin(name, attempt)`, `on_end(end)`, and whether the run was asked to stop."""

    on_begin: Callable[[str, int], None] = lambda _, __: None
    on_end: Callable[[StepEnd], None] = lambda _: None
    stop_asked: Callable[[], bool] = lambda: False
