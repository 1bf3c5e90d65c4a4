"""How one process serves many jobs: it imports what they need, and for each becomes two by a fork.

    PYTHON CHILD_FOLDER --warm CONTROL_DESCRIPTOR FOLDER [MODULE ...]

FOLDER is a folder of this process's own. The control descriptor is a socket that keeps the borders of messages. Said
on it, JSON objects: {"ready": {"threads", "started_by", "missing"}} once everything is imported (`missing`: the package
without which there are no frames; `threads`: how many there are now, `started_by`: the module that began the first one
besides the main thread). A module of the list that cannot be imported is left to the script that wants it. Heard on it:
{"spare": JOB_FOLDER, "rules": what `confine` knows} with three descriptors: the text pipe, the control and the go
socket of one job. Each makes a spare: a supervisor and a script's process in the job folder that wait for that job (see
`__main__`); a byte on the go socket says that it waits. The end of the stream ends this process.

What a job does cannot reach the next one: every spare is forked from this process, which runs no job. Numpy's and
Python's random states are seeded anew, OpenBLAS, which is imported with one thread, has all cores again, and the spare
rehearses a job, so that the pages it needs are its own before the job comes.
"""

import ctypes
import gc
import importlib
import json
import os
import random
import re
import signal
import socket
import sys

from . import begin, confine, receiving, supervise

#: What must not end the process that is forked; its end is the end of the control socket.
_PASSED_OVER = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MOST_BYTES = 65536
#: Threads whose library ends them before a fork and starts them after it by itself.
_MADE_FOR_FORKS = ("jemalloc_bg_thd",)
#: What OpenBLAS calls the function, in its various builds.
_SET_THREADS = ["%sopenblas_set_num_threads%s" % (start, end) for start in ("", "scipy_") for end in ("", "64_", "_64")]


def main(arguments):
    """Import, wait, fork; see above. Does not return."""
    control = socket.socket(fileno=int(arguments[0]))
    folder, preload = arguments[1], arguments[2:]
    for number in _PASSED_OVER:
        signal.signal(number, signal.SIG_IGN)
    zygote = _Zygote(control)
    ready = {"missing": begin.import_ahead(), "started_by": _first_with_threads("pandas, pyarrow", "")}
    if not ready["missing"]:
        from . import job

        for module in preload:
            try:
                importlib.import_module(module)
            except BaseException:  # whatever it raises, the script that imports it will meet it too
                pass
            ready["started_by"] = _first_with_threads(module, ready["started_by"])
        job.rehearse(folder)
        ready["started_by"] = _first_with_threads("a rehearsal", ready["started_by"])
    _give_the_cores_back()
    ready["threads"] = _threads()
    gc.collect()
    gc.disable()  # until a job begins: a collection in a fork would touch, and so copy, all there is
    if hasattr(gc, "freeze"):
        gc.freeze()
    control.send(json.dumps({"ready": ready}).encode())
    zygote.serve()
    os._exit(0)


class _Zygote:
    """The process that is forked for each job; it holds no more of a job than the id of its supervisor."""

    def __init__(self, control):
        self.control = control
        self.supervisors = set()
        supervise.adopt_orphans()
        self.wake_read, self.wake_write = os.pipe()
        for end in (self.wake_read, self.wake_write):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_write)

    def serve(self):
        """Make a spare for each message until there are no more."""
        while True:
            readable = supervise.ready([self.control.fileno(), self.wake_read])
            if self.wake_read in readable:
                supervise.drain(self.wake_read)
                self._reap()
            if self.control.fileno() in readable:
                try:
                    said, descriptors = receiving.message(self.control, _MOST_BYTES)
                except OSError:  # it was closed before what was said was heard
                    return
                if not said:
                    return
                told = json.loads(said.decode())
                self._make_spare(told["spare"], told["rules"], descriptors)

    def _make_spare(self, folder, rules, descriptors):
        try:
            supervisor, enclosure = confine.fork(rules)
        except (confine.Impossible, OSError) as wrong:
            supervise.say(descriptors[1], {"impossible": str(wrong)})
            supervisor, enclosure = None, None
        if enclosure is not None:
            try:
                self._close()
                _become_spare(folder, descriptors, enclosure)
            except BaseException:  # it must never come back into the loop above
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(1)
        for descriptor in descriptors:
            os.close(descriptor)
        if supervisor is not None:
            self.supervisors.add(supervisor)

    def _close(self):
        signal.set_wakeup_fd(-1)
        self.control.close()
        os.close(self.wake_read)
        os.close(self.wake_write)

    def _reap(self):
        """Forget supervisors that have ended; what one that was killed left behind has come to this process: end it."""
        while True:
            try:
                pid = os.waitpid(-1, os.WNOHANG)[0]
            except ChildProcessError:
                break
            if pid == 0:
                break
            self.supervisors.discard(pid)
        supervise.end_all(self._strays)

    def _strays(self):
        """The children that are no supervisors, with what they started: the jobs that go on are not among them."""
        found = [pid for pid in supervise.children(os.getpid()) if pid not in self.supervisors]
        return found + [pid for stray in found for pid in supervise.descendants(stray)]


def _become_spare(folder, descriptors, enclosure):
    from . import job

    text, control, go = descriptors
    os.setsid()
    for descriptor in (1, 2):
        os.dup2(text, descriptor)
    os.close(text)
    os.chdir(os.path.join(folder, "work"))
    leaving = supervise.fork(control, [go], enclosure)
    for number in _PASSED_OVER:
        signal.signal(number, signal.SIG_DFL)
    begin.become_the_script(folder)
    _seed_anew()
    job.rehearse(folder)
    allowed = enclosure.allowed
    os.write(go, b"!")
    order = receiving.wait(go)
    if order is None:
        os._exit(0)
    begin.run(order, leaving, begin.Begun(0.0, None, allowed))


def _seed_anew():
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _give_the_cores_back():
    """Let OpenBLAS use as many threads in the forks as it would in a process that had imported it by itself.

    It ends its threads before a fork and starts them again when they are first needed. So they start here, and end by
    a fork for nothing: in a spare they would spin for 20 ms, and slow down all that it touches.
    """
    threads = _wanted_threads()
    for path in _loaded_openblas():
        library = ctypes.CDLL(path)
        for name in _SET_THREADS:
            if hasattr(library, name):
                getattr(library, name)(ctypes.c_int(threads))
    nothing = os.fork()
    if nothing == 0:
        os._exit(0)
    os.waitpid(nothing, 0)


def _loaded_openblas():
    try:
        with open("/proc/self/maps") as maps:
            return sorted(set(re.findall(r"/\S*openblas\S*", maps.read())))
    except OSError:
        return []


def _wanted_threads():
    """How many threads OpenBLAS would use in a process that had imported it by itself."""
    wanted = os.environ.get("TRANSOM_BLAS_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _threads():
    try:
        return sum(_name_of_thread(number) not in _MADE_FOR_FORKS for number in os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _name_of_thread(number):
    with open("/proc/self/task/%s/comm" % number) as name:
        return name.read().strip()


def _first_with_threads(module, before):
    return before or (module if _threads() > 1 else "")
