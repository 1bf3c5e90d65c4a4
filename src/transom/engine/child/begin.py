"""How a process comes to its one job: supervisor and script part, the imports that must be ready, the wait for it."""

import faulthandler
import gc
import io
import json
import os
import signal
import sys
import time
import types

from . import confine, receiving, supervise


class Begun:
    """What is known of this process before its job: the seconds until it waited, the package without which there are
    no frames (None: it is there), and what it may touch, as `refusals` takes it (None: everything)."""

    def __init__(self, seconds, missing, allowed):
        self.seconds = seconds
        self.missing = missing
        self.allowed = allowed


def main(arguments):
    """Run the job of a folder; see the protocol in `__main__`. Does not return."""
    began = time.monotonic()
    gc.disable()  # until the job begins: to look for garbage while pandas is imported finds none, and takes a tenth
    folder = os.path.realpath(arguments[0])
    control, go = int(arguments[1]), int(arguments[2])
    enclosure = _enclosed(json.loads(arguments[3]), control, go)
    leaving = supervise.fork(control, [go], enclosure)
    become_the_script(folder)
    late = "late" in arguments[4:]
    missing = None if late else import_ahead()
    if not (late or missing):
        from . import job  # noqa: F401 (imported while it waits)
    started = time.monotonic() - began
    order = receiving.wait(go)
    if order is None:
        os._exit(0)
    if late:
        missing, started = _import_late(order.folder, started)
    run(order, leaving, Begun(started, missing, enclosure.allowed))


def _enclosed(rules, control, go):
    """The enclosure around this process, which then is another one; the first one waits for it."""
    if rules["policy"] == "open":
        return confine.Enclosure(rules)
    supervise.adopt_orphans()
    try:
        pid, enclosure = confine.fork(rules)
    except confine.Impossible as wrong:
        supervise.say(control, {"impossible": str(wrong)})
        os._exit(1)
    if pid:
        supervise.wait_for(pid, [control, go])
    return enclosure


def become_the_script(folder):
    """Make this the script's process: what a script must not meet is gone."""
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv[:] = [""]
    _open_streams()
    _watch_for_faults(os.path.join(folder, "fault.txt"))
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # stopped before the job began: there is nothing to tell


def import_ahead():
    """Import what turns tables into frames; the name of the package that is missing, if one is."""
    try:
        from . import frames  # noqa: F401
    except ImportError as wrong:
        return "%s: %s" % (getattr(wrong, "name", None) or "pandas", wrong)
    return None


def _import_late(folder, started):
    """The same once the job is there, with the packages that were installed for it first on the path."""
    began = time.monotonic()
    packages = os.path.join(folder, "packages")
    sys.path.insert(0, packages)
    try:
        missing = import_ahead()
    finally:
        sys.path.remove(packages)
    return missing, started + time.monotonic() - began


def run(order, leaving, begun):
    """Run the job that came; does not return."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, value in order.variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    confine.rights.limit_files(order.file_size)
    from . import job

    if hasattr(gc, "freeze"):  # Python 3.7: what is there now is neither collected nor looked through at the end
        gc.freeze()
    gc.enable()
    job.run(order, leaving, begun)


def _open_streams():
    """Text of the script reaches the pipe at once and in UTF-8, also where Python 3.6 would wait for a line's end."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        raw = io.FileIO(descriptor, "w", closefd=False)
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)
        stream.mode = "w"
        setattr(sys, name, stream)
        setattr(sys, "__%s__" % name, stream)


def _watch_for_faults(path):
    """Write down where the script is when it crashes, and when it is asked to stop (SIGUSR2)."""
    stream = open(path, "w")
    faulthandler.enable(stream, all_threads=False)
    faulthandler.register(signal.SIGUSR2, stream, all_threads=False, chain=False)
