"""A limit that is passed ends the job under its name and says how to raise it; the next job knows nothing of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.engine.running import Done, Worker
from tests.hostile.running import interpreter_for

from transom.engine import cgroups, process_tree
from transom.engine.cgroups import places_of
from transom.engine.checks.surroundings import EnvironmentFacts, Surroundings
from transom.engine.confinement import Grounds
from transom.engine.disk_use import MOST_FILES
from transom.engine.remedies import FailureContext, remedy
from transom.model.runs import Failure, FailureKind, Limits
from transom.model.scripts import Source
from transom.store.live import Live

MIB = 1024**2
SOURCE = Source("script.py", b"", "")
SURROUNDINGS = Surroundings(EnvironmentFacts((3, 11, 0), {}, frozenset()))
HARMLESS = "def azureml_main(a=None, b=None):\n    print('clean')\n"


def exceeded(worker: Worker, script: str, limits: Limits, kind: str) -> Failure:
    """The failure of a script that passes a limit, as a person is told of it; the job after it must be clean."""
    done = worker.run(script, limits=limits)
    failure = done.outcome.failure
    assert failure is not None, done.log
    assert (done.outcome.status, failure.kind) == ("failed", kind), (failure, done.log)
    assert _what_is_left_of(done) == []
    after = worker.run(HARMLESS)
    assert (after.outcome.status, after.log) == ("succeeded", "clean\n")
    return with_remedy(failure, done)


def with_remedy(failure: Failure, done: Done) -> Failure:
    return remedy(failure, FailureContext(SOURCE, SURROUNDINGS, done.executed.facts))


def _what_is_left_of(done: Done) -> list[psutil.Process]:
    """Processes of a job that still run: they have its folder in their environment, or work in it."""
    found = []
    for process in psutil.process_iter():
        try:
            places = (process.environ().get("TRANSOM_JOB", ""), process.cwd())
            if any(place.startswith(str(done.job)) for place in places):
                found.append(process)
        except psutil.Error:
            continue
    return psutil.wait_procs(found, timeout=10)[1]  # the kernel may still be taking its memory down


BURNS_IN_CHILDREN_THAT_ENDED = """
import subprocess, sys
def azureml_main(a=None, b=None):
    while True:
        subprocess.run([sys.executable, '-S', '-c', 'import time\\nwhile time.process_time() < 0.2: pass'])
"""

BURNS_IN_CHILDREN_THAT_NOBODY_AWAITS = """
import subprocess, sys, time
def azureml_main(a=None, b=None):
    burn = 'import os, time\\nif os.fork(): os._exit(0)\\nwhile time.process_time() < 0.3: pass'
    while True:
        subprocess.run([sys.executable, '-S', '-c', burn])
        time.sleep(0.2)
"""


@pytest.mark.parametrize("script", [BURNS_IN_CHILDREN_THAT_ENDED, BURNS_IN_CHILDREN_THAT_NOBODY_AWAITS])
def test_processor_time_of_children_that_ended_counts(worker: Worker, script: str) -> None:
    failure = exceeded(worker, script, Limits(cpu=1.5, timeout=120), "cpu_exceeded")
    assert "1.5 s of processor time" in failure.message
    assert "--cpu" in (failure.remedy or "")


def test_what_a_job_sleeps_is_no_processor_time(host: Worker) -> None:
    done = host.run("import time\ndef azureml_main(a=None, b=None):\n    time.sleep(3)\n", limits=Limits(cpu=2.5))
    assert done.outcome.status == "succeeded"


FILLS_MEMORY_AT_ONCE = """
def azureml_main(a=None, b=None):
    held = []
    while True:
        held.append(b'x' * (256 * 1024**2))
"""

HIDES_ITS_MEMORY = """
import ctypes, time
def azureml_main(a=None, b=None):
    ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    held = b'x' * (600 * 1024**2)
    time.sleep(60)
"""


@pytest.mark.parametrize("script", [FILLS_MEMORY_AT_ONCE, HIDES_ITS_MEMORY])
def test_memory_is_bounded_also_of_who_fills_it_at_once_or_hides(worker: Worker, script: str) -> None:
    failure = exceeded(worker, script, Limits(memory=400 * MIB, timeout=120), "memory_exceeded")
    assert "400 MiB of memory" in failure.message
    assert "--memory" in (failure.remedy or "")


def test_inputs_that_are_mapped_are_no_memory(host: Worker) -> None:
    script = """
import mmap, time
def azureml_main(a=None, b=None):
    with open('big', 'wb') as big:
        for _ in range(600):
            big.write(b'x' * 1024**2)
    with open('big', 'rb') as big:
        mapped = mmap.mmap(big.fileno(), 0, access=mmap.ACCESS_READ)
        print(sum(mapped[place] for place in range(0, len(mapped), 4096)) > 0)
        time.sleep(1)
"""
    done = host.run(script, limits=Limits(memory=400 * MIB))
    assert (done.outcome.status, done.log) == ("succeeded", "True\n")


FORK_BOMB = """
import os, time
def azureml_main(a=None, b=None):
    until = time.monotonic() + 20
    made = 0
    while time.monotonic() < until and made < 12:
        try:
            os.fork()
            made += 1
        except OSError:
            time.sleep(0.01)
    time.sleep(20)
"""

MANY_THREADS = """
import threading, time
def azureml_main(a=None, b=None):
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    time.sleep(30)
"""


@pytest.mark.parametrize("script", [FORK_BOMB, MANY_THREADS])
def test_a_bomb_of_processes_or_threads_is_ended_as_a_whole(worker: Worker, script: str) -> None:
    failure = exceeded(worker, script, Limits(processes=100, timeout=120), "processes_exceeded")
    assert "100 processes and threads" in failure.message
    assert "--processes" in (failure.remedy or "")


REFUSED_BY_THE_KERNEL = [
    ("import subprocess", "subprocess.run(['true'])"),
    ("import os", "os.fork()"),
    ("import threading", "threading.Thread(target=print).start()"),
    ("import multiprocessing.popen_fork", "multiprocessing.get_context('fork').Process(target=print).start()"),
]


@pytest.mark.parametrize(("imports", "call"), REFUSED_BY_THE_KERNEL)
def test_a_process_that_the_kernel_refuses_is_the_limit_of_processes(host: Worker, imports: str, call: str) -> None:
    script = f"""
import os, resource
{imports}
def azureml_main(a=None, b=None):
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    was_root = os.getuid() == 0
    if was_root:  # whom that limit does not bind
        os.setresuid(65534, 65534, 0)
    try:
        {call}
    finally:
        if was_root:
            os.setresuid(0, 0, 0)
"""
    host.grounds = Grounds()
    failure = host.run(script, limits=Limits(processes=500)).outcome.failure
    assert failure is not None
    assert (failure.kind, failure.line) == ("processes_exceeded", 10), failure
    assert "500 processes and threads" in failure.message


def test_a_pipe_that_has_nothing_to_read_is_no_limit(host: Worker) -> None:
    script = """
import os
def azureml_main(a=None, b=None):
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.read(reading, 1)
"""
    failure = host.run(script, limits=Limits(processes=500)).outcome.failure
    assert failure is not None
    assert failure.kind == "script_error"


@pytest.mark.parametrize(
    "writes",
    [
        "open('big', 'wb').write(b'x' * 2 * 1024**2)",
        "pd.DataFrame({'a': range(400000)}).to_csv('big.csv')",
        "os.truncate(os.open('big', os.O_RDWR | os.O_CREAT), 1 << 40)",
        "signal.signal(signal.SIGXFSZ, signal.SIG_DFL) and None; open('big', 'wb').write(b'x' * 2 * 1024**2)",
    ],
)
def test_a_file_that_is_too_large_is_refused_by_the_kernel_and_named(worker: Worker, writes: str) -> None:
    script = f"""
import os, resource, signal
import pandas as pd
resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, 1024**2))
def azureml_main(a=None, b=None):
    {writes}
"""
    failure = exceeded(worker, script, Limits(file_size=MIB, timeout=120), "file_size_exceeded")
    assert "1 MiB" in failure.message
    assert "--file-size" in (failure.remedy or "")


def test_a_result_that_is_too_large_a_file_is_named_so(host: Worker) -> None:
    script = """
import resource
import pandas as pd
resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, 1024**2))
def azureml_main(a=None, b=None):
    return pd.DataFrame({'a': range(1000000)}),
"""
    exceeded(host, script, Limits(file_size=MIB), "file_size_exceeded")


MANY_SMALL_FILES = """
def azureml_main(a=None, b=None):
    for number in range(1 << 40):
        with open('file%d' % number, 'wb') as stream:
            stream.write(b'x' * 40000)
"""

A_FILE_WITHOUT_A_NAME = """
import os, time
def azureml_main(a=None, b=None):
    with open('big', 'wb') as stream:
        os.remove('big')
        for _ in range(200):
            stream.write(b'x' * 1024**2)
        stream.flush()
        time.sleep(60)
"""

FOLDERS_IN_FOLDERS = """
import os, time
def azureml_main(a=None, b=None):
    for _ in range(300):
        os.mkdir('d')
        os.chdir('d')
    with open('big', 'wb') as stream:
        for _ in range(200):
            stream.write(b'x' * 1024**2)
    time.sleep(60)
"""


@pytest.mark.parametrize("script", [MANY_SMALL_FILES, A_FILE_WITHOUT_A_NAME, FOLDERS_IN_FOLDERS])
def test_the_disk_that_a_job_takes_is_bounded(worker: Worker, script: str) -> None:
    failure = exceeded(worker, script, Limits(disk=100 * MIB, timeout=120), "disk_exceeded")
    assert "100 MiB" in failure.message or f"{MOST_FILES:,} files" in failure.message
    assert "--disk" in (failure.remedy or "")


def test_a_sparse_file_and_a_second_name_take_no_room(host: Worker) -> None:
    script = """
import os, time
def azureml_main(a=None, b=None):
    with open('sparse.bin', 'wb') as stream:
        stream.truncate(1 << 40)
    with open('one', 'wb') as stream:
        stream.write(b'x' * 60 * 1024**2)
    for number in range(20):
        os.link('one', 'link%d' % number)
    time.sleep(7)
"""
    done = host.run(script, limits=Limits(disk=100 * MIB))
    assert done.outcome.status == "succeeded"


def test_inputs_take_none_of_the_disk_of_the_job(host: Worker, tmp_path: Path) -> None:
    from transom.engine.disk_use import DiskUse

    inputs = tmp_path / "job" / "inputs"
    inputs.mkdir(parents=True)
    (inputs / "dataset1.arrow").write_bytes(b"x" * 4 * MIB)
    use = DiskUse(tmp_path / "job", MIB)
    use._next_walk = 0.0
    assert not use.is_too_much([])
    (inputs / "made_by_the_script").write_bytes(b"x" * 4 * MIB)
    use._next_walk = 0.0
    assert use.is_too_much([])


def test_results_and_files_together_are_bounded(worker: Worker) -> None:
    script = """
import os
import pandas as pd
def azureml_main(a=None, b=None):
    os.makedirs('outputs')
    with open('outputs/big.bin', 'wb') as stream:
        stream.write(os.urandom(11 * 1024**2))
    return pd.DataFrame({'a': [1]}),
"""
    failure = exceeded(worker, script, Limits(outputs=10 * MIB, timeout=120), "outputs_exceeded")
    assert "10 MiB" in failure.message
    assert "--outputs" in (failure.remedy or "")


def test_a_failed_script_that_left_too_much_has_failed_for_its_own_reason(host: Worker) -> None:
    script = """
import os
def azureml_main(a=None, b=None):
    os.makedirs('outputs')
    with open('outputs/big.bin', 'wb') as stream:
        stream.write(os.urandom(11 * 1024**2))
    raise ValueError('mine')
"""
    done = host.run(script, limits=Limits(outputs=10 * MIB))
    assert done.outcome.failure is not None
    assert (done.outcome.failure.kind, done.outcome.files) == ("script_error", ())


def test_a_flood_of_text_is_cut_and_the_job_succeeds(worker: Worker, tmp_path: Path) -> None:
    script = "def azureml_main(a=None, b=None):\n    for _ in range(3000):\n        print('x' * 10000)\n"
    live = Live(tmp_path / "live", limit_bytes=MIB)
    done = worker.run(script, live=live, limits=Limits(timeout=120))
    assert done.outcome.status == "succeeded"
    assert live.dropped_bytes > 20 * MIB
    assert (tmp_path / "live" / "log.txt").stat().st_size < 2 * MIB


def test_limits_are_looked_at_while_a_script_floods_its_log(host: Worker) -> None:
    script = "def azureml_main(a=None, b=None):\n    while True:\n        print('x' * 10000)\n"
    host.stop_seconds = 0.5
    assert host.run(script, limits=Limits(timeout=2), live=None).outcome.status == "timed_out"


def test_who_catches_the_error_of_a_limit_goes_on(worker: Worker) -> None:
    script = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
def azureml_main(a=None, b=None):
    try:
        open('big', 'wb').write(b'x' * 2 * 1024**2)
    except OSError as wrong:
        print(wrong.errno)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)
"""
    done = worker.run(script, limits=Limits(file_size=MIB))
    assert (done.outcome.status, done.log) == ("succeeded", "27\n")


def test_a_full_disk_is_the_scripts_error_with_a_remedy(host: Worker) -> None:
    script = "import os\ndef azureml_main(a=None, b=None):\n    os.write(os.open('/dev/full', os.O_WRONLY), b'x')\n"
    done = host.run(script)
    failure = done.outcome.failure
    assert failure is not None
    assert failure.kind == "script_error"
    assert "full" in (with_remedy(failure, done).remedy or "")


def test_a_disk_that_is_full_when_a_result_is_written_is_what_the_remedy_is_about(host: Worker) -> None:
    done = host.run("def azureml_main(a=None, b=None):\n    pass\n")
    said = "A result could not be written: OSError: [Errno 28] Error writing bytes to file."
    failure = Failure(FailureKind.RESULT_INVALID, said, type="OSError")
    assert "The disk is full" in (with_remedy(failure, done).remedy or "")


def test_what_a_tree_uses_is_what_the_system_says() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\n"
    script = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {burn!r}])\nprint(1, flush=True)\n"
    script += (
        "held = b'x' * 50_000_000\nchild = subprocess.Popen(['sleep', '60'])\nprint(2, flush=True)\nchild.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.stdout.readline()
    usage = process_tree.usage(parent.pid)
    family = psutil.Process(parent.pid).children(recursive=True)
    try:
        assert set(usage.pids) == {parent.pid, *(each.pid for each in family)}
        assert usage.threads == 2
        assert 0.3 <= usage.cpu < 5
        assert 50_000_000 <= process_tree.memory(usage.pids) <= process_tree.rough_memory(usage.pids) <= usage.resident
    finally:
        for each in (*family, parent):
            each.kill()
        parent.wait()
        parent.stdout.close()


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[cgroups.Cgroup]:
    """Control groups without a process; those of other tests are not used again meanwhile."""
    monkeypatch.setattr(cgroups, "_ended", [])
    made = cgroups.holding([])
    if made is None:
        pytest.skip("this process may make no control groups")
    yield made
    made.is_gone()


def test_the_kernel_ends_what_grows_faster_than_the_watch_looks(group: cgroups.Cgroup) -> None:
    group.limit(100 * MIB, None)
    joins = "".join(f"open('{folder}/cgroup.procs', 'w').write('0')\n" for folder in group.folders)
    script = joins + "held = []\nwhile True: held.append(b'x' * 10_000_000)\n"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert group.killed_for_memory()
    assert (group.cpu() or 0) > 0


def test_a_group_is_used_again_as_if_it_were_new(group: cgroups.Cgroup) -> None:
    group.limit(100 * MIB, 10)
    joins = "".join(f"open('{folder}/cgroup.procs', 'w').write('0')\n" for folder in group.folders)
    subprocess.run([sys.executable, "-c", joins + "x = b'x' * 400_000_000"], check=False)
    assert group.killed_for_memory()
    group.remove()
    again = cgroups.holding([])
    assert again is group
    assert not again.killed_for_memory()
    assert subprocess.run([sys.executable, "-c", joins + "x = b'x' * 400_000_000"], check=False).returncode == 0


def test_a_group_with_processes_is_not_used_again_and_removed_when_they_are_gone(group: cgroups.Cgroup) -> None:
    child = subprocess.Popen(["sleep", "60"])
    held = cgroups.holding([child.pid])
    assert held is not None
    until = time.monotonic() + 10
    while held.is_empty() and time.monotonic() < until:
        time.sleep(0.01)
    held.remove()
    other = cgroups.holding([])
    assert other is not None
    assert not other.folders & held.folders
    assert other.is_gone()
    cgroups.remove_all()
    assert all(folder.exists() for folder in held.folders)
    child.kill()
    child.wait()
    until = time.monotonic() + 10
    while any(folder.exists() for folder in held.folders) and time.monotonic() < until:
        cgroups.remove_all()
    assert not any(folder.exists() for folder in held.folders)


def test_groups_of_processes_that_are_no_more_are_removed(group: cgroups.Cgroup) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    for folder in group.folders:
        abandoned = folder.with_name(f"transom-{gone.pid}-0")
        foreign = folder.with_name(f"transom-tests-{os.getpid()}")
        abandoned.mkdir()
        foreign.mkdir()
        cgroups._remove_abandoned(folder.parent)
        assert (abandoned.exists(), foreign.exists(), folder.exists()) == (False, True, True)
        foreign.rmdir()


def test_an_ordinary_user_has_no_groups_and_hears_nothing_of_it() -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become an ordinary user")
    script = """
import os, sys
from pathlib import Path
from transom.engine import cgroups
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(cgroups.holding([os.getpid()]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_a_job_in_version_2_goes_beside_the_group_of_its_parent(tmp_path: Path) -> None:
    own = tmp_path / "user.slice" / "app.slice" / "terminal.scope"
    own.mkdir(parents=True)
    (own / "cgroup.subtree_control").write_text("")
    (own.parent / "cgroup.subtree_control").write_text("cpu memory pids\n")
    mounts = f"30 23 0:26 / {tmp_path} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    places = list(places_of("0::/user.slice/app.slice/terminal.scope\n", mounts))
    assert [(place.folder, place.version) for place in places] == [(own.parent, 2)]
    assert places[0].controllers == {"memory", "pids", "cpuacct"}


def test_the_group_of_a_container_is_found_below_what_is_mounted(tmp_path: Path) -> None:
    mounts = (
        f"35 31 0:32 /docker/ab {tmp_path}/memory ro - cgroup cgroup rw,memory\n"
        f"39 31 0:36 / {tmp_path}/pids rw - cgroup cgroup rw,pids\n"
        f"40 31 0:37 / {tmp_path}/systemd rw - cgroup cgroup rw,name=systemd\n"
    )
    places = {place.folder for place in places_of("4:memory:/docker/ab/cd\n3:pids:/docker\n1:name=systemd:/\n", mounts)}
    assert places == {tmp_path / "memory" / "cd", tmp_path / "pids" / "docker"}


def test_every_limit_names_the_option_that_raises_it() -> None:
    for kind, option in (("cpu_exceeded", "--cpu"), ("disk_exceeded", "--disk"), ("outputs_exceeded", "--outputs")):
        told = remedy(Failure(kind, ""), FailureContext(SOURCE, SURROUNDINGS))  # type: ignore[arg-type]
        assert re.search(rf"`{option} \S+`", told.remedy or "")


def test_what_others_write_to_the_disk_is_not_laid_to_a_job(tmp_path: Path) -> None:
    """As an ordinary user, who cannot look into the supervisor of a confined job."""
    python = interpreter_for("ordinary user")
    if os.getuid() != 0 or python is None:
        pytest.skip("this needs root, to become an ordinary user, and a Python that everybody may execute")
    root = Path(__file__).resolve().parents[2]
    packages = [str(root / "src"), *(place for place in sys.path if place.endswith("site-packages"))]
    code = textwrap.dedent(
        f"""
        import sys, tempfile, threading, time
        sys.path.append({str(root)!r})
        from pathlib import Path
        from tests.engine.running import GUARDED, Worker
        from transom.model.runs import Limits
        with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
            def others_write():
                time.sleep(1)
                Path(place, "others").write_bytes(b"x" * 200_000_000)
            threading.Thread(target=others_write).start()
            script = "import time\\ndef azureml_main(a=None, b=None):\\n    time.sleep(7)\\n"
            done = Worker(Path(place, "worker"), sys.executable).run(script, limits=Limits(disk=50e6))
            print(done.outcome.status, done.outcome.failure)
        """
    )
    done = subprocess.run(
        [python, "-c", code], user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True,
        text=True, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONPATH": os.pathsep.join(packages)}, check=False,
    )  # fmt: skip
    assert "succeeded None" in done.stdout, (done.stdout, done.stderr)
