"""How one job runs in the script's process: read what to do, call the script, publish how it ended, leave."""

import _thread
import atexit
import fcntl
import gc
import io
import json
import os
import shutil
import time

from . import entry, figures, installed, loading, receiving, refusals, supervise, telling

#: How long the functions that a script registered for its end may take, in seconds.
SECONDS_FOR_LAST_WORDS = 5
#: How it ended can be told also where the script has left no descriptor free.
_DESCRIPTORS_FOR_THE_END = 4


class Run:
    """What is known of the one job of this process while it runs."""

    def __init__(self, order, allowed=None):
        self.folder = order.folder
        self.allowed = allowed
        self.job = order.job
        self.inputs = order.inputs
        self.work = os.path.join(self.folder, "work")
        self.outputs = os.path.join(self.folder, "outputs")
        self.warnings = []
        self.roles = {}  # of columns, by name, as the tables that were given say; the first one is right
        self.seconds = {}
        self.process = os.getpid()
        self.post_mortem = None
        self.stage = "begin"
        self.open_before = _open_descriptors()

    def warn(self, text):
        """Say in the outcome what was changed, dropped or hidden."""
        if text not in self.warnings:
            self.warnings.append(text)


def run(order, leaving, begun):
    """Run the job that was handed over; does not return. `begun` is a `begin.Begun`.

    `leaving` is the descriptor on which the supervisor hears that this process ends now.
    """
    this = Run(order, begun.allowed)
    this.seconds["start"] = begun.seconds
    pipe = _what_it_is(leaving)
    reserve = [os.open(os.devnull, os.O_RDONLY) for _ in range(_DESCRIPTORS_FOR_THE_END)]
    outcome = _outcome(this, begun.missing)
    if os.getpid() != this.process:  # a copy that the script made and that was interrupted: the job is the other's
        os._exit(1)
    for descriptor in reserve:
        _close(descriptor)
    _last_words(this.open_before, atexit._run_exitfuncs)
    for note in installed.notes(this.folder):
        this.warn(note)
    outcome["warnings"] = this.warnings
    outcome["seconds"] = this.seconds
    _publish(this, outcome)
    _say_farewell(leaving, pipe)
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


def rehearse(folder):
    """Do once what a job does, with a tiny table and script; nothing of it is left. For forks of a warm process.

    What is needed is loaded then, and the pages of memory that it touches are this process's own.
    """
    script = b"def azureml_main(first=None, second=None):\n    return first,\n"
    rehearsed = {
        "module": "rehearsed",
        "shown": "rehearsed.py",
        "shown_path": "rehearsed.py",
        "inputs": list(entry.IN_PORTS),
        "bundle_shown": None,
    }
    rehearsal = os.path.join(folder, "rehearsal")
    for name in ("inputs", "outputs", "script"):
        os.makedirs(os.path.join(rehearsal, name))
    with open(os.path.join(rehearsal, "script", "rehearsed.py"), "wb") as stream:
        stream.write(script)
    try:
        this = Run(receiving.rehearse(rehearsal, rehearsed))
        entry.write_rehearsed_inputs(this)
        results = entry.call(this, entry.read_inputs(this))
        outcome = {"status": "succeeded", "results": entry.write_results(this, results), "seconds": this.seconds}
        _last_words(this.open_before, lambda: None)
        _publish(this, outcome)
    finally:
        loading.forget_script(this)
        shutil.rmtree(rehearsal)


def _executed(this):
    """Load, call and write; the shapes of the two results by port."""
    os.chdir(this.work)
    os.environ["TRANSOM_JOB"] = this.folder
    loading.prepare(this)
    installed.prepare(this.folder)
    if this.job.get("terminal") is not None:
        from . import debugging

        this.post_mortem = debugging.attach(this.job["terminal"], this.job["shown"], this.job["shown_path"])
    if this.job.get("debug_port") is not None:
        from . import debugging

        debugging.wait_for_debugger(
            this.job["debug_port"], this.job.get("bundle_folder"), os.path.join(this.work, "Script Bundle")
        )
    figures.prepare(this.work)
    this.stage = "read"
    began = time.monotonic()
    inputs = entry.read_inputs(this)
    read = time.monotonic()
    this.seconds["read"] = read - began
    this.stage = "script"
    if this.allowed is not None:
        notes = os.path.join(this.folder, "refusals.jsonl")
        refusals.watch(this.allowed, lambda filename: telling.shown_path(filename, this), notes)
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


def _last_words(open_before, registered):
    """Call what was registered for the end, in a thread that may be left behind, and flush the open files.

    To look for these among all objects takes long after a fork: only where something is open for writing that was not
    before.
    """
    said = _thread.allocate_lock()
    said.acquire()
    try:
        _thread.start_new_thread(_say_last_words, (registered, said))
        said.acquire(True, SECONDS_FOR_LAST_WORDS)
    except RuntimeError:  # it has as many threads as it may have: how it ended must be told nevertheless
        pass
    if open_before is not None and not any(_is_written_to(each) for each in _open_descriptors() - open_before):
        return
    for thing in gc.get_objects():
        # Asked by its type: an object of the script may answer isinstance() with code of its own.
        if issubclass(type(thing), (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)):
            try:
                thing.flush()
            except Exception:  # closed, detached, its reader gone, or flush() is the script's own
                continue


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:  # the script closed whatever there was
        pass


def _what_it_is(descriptor):
    """What tells the file behind a descriptor from all others; None where it is closed."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _say_farewell(leaving, pipe):
    """Tell the supervisor, which sees the end in any case: the script may have closed the pipe and opened a file."""
    if _what_it_is(leaving) == pipe:
        try:
            os.write(leaving, supervise.farewell())
        except OSError:  # a thread of the script closed it meanwhile
            pass


def _say_last_words(registered, said):
    try:
        registered()
    finally:
        said.release()


def _open_descriptors():
    """Pairs (descriptor, what it leads to) of all that are open now; None where the system does not tell."""
    if not os.path.isdir("/proc/self/fd"):
        return None
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add((name, os.readlink("/proc/self/fd/" + name)))
        except OSError:  # the one by which they are listed
            continue
    return found


def _is_written_to(pair):
    try:
        return fcntl.fcntl(int(pair[0]), fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    except OSError:  # closed meanwhile
        return False


def _publish(this, outcome):
    """Put the results and then the outcome where they are looked for, each whole or not at all."""
    for port in outcome.get("results", {}):
        os.rename(entry.aside(this, port), os.path.join(this.outputs, port + ".arrow"))
    place = os.path.join(this.folder, "outcome.json")
    with open(place + ".part", "w", encoding="utf-8", errors="backslashreplace") as stream:
        json.dump(outcome, stream)
    os.rename(place + ".part", place)
