"""How one job runs in the script's process: read what to do, call the script, publish how it ended, leave."""

import atexit
import gc
import io
import json
import os
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
        self.stage = "begin"

    def warn(self, text):
        """Say in the outcome what was changed, dropped or hidden."""
        if text not in self.warnings:
            self.warnings.append(text)


def run(folder, started, missing):
    """Run the job of `folder`; does not return. `started` are the seconds until now."""
    this = Run(folder)
    this.seconds["start"] = started
    outcome = _outcome(this, missing)
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
    except Exception as wrong:  # the script may have changed anything that is needed to go on
        return {"status": "failed", "failure": _broken(this, wrong)}
    finally:
        figures.keep_open_ones(os.path.join(this.outputs, "files"), this.warn)
    return {"status": "succeeded", "results": results}


def _broken(this, wrong):
    """The failure where something other than the script's own code went wrong."""
    what, kind = {
        "read": ("An input could not be made a DataFrame", "input_invalid"),
        "write": ("A result could not be written", "result_invalid"),
    }.get(this.stage, ("The script could not be called", "environment_failed"))
    message = "%s: %s: %s" % (what, type(wrong).__name__, telling.message_of(wrong))
    return {"kind": kind, "type": type(wrong).__name__, "message": message}


def _executed(this):
    """Load, call and write; the shapes of the two results by port."""
    os.chdir(this.work)
    os.environ["TRANSOM_JOB"] = this.folder
    loading.prepare(this)
    if this.job.get("terminal") is not None:
        from . import debugging

        this.post_mortem = debugging.attach(this.job["terminal"], this.job["shown"], this.job["shown_path"])
    figures.prepare(this.work)
    this.stage = "read"
    began = time.monotonic()
    inputs = entry.read_inputs(this)
    read = time.monotonic()
    this.seconds["read"] = read - began
    this.stage = "script"
    try:
        results = entry.call(this, inputs)
        _leave_if_copy(this, 0)
    except entry.Stopped as stopped:
        _leave_if_copy(this, stopped.told["failure"].get("exit_code", 1))
        raise
    finally:
        this.seconds["script"] = time.monotonic() - read
    del inputs
    this.stage = "write"
    began = time.monotonic()
    try:
        return entry.write_results(this, results)
    finally:
        this.seconds["write"] = time.monotonic() - began


def _leave_if_copy(this, code):
    """Where the script forked and this copy came back from it, the job is the other's."""
    if os.getpid() != this.process:
        os._exit(code if isinstance(code, int) else 1)


def _last_words():
    """Run what was registered for the end, in a thread that may be left behind, and flush the open files."""
    thread = threading.Thread(target=atexit._run_exitfuncs, daemon=True)
    thread.start()
    thread.join(SECONDS_FOR_LAST_WORDS)
    for thing in gc.get_objects():
        # Asked by its type: an object of the script may answer isinstance() with code of its own.
        if issubclass(type(thing), (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)):
            try:
                thing.flush()
            except Exception:  # closed, detached, its reader gone, or flush() is the script's own
                continue


def _publish(this, outcome):
    """Put the results and then the outcome where they are looked for, each whole or not at all."""
    for port in outcome.get("results", {}):
        os.rename(entry.aside(this, port), os.path.join(this.outputs, port + ".arrow"))
    place = os.path.join(this.folder, "outcome.json")
    with open(place + ".part", "w", encoding="utf-8", errors="backslashreplace") as stream:
        json.dump(outcome, stream)
    os.rename(place + ".part", place)
