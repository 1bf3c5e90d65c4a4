"""Executes one step, Arrow to Arrow, as the engine does, and says how long that took: no Parquet is read or written.

    python -m bench.one_step INTERPRETER SCRIPT TABLE FOLDER ROUNDS

TABLE becomes the step's input before the clock starts. The time runs from the start of the interpreter until the
result is kept under its digest.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from transom.engine.bundles import BundleLimits
from transom.engine.confinement import Grounds
from transom.engine.job_folder import JobFolder
from transom.engine.packages import Packages
from transom.engine.process import start
from transom.engine.step import Allowance, run_job
from transom.model.policies import Confinement, Policy
from transom.model.runs import Job, Status, UsedEnvironment
from transom.settings import Settings
from transom.store.blobs import FolderBlobs
from transom.store.live import Live
from transom.tables import formats


def step_alone(job: Job, blobs: FolderBlobs, folder: Path) -> float:
    """The wall time of one step in a new process, in seconds."""
    settings = Settings()
    limits = BundleLimits(settings.bundle_bytes, settings.bundle_files)
    live = Live(folder)
    job_folder = JobFolder(folder / "job")
    job_folder.prepare()
    os.sync()  # what earlier rounds wrote must not slow this one down
    began = time.perf_counter()
    process = start(job.environment.interpreter, job_folder.path, Grounds(Confinement(Policy.GUARDED)))
    try:
        allowance = Allowance(limits, settings.left_bytes, settings.stop_seconds, Packages(folder.parent / "packages"))
        outcome = run_job(job, blobs, live, process, allowance).outcome
        took = time.perf_counter() - began
    finally:
        process.discard()
    live.finish()
    if outcome.status is not Status.SUCCEEDED:
        raise SystemExit(f"the step failed: {outcome.failure}")
    return took


def main() -> None:
    interpreter, script, table, folder, rounds = sys.argv[1:]
    blobs = FolderBlobs(Path(folder, "blobs"))
    with blobs.writer(".arrow") as writing:
        formats.read(Path(table), writing.path)
    source = blobs.put_bytes(Path(script).read_bytes())
    environment = UsedEnvironment("bench", "", "0" * 64, interpreter)
    job = Job("bench", source, script, environment, datasets={"dataset1": writing.digest})
    print(json.dumps([step_alone(job, blobs, Path(folder, f"step{number}")) for number in range(int(rounds))]))


if __name__ == "__main__":
    main()
