"""The small process above the script's: it outlives it, and ends every process that the script started."""

import ctypes
import json
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def fork(control, script_only):
    """Fork: return in the script's process; in the supervisor stay until all is over, then leave.

    `control` is the descriptor of the socket to Transom, or None; `script_only` are descriptors that the supervisor
    has no use for.
    """
    prctl = _prctl()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    for end in (wake_read, wake_write):
        os.set_blocking(end, False)
    # Python-level handlers must exist for the wake-up descriptor to be written to.
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # until the script's process knows what to do with it
    supervisor = os.getpid()
    script = os.fork()
    if script == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (wake_read, wake_write, control):
            if end is not None:
                os.close(end)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the line above
            os._exit(1)
        return
    for end in script_only:
        if end is not None:
            os.close(end)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _leave_the_text_pipe()
    os._exit(_watch(script, control, wake_read))


def _prctl():
    if not sys.platform.startswith("linux"):
        return lambda option, value: None
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda option, value: libc.prctl(option, value, 0, 0, 0)


def _leave_the_text_pipe():
    """The pipe ends when the last process of the script has closed it: the supervisor must not hold it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _watch(script, control, wake):
    """Wait for the script's process, obey meanwhile, end all others; give the exit code of this process."""
    listening = [wake] if control is None else [wake, control]
    status = None
    while status is None:
        ready = select.select(listening, [], [])[0]
        if wake in ready:
            _drain(wake)
            status = _reap(script)
        if control in ready and status is None:
            said = _said(control)
            if b"stop" in said:
                _interrupt(script)
            if b"kill" in said or not said:
                _send(_descendants(os.getpid()), signal.SIGKILL)
    _end_the_rest()
    if os.WIFSIGNALED(status):
        ended, code = {"signal": os.WTERMSIG(status)}, 128 + os.WTERMSIG(status)
    else:
        ended, code = {"exit_code": os.WEXITSTATUS(status)}, os.WEXITSTATUS(status)
    if control is not None:
        _say(control, {"ended": ended})
    return code


def _interrupt(script):
    """Let faulthandler write down where the script is, then interrupt it and everything that it started.

    Both signals go to the script's main thread: a signal for the whole process may be taken by a thread of some
    library, and then sleeping Python code does not wake up.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "tgkill"):
        for number in (signal.SIGUSR2, signal.SIGINT):
            libc.tgkill(script, script, int(number))
    else:
        _send([script], signal.SIGINT)
    _send([pid for pid in _descendants(os.getpid()) if pid != script], signal.SIGINT)


def _said(control):
    try:
        return os.read(control, 4096)
    except OSError:
        return b""


def _say(control, what):
    try:
        os.write(control, json.dumps(what).encode() + b"\n")
    except OSError:  # Transom is gone; there is nobody to tell
        return


def _drain(wake):
    try:
        while os.read(wake, 4096):
            pass
    except BlockingIOError:
        return


def _reap(script):
    """Reap what has ended; the wait status of the script's process if it was among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == script:
            found = status


def _end_the_rest():
    """Kill until nothing is left. What loses its parent becomes a child of this process, so nothing gets away."""
    while True:
        _send(_descendants(os.getpid()), signal.SIGKILL)
        try:
            pid = os.waitpid(-1, os.WNOHANG)[0]
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.001)


def _send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _descendants(ancestor):
    """The process ids of all descendants, a parent before its children."""
    found = []
    for pid in _children(ancestor):
        found.append(pid)
        found.extend(_descendants(pid))
    return found


def _children(parent):
    """The process ids of the direct children, of all threads of the parent."""
    found = []
    try:
        for thread in os.listdir("/proc/%d/task" % parent):
            with open("/proc/%d/task/%s/children" % (parent, thread)) as listing:
                found.extend(int(pid) for pid in listing.read().split())
    except FileNotFoundError:
        if not os.path.exists("/proc/self/task/%d/children" % os.getpid()):  # a kernel without that list
            return [pid for pid, its_parent in _all_processes() if its_parent == parent]
    return found


def _all_processes():
    """(process id, parent's process id) of every process that /proc shows."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as stat:
                    yield int(name), int(stat.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
