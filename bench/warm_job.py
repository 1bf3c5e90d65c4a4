"""Executes warm jobs, Arrow to Arrow, as the engine does, and says in JSON how long they took.

    python -m bench.warm_job jobs INTERPRETER SCRIPT TABLE FOLDER COUNT
    python -m bench.warm_job chain INTERPRETER SCRIPT TABLE FOLDER COUNT
    python -m bench.warm_job session SCRIPT TABLE COUNT
    python -m bench.warm_job policies INTERPRETER SCRIPT TABLE FOLDER COUNT

`jobs`: COUNT jobs on the table, each when a spare waits ({"seconds": [...]}: from the moment that it is asked for until
its results are kept under their digests), then as many without a pause ({"together"}), and the memory of the warm
process before and after ({"memory"}, bytes). `chain`: COUNT jobs of which each gets the result of the one before
({"steps"}: from the table as an Arrow file to the last result; {"whole"}: from and to Parquet). `session`: the whole
product on a frame, `Session.run` ({"seconds"}). `policies`: COUNT jobs under each policy, in turn, each when its spare
waits ({policy: [seconds]}). All but the last are under the policy `guarded`, which is the default.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from pathlib import Path

import pandas as pd

import transom
from transom.engine.bundles import BundleLimits
from transom.engine.confinement import Grounds, Premises
from transom.engine.packages import Packages
from transom.engine.step import Allowance, run_job
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin
from transom.model.policies import Confinement, Policy
from transom.model.runs import Job, Status, UsedEnvironment
from transom.settings import Settings
from transom.store.blobs import FolderBlobs
from transom.store.live import Live
from transom.tables import formats

_PAUSE = 0.0005
#: What is left of the job before ends meanwhile.
_MOMENT = 0.01


class Bench:
    """A place to execute jobs of one script in, warm."""

    def __init__(self, interpreter: str, script: Path, folder: Path, policy: Policy = Policy.GUARDED) -> None:
        settings = Settings()
        premises = Premises(folder, (folder / "packages",))
        (folder / "packages").mkdir(parents=True, exist_ok=True)
        grounds = Grounds(Confinement(policy, policy.network, named=True), premises=premises)
        self.folder = folder
        self.blobs = FolderBlobs(folder / "blobs")
        self.spares = Spares(Origin(interpreter), folder / "warm", grounds)
        self._allowance = Allowance(
            BundleLimits(settings.bundle_bytes, settings.bundle_files),
            settings.left_bytes,
            settings.stop_seconds,
            Packages(folder / "packages"),
        )
        self._environment = UsedEnvironment("bench", "", "0" * 64, interpreter)
        self._script = (self.blobs.put_bytes(script.read_bytes()), str(script))
        self._numbers = itertools.count()

    def read(self, table: Path) -> str:
        """Make a table an Arrow file among the blobs."""
        with self.blobs.writer(".arrow") as writing:
            formats.read(table, writing.path)
        return writing.digest

    def job(self, digest: str) -> str:
        """Execute one job on a table; the digest of its result."""
        place = self.folder / f"run{next(self._numbers)}"
        live = Live(place)
        process, why_cold = self.spares.take(place / "job")
        try:
            script, shown = self._script
            job = Job("bench", script, shown, self._environment, datasets={"dataset1": digest})
            outcome = run_job(job, self.blobs, live, process, self._allowance).outcome
        finally:
            process.discard()
        live.finish()
        if outcome.status is not Status.SUCCEEDED or why_cold is not None:
            raise SystemExit(f"a warm job failed: {outcome.failure} {why_cold}")
        return outcome.results["result_dataset"].digest

    def wait_for_a_spare(self) -> None:
        """Wait as a person does who takes a moment between two runs."""
        while not self.spares.one_waits:
            time.sleep(_PAUSE)


def jobs(interpreter: str, script: str, table: str, folder: str, count: str) -> dict[str, object]:
    """See the top."""
    bench = Bench(interpreter, Path(script), Path(folder))
    digest = bench.read(Path(table))
    bench.job(digest)
    os.sync()
    before = bench.spares.memory()
    seconds = []
    for _ in range(int(count)):
        bench.wait_for_a_spare()
        began = time.perf_counter()
        bench.job(digest)
        seconds.append(time.perf_counter() - began)
    began = time.perf_counter()
    for _ in range(int(count)):
        bench.job(digest)
    together = time.perf_counter() - began
    told = {"seconds": seconds, "together": together, "memory": [before, bench.spares.memory()]}
    bench.spares.close()
    return told


def chain(interpreter: str, script: str, table: str, folder: str, count: str) -> dict[str, object]:
    """See the top."""
    bench = Bench(interpreter, Path(script), Path(folder))
    bench.wait_for_a_spare()
    os.sync()
    began = time.perf_counter()
    digest = bench.read(Path(table))
    read = time.perf_counter()
    for _ in range(int(count)):
        digest = bench.job(digest)
    steps = time.perf_counter()
    formats.write(bench.blobs.path(digest), Path(folder, "chain.parquet"))
    whole = time.perf_counter()
    bench.spares.close()
    return {"steps": steps - read, "whole": whole - began}


def session(script: str, table: str, count: str) -> dict[str, object]:
    """See the top."""
    frame = pd.read_parquet(table)
    seconds = []
    with transom.Session() as runs:
        runs.run(script, frame).check()
        for _ in range(int(count)):
            time.sleep(0.05)
            began = time.perf_counter()
            runs.run(script, frame).check()
            seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


def policies(interpreter: str, script: str, table: str, folder: str, count: str) -> dict[str, object]:
    """See the top."""
    benches = {policy: Bench(interpreter, Path(script), Path(folder, policy), policy) for policy in Policy}
    digests = {policy: bench.read(Path(table)) for policy, bench in benches.items()}
    seconds: dict[str, list[float]] = {policy: [] for policy in Policy}
    os.sync()
    for _ in range(int(count) + 1):
        for policy, bench in benches.items():
            for each in benches.values():
                each.wait_for_a_spare()
            time.sleep(_MOMENT)
            began = time.perf_counter()
            bench.job(digests[policy])
            seconds[policy].append(time.perf_counter() - began)
    for bench in benches.values():
        bench.spares.close()
    return {policy: taken[1:] for policy, taken in seconds.items()}


if __name__ == "__main__":
    done = {"jobs": jobs, "chain": chain, "session": session, "policies": policies}[sys.argv[1]]
    print(json.dumps(done(*sys.argv[2:])))
