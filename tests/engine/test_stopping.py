"""How a job is stopped: by its limits, by a person, by the end of its parent; what it had made is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from tests.engine.conftest import SCRIPTS, script
from tests.engine.running import Worker

from transom.model.runs import Limits
from transom.store.live import Live, LiveView


def test_a_time_limit_stops_gently_and_keeps_what_was_said(worker: Worker) -> None:
    done = worker.run(script("cleans_up_when_stopped"), limits=Limits(timeout=4.5))
    failure = done.outcome.failure
    assert failure is not None
    assert (done.outcome.status, failure.kind, failure.line) == ("timed_out", "timed_out", 7)
    assert "4.5 s" in failure.message
    assert done.log.startswith("began\ncleaned up\n")


def test_a_script_that_does_not_listen_is_killed_and_its_metrics_kept(worker: Worker) -> None:
    worker.stop_seconds = 0.5
    done = worker.run(script("never_ends_gently"), limits=Limits(timeout=4.5))
    assert done.outcome.failure is not None
    assert (done.outcome.status, done.outcome.failure.line) == ("timed_out", 13)
    assert (done.log, done.outcome.metrics) == ("began\n", {"begun": 1})


def test_a_memory_limit_counts_the_processes_own_memory(worker: Worker) -> None:
    done = worker.run(script("takes_too_much_memory"), limits=Limits(memory=400 * 1024**2, timeout=60))
    failure = done.outcome.failure
    assert failure is not None
    assert (done.outcome.status, failure.kind) == ("failed", "memory_exceeded")
    assert "400 MiB" in failure.message


def test_a_person_can_stop_it(host: Worker, tmp_path: Path) -> None:
    live = Live(tmp_path / "live")
    stopper = threading.Thread(target=_stop_when_it_speaks, args=(LiveView(tmp_path / "live"),))
    stopper.start()
    done = host.run(script("cleans_up_when_stopped"), live=live)
    stopper.join()
    assert (done.outcome.status, done.outcome.failure and done.outcome.failure.kind) == ("cancelled", "cancelled")


def _stop_when_it_speaks(view: LiveView) -> None:
    while "began" not in view.log.read_text():
        time.sleep(0.02)
    view.ask_to_stop()


RUNNER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.engine.running import Worker
Worker(Path({folder!r})).run(Path({script!r}).read_text())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_nothing_survives_the_end_of_the_parent(number: int, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    text = RUNNER.format(root=str(root), folder=str(tmp_path), script=str(SCRIPTS / "cleans_up_when_stopped.py"))
    runner = subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.DEVNULL)
    log = tmp_path / "run1" / "log.txt"
    while not (log.exists() and "began" in log.read_text()):
        assert runner.poll() is None
        time.sleep(0.05)
    family = psutil.Process(runner.pid).children(recursive=True)
    assert len(family) >= 2
    os.kill(runner.pid, number)
    runner.wait(20)
    gone, alive = psutil.wait_procs(family, timeout=20)
    assert not alive
    assert len(gone) == len(family)
