"""How the run of a pipeline lies in its bundle: each step with what it was given then, in a pipeline of its own.

The file holds `run.json` (how each step ended, in which environment, the digests of what it made), `pipeline.yml`, and
what that names: `inputs/` (tables as they were read, zip files), `scripts/`, `components/`; then `environments/`,
`logs/`, `log.txt` and `outcome.json`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import ContentRemoved, TransomError, WrongUse
from transom.flow.file_written import written
from transom.workspace.reproducing_components import ComponentWriting
from transom.workspace.reproducing_document import Enclosed, PipelineDocument
from transom.workspace.reproducing_files import (
    LOG,
    OUTCOME,
    RUN,
    VERSION,
    as_json,
    lock_text,
    masked_text,
    write_table,
    write_zip,
)
from transom.workspace.reproducing_steps import (
    content,
    ended_as,
    native_component,
    outcome,
    python_of,
    why_not_again,
)

if TYPE_CHECKING:
    from zipfile import ZipFile

    from transom.flow.reuse import UsedPlace
    from transom.model.pipelines import Pipeline
    from transom.model.records import RunRecord
    from transom.model.step_records import StepRecord
    from transom.workspace.runs import Runs

FORMAT = "transom pipeline run"
PIPELINE_FILE = "pipeline.yml"
_LOCKS = "environments"


class PipelineWriting:
    """The parts of one bundle as they are written; with `only` it has that step alone."""

    def __init__(self, runs: Runs, record: RunRecord, sample: int | None, only: str | None = None) -> None:
        self.runs = runs
        self.record = record
        self.sample = sample
        self.only = only
        self.warnings: list[str] = []
        self._cut = False
        self._left_out: dict[str, str] = {}
        self._locks: dict[str, str] = {}

    def write(self, archive: ZipFile) -> None:
        """Write all parts. Raises ContentRemoved, and WrongUse where nothing can be made again."""
        runs, record = self.runs, self.record
        steps = list(self._steps())
        if not any(native_component(each.component) is None or why_not_again(each) is None for each in steps):
            raise WrongUse(
                problem=f"Of the run {record.id} no step was executed that can be made again.",
                advice="Run the pipeline again, with data that can be read.",
            )
        text = runs.content(record, record.begun.script, "its pipeline").decode("utf-8", "surrogateescape")
        with tempfile.TemporaryDirectory(prefix="transom-") as place:
            folder = Path(place)
            components = ComponentWriting(runs, record, folder)
            document = PipelineDocument(text, record, components)
            pipeline = document.pipeline(steps, folder)
            archive.writestr(PIPELINE_FILE, written(pipeline).encode("utf-8", "backslashreplace"))
            for path in sorted(each for each in folder.rglob("*") if each.is_file()):
                archive.write(path, str(path.relative_to(folder)))
        self.warnings += document.warnings
        for name, each in document.enclosed.items():
            self._enclose(archive, name, each)
        self._write_rest(archive, steps, pipeline)

    def _write_rest(self, archive: ZipFile, steps: list[StepRecord], pipeline: Pipeline) -> None:
        told = {each.name: self._step(archive, each) for each in steps}
        with suppress(ContentRemoved):
            if self.only is None:
                _write_log(archive, LOG, self.runs.log(self.record))
        if self.record.ended is not None and self.only is None:
            archive.writestr(OUTCOME, as_json(self.record.ended.document))
        whole: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "run": self.record.id,
            "created": self.record.begun.created.isoformat(),
            "status": self.record.status,
            "policy": self.record.begun.request.get("policy"),
            "whole": not self._cut,
            "steps": told,
            "left_out": self._left_out,
            "outputs": {name: str(each) for name, each in pipeline.outputs.items()},
        }
        if self.only is not None:
            whole["step"] = self.only
        archive.writestr(RUN, as_json(whole))

    def _steps(self) -> Iterator[StepRecord]:
        """The steps that are in it; what is told of those that are not."""
        for step in self.runs.workspace.steps.of_run(self.record.id):
            if self.only is not None and step.name != self.only:
                continue
            why = why_not_again(step)
            native = native_component(step.component)
            if why is not None and native is not None and native.sources and _has_table(step):
                yield step  # what it read then is read again
            elif why is None:
                yield step
            else:
                self._left_out[step.name] = why
                self.warnings.append(f"{step.name} is not in the bundle: it {why}.")

    def _enclose(self, archive: ZipFile, name: str, each: Enclosed) -> None:
        path = self.runs.path(self.record, each.digest, each.what)
        if not each.is_table:
            write_zip(archive, name, path)
            return
        write_table(archive, name, path, self.sample)
        if self.sample is not None and self._rows(path) > self.sample:
            self._cut = True
            self.warnings.append(f"Of {each.what} the first rows only are in the bundle.")

    @staticmethod
    def _rows(path: Path) -> int:
        from transom.tables.step_file import shape

        return shape(path).rows

    def _step(self, archive: ZipFile, step: StepRecord) -> dict[str, Any]:
        made, of = outcome(step), content(step)
        told: dict[str, Any] = {
            "component": step.component if native_component(step.component) else "own",
            "status": ended_as(step),
            "failure": None if made is None or made.failure is None else made.failure.kind.value,
            "results": {} if made is None else {port: each.digest for port, each in made.results.items()},
        }
        if of is not None and of.environment is not None:
            told["environment"] = self._environment(archive, of.environment, python_of(step))
        if step.log is not None:
            with suppress(ContentRemoved):
                log = self.runs.content(self.record, step.log, f"the log of {step.name}")
                _write_log(archive, f"logs/{step.name}.txt", log.decode("utf-8", "replace"))
        return told

    def _environment(self, archive: ZipFile, used: UsedPlace, python: str) -> dict[str, Any]:
        told = {"name": used.name, "digest": used.digest, "python": python}
        if not used.lock:
            return told
        if used.digest not in self._locks:
            lock = self.runs.content(self.record, used.lock, "the lock of its environment").decode("utf-8", "replace")
            self._locks[used.digest] = f"{_LOCKS}/{len(self._locks) + 1}.lock"
            archive.writestr(self._locks[used.digest], lock_text(lock, used.name, python or self._python(used)))
        return told | {"lock": self._locks[used.digest]}

    def _python(self, used: UsedPlace) -> str:
        """The version of a Python in which this step did not start: another one, or this machine, may know it."""
        from transom.engine.environments import Environments

        with suppress(TransomError):
            found = Environments(self.runs.workspace.settings).peek(used.name)
            return found.python if found.digest == used.digest else ""
        return ""


def _has_table(step: StepRecord) -> bool:
    made = outcome(step)
    return made is not None and bool(made.results) and content(step) is not None


def _write_log(archive: ZipFile, name: str, text: str) -> None:
    if text:
        archive.writestr(name, masked_text(text).encode("utf-8", "backslashreplace"))
