"""Runs one job as a worker does: the engine alone, in any interpreter, cold or warm, in a folder of the test."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from transom.engine.bundles import BundleLimits
from transom.engine.confinement import Grounds
from transom.engine.exchange import WorkspaceAnswer
from transom.engine.job_folder import JobFolder
from transom.engine.packages import Packages
from transom.engine.process import Process, start
from transom.engine.step import Allowance, Executed, run_job
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin
from transom.model.policies import Confinement, Network, Policy
from transom.model.runs import Job, Limits, Outcome, UsedEnvironment
from transom.store.blobs import FolderBlobs
from transom.store.live import Live

OPEN = Grounds()
GUARDED = Grounds(Confinement(Policy.GUARDED))
CONFINED = Grounds(Confinement(Policy.CONFINED, Network.PACKAGES))
#: What a script has unless a test says otherwise; `make test` runs the tests that execute scripts under both.
USUAL = CONFINED if os.environ.get("TRANSOM_POLICY") == "confined" else GUARDED


@dataclass
class Worker:
    """A place to run jobs in; `interpreter` executes the scripts, `spares` gives its processes if they are warm.

    `given` is the folder in which jobs are given contents, one that their grounds share.
    """

    folder: Path
    interpreter: str = sys.executable
    stop_seconds: float = 5.0
    left_bytes: int = 100 * 1000**2
    count: int = field(default=0)
    spares: Spares | None = None
    may_be_cold: bool = False
    grounds: Grounds = USUAL
    given: Path | None = None

    @property
    def blobs(self) -> FolderBlobs:
        return FolderBlobs(self.folder / "blobs")

    def run(
        self,
        script: str | bytes,
        datasets: Mapping[str, Path] | None = None,
        bundle: Mapping[str, str] | None = None,
        *,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        live: Live | None = None,
        entry_point: str = "azureml_main",
        answers: Mapping[str, WorkspaceAnswer] | None = None,
        own: Mapping[str, Any] | None = None,
    ) -> Done:
        """Run a script on step files and a bundle of texts by name; what it printed and how it ended.

        `answers` are what its workspace answers, `own` are the fields of Job that a person's own component sets.
        """
        self.count += 1
        place = self.folder / f"run{self.count}"
        live = live or Live(place)
        process = self._process(place / "job")
        try:
            job = Job(
                id=place.name,
                script=self.blobs.put_bytes(script if isinstance(script, bytes) else script.encode()),
                script_shown="script.py",
                environment=UsedEnvironment("tests", "3", "0" * 64, self.interpreter),
                datasets={port: self.blobs.put_bytes(path.read_bytes()) for port, path in (datasets or {}).items()},
                bundle=None if bundle is None else self.blobs.put_bytes(zip_of(bundle, place / "bundle.zip")),
                bundle_shown=None if bundle is None else "bundle",
                limits=limits,
                entry_point=entry_point,
                **(own or {}),
            )
            allowance = Allowance(
                BundleLimits(), self.left_bytes, self.stop_seconds, Packages(self.folder / "packages"), self.given
            )
            executed = run_job(job, self.blobs, live, process, allowance, answers)
        finally:
            process.discard()
        live.finish()
        return Done(executed, live.log.read_text("utf-8"), self.blobs, place, process.folder)

    def _process(self, path: Path) -> Process:
        if self.spares is not None:
            process, why_cold = self.spares.take(path, self.grounds)
            assert self.may_be_cold or why_cold is None, why_cold
            return process
        JobFolder(path).prepare()
        return start(self.interpreter, path, self.grounds)


@cache
def warm(interpreter: str) -> Spares:
    """Warm processes of an interpreter, shared by all tests of this process."""
    place = TemporaryDirectory(prefix="transom-tests-")
    spares = Spares(Origin(interpreter), Path(place.name), USUAL)
    atexit.register(lambda: (spares.close(), place.cleanup()))
    return spares


@dataclass
class Done:
    """A job that has ended."""

    executed: Executed
    log: str
    blobs: FolderBlobs
    folder: Path
    job: Path

    @property
    def outcome(self) -> Outcome:
        return self.executed.outcome

    def result(self, number: int = 1) -> Path:
        """The step file of a result."""
        port = "result_dataset" if number == 1 else "result_dataset2"
        return self.blobs.path(self.outcome.results[port].digest)

    def file(self, name: str) -> bytes:
        """The content of a kept file."""
        found = next(each for each in self.outcome.files if each.name == name)
        return self.blobs.bytes(found.digest)

    @property
    def file_names(self) -> list[str]:
        return sorted(each.name for each in self.outcome.files)


def zip_of(texts: Mapping[str, str], path: Path) -> bytes:
    """The bytes of a zip file with these texts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return path.read_bytes()
