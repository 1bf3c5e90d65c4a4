"""An outcome tells how much memory its job had, of short jobs and of several processes too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.engine.running import Worker, warm

from transom.model.runs import Limits, Status

MIB = 1024**2


@pytest.fixture(params=["cold", "warm"])
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Worker:
    return Worker(tmp_path, spares=warm(sys.executable) if request.param == "warm" else None)


def peak(worker: Worker, body: str, limits: Limits = Limits()) -> int:  # noqa: B008 (frozen)
    """What the outcome of a script with this body tells, in MiB."""
    done = worker.run(
        "import os, subprocess, sys, time\ndef azureml_main(first=None, second=None):\n"
        + "".join(f"    {line}\n" for line in body.splitlines()),
        limits=limits,
    )
    assert done.outcome.peak_memory is not None
    if limits == Limits():
        assert done.outcome.status is Status.SUCCEEDED, done.log
    return done.outcome.peak_memory // MIB


def test_a_job_that_is_over_before_anybody_looks_tells_its_peak(worker: Worker) -> None:
    little = peak(worker, "pass")
    assert 20 < little < 400
    assert little + 280 < peak(worker, "held = b'x' * (300 << 20)") < little + 400


def test_what_a_process_that_was_started_had_counts(worker: Worker) -> None:
    hog = "held = b'x' * (300 << 20)"
    assert peak(worker, f"subprocess.check_call([sys.executable, '-c', {hog!r}])") > 290


def test_several_processes_count_together_and_what_they_share_once(worker: Worker) -> None:
    alone = peak(worker, "held = b'x' * (200 << 20)\ntime.sleep(0.5)")
    body = """
held = b'x' * (200 << 20)
if not os.fork():
    time.sleep(1.0)
    os._exit(0)
time.sleep(1.0)
"""
    shared = peak(worker, body.strip())
    assert shared < alone + 100
    own = "held = b'x' * (150 << 20); import time; time.sleep(1)"
    both = f"all = [subprocess.Popen([sys.executable, '-c', {own!r}]) for _ in range(2)]\n[each.wait() for each in all]"
    assert peak(worker, both) > 300


def test_a_job_that_was_killed_tells_what_was_seen(worker: Worker) -> None:
    body = "held = b'x' * (200 << 20)\ntime.sleep(0.5)\nos.kill(os.getpid(), 9)"
    assert peak(worker, body, Limits(timeout=30)) > 190
    body = "held = []\nwhile True:\n    held.append(b'x' * (10 << 20))\n    time.sleep(0.01)"
    assert peak(worker, body, Limits(memory=400 * MIB)) >= 400
