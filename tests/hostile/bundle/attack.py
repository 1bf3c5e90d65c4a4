"""What the hostile scripts share: how they tell what they achieved, where the bait lies, calls that Python lacks."""

import ctypes
import errno
import functools
import json
import os
import platform
import re
import socket
import stat
import time

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "bait.json")) as _stream:
    BAIT = json.load(_stream)

#: The name of a process that an attack leaves behind: by it the test finds what should not be there.
LEFT = BAIT["left_process"]

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long

#: The numbers of system calls: on x86_64 and on aarch64.
NUMBERS = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "capset": (126, 91),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "ioprio_get": (252, 31),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "linkat": (265, 37),
    "migrate_pages": (256, 238),
    "mlockall": (151, 230),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "rt_sigqueueinfo": (129, 138),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "tgkill": (234, 131),
    "userfaultfd": (323, 282),
}
#: What a kernel, or what stands before it, says when it refuses to look at a call at all.
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EROFS)


def attack(function):
    """Make a function an `azureml_main` that says `ACHIEVED: what it returned`, or `REFUSED: what it raised`."""

    @functools.wraps(function)
    def attacked(dataframe1=None, dataframe2=None):
        try:
            what = function(dataframe1, dataframe2)
        except Exception as wrong:
            print(f"REFUSED: {type(wrong).__name__}: {wrong}"[:2000], flush=True)
        else:
            print(f"ACHIEVED: {what}"[:4000] if what else "REFUSED: nothing came of it", flush=True)

    return attacked


def exhausting(function):
    """Make a function an `azureml_main` that says `ACHIEVED: what it returned`; what it raises is the job's failure."""

    @functools.wraps(function)
    def exhausted(dataframe1=None, dataframe2=None):
        what = function(dataframe1, dataframe2)
        print(f"ACHIEVED: {what}" if what else "REFUSED: nothing came of it", flush=True)

    return exhausted


def every(function, things):
    """Do it with each of the things: all that was achieved, joined. Raises the last refusal where nothing was."""
    achieved, refusal = [], LookupError("there is nothing to try this with")
    for thing in things:
        try:
            what = function(thing)
        except Exception as wrong:
            refusal = wrong
            continue
        if what:
            achieved.append(str(what))
    if not achieved:
        raise refusal
    return "; ".join(achieved)


def fill(path):
    """Write 512 MiB to a new file, wait until somebody must have seen it, and remove it."""
    try:
        with open(path, "wb", buffering=0) as stream:
            for _ in range(128):
                stream.write(bytes(1 << 22))
        time.sleep(0.7)
    finally:
        if os.path.exists(path):
            os.unlink(path)
    return "wrote 512 MiB to %s" % path


def read(path, most=200):
    """Read the beginning of a file; says what it read."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        content = os.read(descriptor, most)
    finally:
        os.close(descriptor)
    return told(path, content)


def told(path, content):
    """What is said of something that was read; nothing where it is empty."""
    return f"read {len(content)} bytes of {path}: {bytes(content)!r}" if content else ""


def may_write(path):
    """Open a file for writing, and leave it as it is."""
    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    return f"opened {path} for writing"


def may_create(folder):
    """Make a file in a folder that has no name and is gone when it is closed."""
    os.close(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o600))
    return f"made a file in {folder}"


def call(name, *arguments):
    """A system call by its name; its result. OSError where it fails."""
    machine = {"x86_64": 0, "aarch64": 1}[platform.machine()]
    number = NUMBERS[name][machine]
    if number < 0:
        raise OSError(errno.ENOSYS, "there is no such call on this machine", name)
    given = [ctypes.c_ulong(each & (2**64 - 1)) if isinstance(each, int) else each for each in arguments]
    return _checked(LIBC.syscall(ctypes.c_long(number), *given), name)


def c(name, *arguments):
    """A function of the C library by its name; its result. OSError where it fails."""
    function = getattr(LIBC, name)
    return _checked(function(*arguments), name)


def _checked(result, name):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
    return result


def reached(name, *arguments):
    """Make a call that the kernel turns down for its arguments, but only after it has looked who calls.

    Says so where it got that far: then the call was open to the script.
    """
    try:
        call(name, *arguments)
    except OSError as wrong:
        if wrong.errno in REFUSALS:
            raise
        return f"{name} was not refused, it failed by its arguments ({wrong.strerror})"
    return f"{name} was done"


def mount(source, target, kind, flags, data=None):
    """mount(2)."""
    texts = [None if each is None else os.fsencode(each) for each in (source, target, kind)]
    c("mount", *texts, ctypes.c_ulong(flags), None if data is None else data.encode())


def unmount(target):
    """Take a mount away again, as well as that can be done."""
    LIBC.umount2(os.fsencode(target), 2)


def descriptors():
    """(number, what it is) of every open descriptor of this process, found without /proc."""
    for number in range(1024):
        try:
            yield number, os.fstat(number)
        except OSError:
            continue


def processes():
    """The numbers of all processes that can be seen."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def name_of(pid):
    """The name of a process; empty where it cannot be seen."""
    try:
        with open(f"/proc/{pid}/comm") as stream:
            return stream.read().strip()
    except OSError:
        return ""


def is_foreign(pid):
    """Whether a number belongs to a process of the test, and not by chance to one of this job."""
    return name_of(pid) == BAIT["process_name"]


def is_secret(content):
    """Whether something that was read holds a secret of the test."""
    return re.search(BAIT["mark"].encode() + rb"-[a-z]+-[0-9a-f]{12}", bytes(content)) is not None


def call_me_left():
    """Give this process the name by which the test finds what is left behind."""
    LIBC.prctl(15, LEFT.encode(), 0, 0, 0)


def forked(run):
    """Let a child do something and leave; its process id."""
    pid = os.fork()
    if pid == 0:
        try:
            call_me_left()
            run()
        finally:
            os._exit(0)
    return pid


def detached(run):
    """Let a process do something that has left session and parent."""

    def leave():
        os.setsid()
        forked(run)

    os.waitpid(forked(leave), 0)


def job_folder():
    """The folder of this job."""
    return os.environ.get("TRANSOM_JOB") or os.path.dirname(os.getcwd())


def publish_forged(outcome=None, **results):
    """Write an outcome of one's own, swap results for what is given, and leave before Transom's code can.

    `results` are functions that get the path of a result and make something there.
    """
    folder = job_folder()
    for port, make in results.items():
        make(os.path.join(folder, "outputs", f"{port}.arrow"))
    shape = {"rows": 0, "columns": [], "index": []}
    shapes = dict.fromkeys(("result_dataset", "result_dataset2"), shape)
    forged = {"status": "succeeded", "results": shapes, "warnings": [], "seconds": {}}
    if outcome is not None:
        forged = outcome
    with open(os.path.join(folder, "outcome.json"), "w") as stream:
        stream.write(forged if isinstance(forged, str) else json.dumps(forged))
    os._exit(0)


def empty_table(path):
    """Write a table without rows and columns where a result is looked for."""
    import pyarrow

    table = pyarrow.Table.from_pydict({})
    make = getattr(pyarrow, "RecordBatchFileWriter", None) or pyarrow.ipc.RecordBatchFileWriter
    writer = make(path, table.schema)
    writer.write_table(table)
    writer.close()


def connected(family, address, seconds=0.3, kind=socket.SOCK_STREAM):
    """Connect and hang up; says where."""
    with socket.socket(family, kind) as made:
        made.settimeout(seconds)
        made.connect(address)
    return f"connected to {address}"


def request_left(family, address, seconds=0.3):
    """Ask for a connection: an answer of any kind, or none in time, means that the request went out."""
    try:
        return connected(family, address, seconds)
    except socket.timeout:
        return f"a request for {address} went out"
    except ConnectionRefusedError:
        return f"{address} answered"


def send_left(family, address):
    """Send a datagram."""
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.settimeout(0.3)
        made.sendto(b"hostile", address)
    return f"sent a datagram to {address}"


def sockets():
    """The descriptors of this process that are sockets."""
    return [number for number, found in descriptors() if stat.S_ISSOCK(found.st_mode)]


def until(seconds):
    """Turns of a loop until so many seconds are over."""
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        yield count
        count += 1
