"""How one job runs in the script's process: read what to do, call the script, publish how it ended, leave."""

import atexit
import gc
import io
import json
import os
import sys
import threading
import time

from . import entry, figures, loading, telling

#: How long the functions that a script registered for its end may take, in seconds.
SECONDS_FOR_LAST_WORDS = 5


class Run:
    """What is known of the one job of this process while it runs."""

    def __init__(self, folder):
        with open(os.path.join(folder, "job.json"), encoding="utf-8") as stream:
            self.job = json.load(stream)
        self.folder = folder
        self.work = os.path.join(folder, "work")
        self.outputs = os.path.join(folder, "outputs")
        self.warnings = []
        self.seconds = {}
        self.process = os.getpid()
        self.post_mortem = None

    def warn(self, text):
        """Say in the outcome what was changed, dropped or hidden."""
        if text not in self.warnings:
            self.warnings.append(text)


def run(folder, started, missing):
    """Run the job of `folder`; does not return. `started` are the seconds until now."""
    this = Run(folder)
    this.seconds["start"] = started
    outcome = _outcome(this, missing)
    if os.getpid() != this.process:  # the script forked, and this copy came back from it: the job is the other's
        os._exit(0)
    _last_words()
    outcome["warnings"] = this.warnings
    outcome["seconds"] = this.seconds
    _publish(this, outcome)
    os._exit(0)


def _outcome(this, missing):
    if missing:
        return {"status": "failed", "failure": {"kind": "environment_failed", "message": missing}}
    try:
        results = _executed(this)
    except entry.Stopped as stopped:
        return dict(stopped.told, status="failed")
    except KeyboardInterrupt as interrupt:
        return dict(telling.tell(interrupt, this), status="stopped")
    except MemoryError as wrong:
        return dict(telling.tell(wrong, this), status="failed")
    finally:
        _keep_figures(this)
    return {"status": "succeeded", "results": results}


def _executed(this):
    """Load, call and write; the shapes of the two results by port."""
    os.chdir(this.work)
    os.environ["TRANSOM_JOB"] = this.folder
    loading.prepare(this)
    if this.job.get("terminal") is not None:
        from . import debugging

        this.post_mortem = debugging.attach(this.job["terminal"])
    figures.prepare()
    began = time.monotonic()
    inputs = entry.read_inputs(this)
    read = time.monotonic()
    this.seconds["read"] = read - began
    try:
        results = entry.call(this, inputs)
    finally:
        this.seconds["script"] = time.monotonic() - read
    del inputs
    began = time.monotonic()
    try:
        return entry.write_results(this, results)
    finally:
        this.seconds["write"] = time.monotonic() - began


def _keep_figures(this):
    try:
        figures.keep_open_ones(os.path.join(this.outputs, "files"))
    except Exception as wrong:  # a figure that cannot be drawn is no reason to lose the results
        this.warn("An open figure could not be drawn: %s." % wrong)


def _last_words():
    """Run what was registered for the end, in a thread that may be left behind, and flush the open files."""
    thread = threading.Thread(target=atexit._run_exitfuncs, daemon=True)
    thread.start()
    thread.join(SECONDS_FOR_LAST_WORDS)
    for stream in gc.get_objects():
        if isinstance(stream, (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)):
            try:
                stream.flush()
            except (ValueError, OSError):  # closed, detached, or its reader is gone
                continue
    sys.stdout.flush()


def _publish(this, outcome):
    """Put the results and then the outcome where they are looked for, each whole or not at all."""
    for port in outcome.get("results", {}):
        os.rename(entry.aside(this, port), os.path.join(this.outputs, port + ".arrow"))
    place = os.path.join(this.folder, "outcome.json")
    with open(place + ".part", "w", encoding="utf-8", errors="backslashreplace") as stream:
        json.dump(outcome, stream)
    os.rename(place + ".part", place)
