"""The small process above the script's: it outlives it, and ends every process that the script started."""

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


#: A process with this flag of the kernel has begun to leave: it executes nothing of its own any more.
PF_EXITING = 4
#: The kernel tells the most memory that a process had in these units, in bytes.
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
#: What the script's process says when it leaves has no more bytes.
LONGEST_FAREWELL = 32
#: How long it is waited for that flag after the script's process said that it leaves, in seconds.
SECONDS_TO_LEAVE = 0.02


def fork(control, script_only, enclosure):
    """Fork: return in the script's process, confined; in the supervisor stay until all is over, then leave.

    `control` is the descriptor of the socket to Transom; `script_only` are descriptors that the supervisor has no use
    for; the enclosure is what `confine` has made around this process. What is returned is the descriptor to which
    `farewell()` is written right before the script's process leaves.
    """
    adopt_orphans()
    wake_read, wake_write = os.pipe()
    left_read, left_write = os.pipe()
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
        for end in (wake_read, wake_write, left_read, control):
            os.close(end)
        _prctl()(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the line above
            os._exit(1)
        enclosure.close_script()
        return left_write
    os.close(left_write)
    for end in script_only:
        os.close(end)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _leave_the_text_pipe()
    enclosure.close_supervisor()
    watch = _Watch(script, control, wake_read, left_read)
    watch.rehearse()
    say(control, {"supervisor": enclosure.process, "confined": enclosure.report})
    os._exit(watch.until_all_is_over())


def farewell():
    """What the script's process says right before it leaves: the most memory that it, or what it waited for, had."""
    return b"%d" % max(_peak(resource.RUSAGE_SELF), _peak(resource.RUSAGE_CHILDREN))


def _peak(whose):
    """In bytes; of the children that were waited for it is the largest one's."""
    return resource.getrusage(whose).ru_maxrss * PEAK_UNIT


def wait_for(pid, descriptors):
    """Be there until the supervisor in the enclosure has ended, and leave as it did; does not return."""
    for descriptor in descriptors:
        os.close(descriptor)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _leave_the_text_pipe()
    ended = None
    while ended != pid:
        try:
            ended, status = os.waitpid(-1, 0)
        except ChildProcessError:
            os._exit(1)
    os._exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


def adopt_orphans():
    """Let processes below this one that lose their parent become children of this one."""
    _prctl()(PR_SET_CHILD_SUBREAPER, 1)


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


def ready(descriptors, milliseconds=None):
    """Those that can be read now, or when the first can be; any number of descriptors may be open."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(milliseconds)]


class _Watch:
    """Waits for the script's process, obeys meanwhile, ends all others, and reports."""

    def __init__(self, script, control, wake, left):
        self.script, self.control, self.wake, self.left = script, control, wake, left
        self.listening = [wake, left, control]
        self.status = None
        self.peak = 0

    def rehearse(self):
        """Do once what the end will need, so that the pages of memory it touches are this process's own by then."""
        list(_flags_of_threads(self.script))
        _peak(resource.RUSAGE_CHILDREN)
        end_all(lambda: [pid for pid in descendants(os.getpid()) if pid != self.script])
        json.dumps({"ended": {"exit_code": 0}}).encode()
        ready(self.listening, 0)

    def until_all_is_over(self):
        """The exit code for this process."""
        while self.status is None:
            self._act_on(ready(self.listening))
        _kill_all()
        end_all(lambda: descendants(os.getpid()))
        if os.WIFSIGNALED(self.status):
            ended, code = {"signal": os.WTERMSIG(self.status)}, 128 + os.WTERMSIG(self.status)
        else:
            ended, code = {"exit_code": os.WEXITSTATUS(self.status)}, os.WEXITSTATUS(self.status)
        peak = max(self.peak, _peak(resource.RUSAGE_CHILDREN))
        say(self.control, {"ended": ended, "peak_memory": peak})
        os.close(self.control)
        _reap_all()
        return code

    def _act_on(self, readable):
        if self.wake in readable:
            drain(self.wake)
            self.status = _reap(self.script)
        if self.left in readable and self.status is None:
            self._see_whether_it_left()
        if self.control in readable and self.status is None:
            said = _said(self.control)
            if b"stop" in said:
                _interrupt(self.script)
            if b"kill" in said or not said:
                _kill_all()

    def _see_whether_it_left(self):
        """The script's process said that it leaves: where the kernel says so too, that is its end.

        To wait until the kernel has taken its memory down would take several milliseconds.
        """
        self.listening.remove(self.left)
        said = os.read(self.left, LONGEST_FAREWELL)
        self.peak = int(said) if said.isdigit() else 0
        until = time.monotonic() + SECONDS_TO_LEAVE
        while said and time.monotonic() < until:
            if all(flags & PF_EXITING for flags in _flags_of_threads(self.script)):
                self.status = 0
                return
            time.sleep(0.0001)


def _flags_of_threads(pid):
    """The kernel's flags of each thread of a process; one that is gone already counts as leaving."""
    try:
        threads = os.listdir("/proc/%d/task" % pid)
    except OSError:
        return
    for thread in threads:
        try:
            with open("/proc/%d/task/%s/stat" % (pid, thread)) as stat:
                yield int(stat.read().rpartition(")")[2].split()[6])
        except (OSError, ValueError, IndexError):
            continue


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
    _send([pid for pid in descendants(os.getpid()) if pid != script], signal.SIGINT)


def _said(control):
    try:
        return os.read(control, 4096)
    except OSError:
        return b""


def say(control, what):
    """Tell Transom, a JSON object on a line."""
    try:
        os.write(control, json.dumps(what).encode() + b"\n")
    except OSError:  # Transom is gone; there is nobody to tell
        return


def drain(wake):
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


def _reap_all():
    """Wait for what is leaving: not every machine's first process would."""
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        return


def _kill_all():
    """Kill everything below this process; as the first of a process namespace all at once, so that none gets away."""
    if os.getpid() != 1:
        _send(descendants(os.getpid()), signal.SIGKILL)
        return
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return


def end_all(listed):
    """Kill the processes that `listed()` gives, asked again and again, until all have ended or are leaving.

    What loses its parent becomes a child of this process, so nothing gets away.
    """
    while True:
        living = [pid for pid in listed() if not all(flags & PF_EXITING for flags in _flags_of_threads(pid))]
        if not living:
            return
        _send(living, signal.SIGKILL)
        time.sleep(0.0005)


def _send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def descendants(ancestor):
    """The process ids of all descendants, a parent before its children."""
    found = []
    for pid in children(ancestor):
        found.append(pid)
        found.extend(descendants(pid))
    return found


def children(parent):
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
