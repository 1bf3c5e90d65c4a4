"""What came out of a pipeline run, as a person has it: each step, the outputs, where everything lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.engine.job_folder import link_or_copy
from transom.errors import BlobMissing
from transom.flow.steps import StepEnd, StepState
from transom.model.documents import finite
from transom.model.runs import Outcome, Result, TableShape
from transom.store.blobs import Blobs
from transom.store.live import LOG
from transom.workspace.results import Table, hold, kept_file, table_file

if TYPE_CHECKING:
    import pandas
    import pyarrow


def status_of(ends: Mapping[str, StepEnd], wanted: frozenset[str]) -> str:
    """How a run ended whose wanted steps ended so."""
    states = {ends[name].state for name in wanted if name in ends}
    if StepState.STOPPED in states:
        return "cancelled"
    return "succeeded" if all(state.is_good for state in states) else "failed"


class PipelineOutput(dict[str, Any]):
    """One output of a run: `{"dataset", "rows", "columns", "path"}` as JSON has it, and the table itself."""

    def __init__(self, told: Mapping[str, Any], shape: TableShape, result: PipelineResult) -> None:
        super().__init__(told)
        self.shape = shape
        self._result = result  # as long as it is held, its folder stays

    @property
    def table(self) -> Table:
        """The table: its shape and its file."""
        return Table(self.shape, self.path)

    @property
    def dataset(self) -> str:
        """What it is registered as: `train@3`."""
        return str(self["dataset"])

    @property
    def path(self) -> Path:
        """The Arrow file, in the folder of the run."""
        return Path(self["path"])

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a pandas.DataFrame, with its row index. Raises InputUnreadable for a file that is none of it."""
        return self.table.to_pandas()

    def to_arrow(self) -> pyarrow.Table:
        """The table as a pyarrow.Table, mapped from its file. Raises InputUnreadable for a file that is none of it."""
        return self.table.to_arrow()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class PipelineResult:
    """What came out of one run of a pipeline.

    `status` is `succeeded`, `failed` or `cancelled`; `ends` has every step. `outputs` are the pipeline's own, by name:
    `{"dataset", "rows", "columns", "path"}`, with the table itself. `seconds` is how long it took; `made` are the
    tables of the outputs. `warnings` is what a person has to know of the whole.
    """

    id: str
    folder: Path
    status: str
    ends: Mapping[str, StepEnd]
    told: InitVar[Mapping[str, Mapping[str, Any]]]
    seconds: float = 0.0
    made: Mapping[str, Result] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    outputs: Mapping[str, PipelineOutput] = field(init=False)

    def __post_init__(self, told: Mapping[str, Mapping[str, Any]]) -> None:
        """Give the outputs, of which was `told`, their tables."""
        outputs = {name: PipelineOutput(each, self.made[name].shape, self) for name, each in told.items()}
        object.__setattr__(self, "outputs", outputs)
        hold(self)

    @property
    def succeeded(self) -> bool:
        """Whether every wanted step did what it should."""
        return self.status == "succeeded"

    def tables(self, step: str) -> dict[str, Table]:
        """The tables that a step handed on, by port; none unless it ended well. Raises KeyError for no step of it."""
        folder = step_folder(self.folder, step)
        return {port: Table(made.shape, table_file(folder, port)) for port, made in self.ends[step].results.items()}

    def document(self) -> dict[str, Any]:
        """What `transom pipeline run --json` prints; paths are absolute."""
        return {
            "run": self.id,
            "status": self.status,
            "steps": {name: step_document(end, step_folder(self.folder, name)) for name, end in self.ends.items()},
            "outputs": {name: dict(output) for name, output in self.outputs.items()},
            "warnings": list(self.warnings),
            "seconds": round(self.seconds, 4),
            "folder": str(self.folder),
        }


def step_folder(run: Path, name: str) -> Path:
    """Where what a step made and printed lies."""
    return run / "steps" / name


def step_document(end: StepEnd, folder: Path) -> dict[str, Any]:
    """What is told of one step."""
    outcome = end.outcome
    return {
        "status": end.state.value,
        "why": end.why,
        "seconds": round(end.seconds, 4),
        "attempts": end.attempts,
        "results": {
            port: {
                "rows": made.shape.rows,
                "columns": len(made.shape.columns),
                "path": str(table_file(folder, port)),
            }
            for port, made in end.results.items()
        },
        "files": [] if outcome is None else [str(kept_file(folder, each)) for each in outcome.files],
        "metrics": {} if outcome is None else finite(dict(outcome.metrics)),
        "warnings": [] if outcome is None else list(outcome.warnings),
        "log": str(folder / LOG) if (folder / LOG).exists() else None,
        "failure": None if outcome is None else _failure(outcome),
    }


def _failure(outcome: Outcome) -> dict[str, Any] | None:
    failure = outcome.failure
    if failure is None:
        return None
    return {
        "kind": failure.kind.value,
        "type": failure.type,
        "message": failure.message,
        "file": failure.file,
        "line": failure.line,
        "remedy": failure.remedy,
    }


def lay_out(end: StepEnd, folder: Path, blobs: Blobs) -> None:
    """Put what a step made into its folder, under the names that people look for. Raises BlobMissing."""
    if end.outcome is None or not end.state.is_good:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for port, made in end.outcome.results.items():
        _link(blobs.path(made.digest), table_file(folder, port))
    for each in end.outcome.files:
        _link(blobs.path(each.digest), kept_file(folder, each))
    if end.earlier is not None and end.earlier.log is not None:
        try:
            _link(blobs.path(end.earlier.log), folder / LOG)
        except BlobMissing:  # the log of an old run may be gone; what it made is not
            return


def _link(source: Path, target: Path) -> None:
    if not target.exists():
        link_or_copy(source, target)
