"""A warm process serves many jobs, and no job can tell; what happens when it ends, wears out, or must not be forked."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tests.engine.running import GUARDED, OPEN, USUAL, Worker
from tests.engine.test_what_scripts_do import table
from tests.environments import ENVIRONMENTS, python_of, ready_made

from transom.engine.confinement import Grounds
from transom.engine.read_only import remove_tree
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin

RETURNS_ITS_PROCESS = """
import os, pandas
def azureml_main(a=None, b=None):
    return pandas.DataFrame({"pid": [os.getpid()], "above": [os.getppid()]})
"""
#: Leaves its mark on everything that a process has.
POLLUTES = """
import atexit, builtins, json, locale, logging, os, random, signal, sys, threading, warnings
import numpy, pandas
def azureml_main(a=None, b=None):
    os.environ["POLLUTED"] = "1"
    os.environ["PATH"] = "/nowhere"
    os.chdir("/")
    sys.path.insert(0, "/polluted")
    sys.modules["polluted"] = json
    builtins.polluted = True
    random.seed(1); numpy.random.seed(1)
    logging.getLogger().setLevel(logging.CRITICAL)
    logging.getLogger().addHandler(logging.NullHandler())
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.alarm(3600)
    warnings.simplefilter("error")
    os.umask(0o777)
    locale.setlocale(locale.LC_ALL, "C")
    pandas.set_option("display.max_rows", 3)
    pandas.DataFrame.polluted = True
    numpy.seterr(all="raise")
    sys.setrecursionlimit(333)
    sys.dont_write_bytecode = True
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    open("/dev/null").fileno()
    atexit.register(print, "polluted at exit")
"""
TELLS_WHAT_IT_FINDS = """
import builtins, json, locale, logging, os, signal, sys, threading, warnings
import numpy, pandas
def azureml_main(a=None, b=None):
    found = {
        "variable": os.environ.get("POLLUTED"), "path": os.environ["PATH"].endswith("/nowhere"),
        "folder": os.path.basename(os.getcwd()), "sys.path": "/polluted" in sys.path,
        "module": "polluted" in sys.modules, "builtin": hasattr(builtins, "polluted"),
        "level": logging.getLogger().level, "handlers": len(logging.getLogger().handlers),
        "signal": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, "alarm": signal.alarm(0),
        "filter": any(each[0] == "error" for each in warnings.filters), "mask": os.umask(0o22),
        "option": pandas.get_option("display.max_rows"), "frame": hasattr(pandas.DataFrame, "polluted"),
        "errors": numpy.geterr()["divide"], "recursion": sys.getrecursionlimit() > 333,
        "threads": threading.active_count(), "arguments": len(sys.argv),
        "descriptors": len(os.listdir("/proc/self/fd")), "main": sorted(vars(sys.modules["__main__"])),
        "locale": locale.setlocale(locale.LC_ALL), "group": os.getpgrp() != os.getpid(),
    }
    print("found " + json.dumps(found, sort_keys=True))
"""
DRAWS_NUMBERS = """
import random, numpy, pandas
def azureml_main(a=None, b=None):
    drawn = {"random": [random.random()], "numpy": [numpy.random.rand()]}
    drawn["generator"] = [numpy.random.RandomState().rand()]
    return pandas.DataFrame(drawn)
"""
COUNTS_THREADS = """
import ctypes, os, re, numpy, pandas
def azureml_main(a=None, b=None):
    with open("/proc/self/maps") as maps:
        path = sorted(set(re.findall(r"/\\S*openblas\\S*", maps.read())))[0]
    library = ctypes.CDLL(path)
    for start in ("", "scipy_"):
        for end in ("", "64_", "_64"):
            name = start + "openblas_get_num_threads" + end
            if hasattr(library, name):
                count = getattr(library, name)()
    big = numpy.random.rand(300, 300)
    return pandas.DataFrame({"threads": [count], "right": [bool(numpy.allclose(big @ numpy.linalg.inv(big), numpy.eye(300)))]})
"""
FITS_IN_PARALLEL = """
import numpy, pandas
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
def azureml_main(a=None, b=None):
    x = numpy.random.RandomState(0).rand(300, 4)
    y = (x[:, 0] > 0.5).astype(int)
    forest = RandomForestClassifier(n_estimators=20, n_jobs=2, random_state=0).fit(x, y)
    scores = cross_val_score(forest, x, y, cv=3, n_jobs=2)
    return pandas.DataFrame({"good": [bool(forest.score(x, y) > 0.9 and scores.mean() > 0.9)]})
"""
FITS_BOOSTED_TREES = """
import lightgbm, numpy, pandas
def azureml_main(a=None, b=None):
    x = numpy.random.RandomState(0).rand(500, 4)
    y = (x[:, 0] > 0.5).astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=20, n_jobs=2).fit(x, y)
    return pandas.DataFrame({"good": [bool((model.predict(x) == y).mean() > 0.9)]})
"""
USES_POOLS = """
import multiprocessing, threading, pandas
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
def double(x):
    return 2 * x
def azureml_main(a=None, b=None):
    with multiprocessing.Pool(2) as pool:
        first = sum(pool.map(double, range(10)))
    with ProcessPoolExecutor(2) as pool:
        second = sum(pool.map(double, range(10)))
    with ThreadPoolExecutor(2) as pool:
        third = sum(pool.map(double, range(10)))
    return pandas.DataFrame({"sums": [[first, second, third] == [90, 90, 90]]})
"""
DRAWS = """
def azureml_main(a=None, b=None):
    from matplotlib import pyplot
    pyplot.plot([1, 2, 3])
    pyplot.savefig("line.png")
"""
TRAINS = """
import numpy, pandas, torch
def azureml_main(a=None, b=None):
    torch.manual_seed(0)
    x = torch.rand(400, 3)
    y = x.sum(1, keepdim=True)
    model = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(200):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    return pandas.DataFrame({"good": [bool(loss.item() < 0.05)]})
"""


@pytest.fixture(params=["host", "py36"])
def interpreter(request: pytest.FixtureRequest) -> str:
    """The newest and the oldest Python."""
    if request.param == "host":
        return sys.executable
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    return str(oldest)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Spares]]:
    """Makes spares of an origin that are closed after the test."""
    with contextlib.ExitStack() as stack:

        def made(origin: Origin, grounds: Grounds = USUAL, **options: int) -> Spares:
            spares = Spares(origin, tmp_path / "warm", grounds, **options)
            stack.callback(spares.close)
            return spares

        yield made


def why_cold(spares: Spares, folder: Path) -> str | None:
    """Why the next process is cold, if it is; the process is discarded."""
    process, why = spares.take(folder)
    process.discard()
    return why


def test_nothing_of_a_job_reaches_the_next(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(tmp_path, interpreter, spares=make(Origin(interpreter)))

    def found() -> str:
        done = worker.run(TELLS_WHAT_IT_FINDS)
        assert done.outcome.failure is None, done.outcome.failure
        return next(line for line in done.log.splitlines() if line.startswith("found "))

    before = found()
    assert worker.run(POLLUTES).outcome.failure is None
    assert found() == before
    cold = Worker(tmp_path / "cold", interpreter).run(TELLS_WHAT_IT_FINDS)
    assert before in cold.log.splitlines()


def test_a_job_has_the_variables_of_its_moment(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONE", "1")
    worker = Worker(tmp_path, interpreter, spares=make(Origin(interpreter), GUARDED), grounds=GUARDED)
    tells = "import os\ndef azureml_main():\n    print(os.environ.get('COME'), os.environ.get('GONE'))\n"
    tells += "    os.system('echo [$COME] [$GONE]')\n"
    assert "None 1\n[] [1]" in worker.run(tells).log
    monkeypatch.setenv("COME", "é")
    monkeypatch.delenv("GONE")
    assert "é None\n[é] []" in worker.run(tells).log


def test_every_job_draws_other_random_numbers(interpreter: str, tmp_path: Path, make: Callable[..., Spares]) -> None:
    worker = Worker(tmp_path, interpreter, spares=make(Origin(interpreter)))
    drawn = [table(worker.run(DRAWS_NUMBERS)) for _ in range(3)]
    for name in ("random", "numpy", "generator"):
        assert len({each[name][0] for each in drawn}) == 3


def test_linear_algebra_has_as_many_threads_as_in_a_cold_process(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    cold = table(Worker(tmp_path / "cold", interpreter).run(COUNTS_THREADS))
    warm = table(Worker(tmp_path, interpreter, spares=make(Origin(interpreter))).run(COUNTS_THREADS))
    assert warm == cold
    assert warm["right"] == [True]


@pytest.mark.parametrize("script", [FITS_IN_PARALLEL, USES_POOLS, DRAWS], ids=["scikit-learn", "pools", "matplotlib"])
@pytest.mark.parametrize("preload", [(), ("sklearn.ensemble", "matplotlib.pyplot")], ids=["", "imported ahead"])
def test_libraries_that_start_threads_and_processes_work_in_a_fork(
    interpreter: str, script: str, preload: tuple[str, ...], tmp_path: Path, make: Callable[..., Spares]
) -> None:
    spares = make(Origin(interpreter, preload))
    worker = Worker(tmp_path, interpreter, spares=spares)
    for _ in range(2):
        done = worker.run(script)
        assert done.outcome.failure is None, (done.outcome.failure, done.log)
        for port, made in done.outcome.results.items():
            if made.shape.columns:
                assert set(next(iter(table(done, 1 + (port != "result_dataset")).values()))) == {True}
    assert script is not DRAWS or done.file_names == ["line.png"]


@pytest.mark.parametrize("name", ["designer-2020", "current"])
@pytest.mark.parametrize("preload", [(), ("lightgbm",)], ids=["", "imported ahead"])
def test_boosted_trees_fit_in_a_fork(
    name: str, preload: tuple[str, ...], tmp_path: Path, make: Callable[..., Spares]
) -> None:
    ready = ready_made(name)
    if ready is None:
        pytest.skip(f"the Python of {name} is not on this machine")
    spares = make(Origin(ready.interpreter, preload))
    worker = Worker(tmp_path, ready.interpreter, spares=spares)
    assert table(Worker(tmp_path / "cold", ready.interpreter).run(FITS_BOOSTED_TREES)) == {"good": [True]}
    assert table(worker.run(FITS_BOOSTED_TREES)) == {"good": [True]}


@pytest.mark.skipif(not os.environ.get("TORCH_PYTHON"), reason="TORCH_PYTHON names no Python that has torch (1 GB)")
@pytest.mark.parametrize("preload", [(), ("torch",)], ids=["", "imported ahead"])
def test_a_network_trains_in_a_fork(preload: tuple[str, ...], tmp_path: Path, make: Callable[..., Spares]) -> None:
    interpreter = os.environ["TORCH_PYTHON"]
    assert table(Worker(tmp_path / "cold", interpreter).run(TRAINS)) == {"good": [True]}
    worker = Worker(tmp_path, interpreter, spares=make(Origin(interpreter, preload)))
    assert table(worker.run(TRAINS)) == {"good": [True]}


def test_a_killed_warm_process_is_replaced_and_no_job_fails(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    spares = make(Origin(interpreter))
    worker = Worker(tmp_path, interpreter, spares=spares, may_be_cold=True)
    worker.run(RETURNS_ITS_PROCESS)
    killed = spares.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    for _ in range(3):
        assert table(worker.run(RETURNS_ITS_PROCESS))["pid"]
    assert spares.pid not in (None, killed)


def test_a_job_keeps_its_folder_when_its_warm_process_is_replaced(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    spares = make(Origin(interpreter))
    process, why = spares.take(tmp_path / "job")
    assert why is None
    killed = spares.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    spares.expect(2)
    deadline = time.monotonic() + 30
    while not (spares.one_waits and spares.pid not in (None, killed)):
        assert time.monotonic() < deadline
        other, _ = spares.take(tmp_path / "next")
        other.discard()
        remove_tree(other.folder)
    assert process.folder.is_dir()
    process.discard()
    remove_tree(process.folder)
    spares.close()
    assert not list(process.folder.parents[1].glob("*/spare*"))


def test_a_killed_spare_lets_the_job_start_cold_and_says_so(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    spares = make(Origin(interpreter))
    assert why_cold(spares, tmp_path / "first") is None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        children = psutil.Process(spares.pid).children(recursive=True)
        if spares.one_waits and children:
            break
        time.sleep(0.02)
    for child in children:
        child.kill()
    psutil.wait_procs(children, timeout=5)
    assert why_cold(spares, tmp_path / "second") == "its waiting process had ended"
    assert why_cold(spares, tmp_path / "third") is None


def test_what_a_killed_supervisor_leaves_is_ended(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    worker = Worker(tmp_path, interpreter, spares=make(Origin(interpreter)), grounds=OPEN)
    script = textwrap.dedent(
        """
        import os, signal, subprocess, sys
        def azureml_main(a=None, b=None):
            plain = os.fork()
            if plain == 0:
                signal.pause()
            started = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], env={})
            print("left", plain, started.pid, os.getpid(), flush=True)
            os.kill(os.getppid(), signal.SIGKILL)
            signal.pause()
        """
    )
    done = worker.run(script)
    assert done.outcome.failure is not None
    line = next(line for line in done.log.splitlines() if line.startswith("left "))
    for pid in map(int, line.split()[1:]):
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(5)


def test_everything_ends_with_the_process_that_started_it(interpreter: str, tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from transom.engine.confinement import Grounds
        from transom.engine.warm import Spares
        from transom.engine.warm_process import Origin
        from transom.model.policies import Confinement, Policy
        spares = Spares(Origin({interpreter!r}), Path({str(tmp_path)!r}, "warm"), Grounds(Confinement(Policy.GUARDED)))
        taken = spares.take(Path({str(tmp_path)!r}, "job"))
        while not spares.one_waits:
            time.sleep(0.01)
        print(spares.pid, flush=True)
        time.sleep(600)
        """
    )
    host = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    warm = psutil.Process(int(host.stdout.readline()))
    everything = [warm, *warm.children(recursive=True)]
    assert len(everything) >= 5  # itself, and two pairs of supervisor and script
    host.kill()
    host.wait()
    _, alive = psutil.wait_procs(everything, timeout=10)
    assert alive == []


def test_a_warm_process_is_replaced_after_so_many_jobs(tmp_path: Path, make: Callable[..., Spares]) -> None:
    spares = make(Origin(sys.executable), most_jobs=2)
    worker = Worker(tmp_path, sys.executable, spares=spares)
    pids = set()
    for _ in range(5):
        worker.run(RETURNS_ITS_PROCESS)
        pids.add(spares.pid)
    assert len(pids - {None}) >= 2


def test_a_module_that_starts_threads_is_no_part_of_a_warm_process(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    (tmp_path / "threaded.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    spares = make(Origin(interpreter, ("threaded",), (("PYTHONPATH", str(tmp_path)),)))
    for name in ("first", "second"):
        why = why_cold(spares, tmp_path / name)
        assert why is not None
        assert "importing threaded starts threads" in why


def test_a_module_that_cannot_be_imported_ahead_keeps_nobody_from_running(
    interpreter: str, tmp_path: Path, make: Callable[..., Spares]
) -> None:
    (tmp_path / "broken.py").write_text("raise SystemExit('no')\n")
    spares = make(Origin(interpreter, ("broken", "no_such_module"), (("PYTHONPATH", str(tmp_path)),)))
    assert why_cold(spares, tmp_path / "first") is None


def test_an_environment_without_pandas_says_so(tmp_path: Path, make: Callable[..., Spares]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    why = why_cold(make(Origin(str(tmp_path / "bare" / "bin" / "python"))), tmp_path / "job")
    assert why is not None
    assert "it cannot import what tables need" in why


def test_folders_of_processes_that_died_are_removed(tmp_path: Path, make: Callable[..., Spares]) -> None:
    left = tmp_path / "warm" / "4711-0123"
    left.mkdir(parents=True)
    (left / "lock").touch()
    assert why_cold(make(Origin(sys.executable)), tmp_path / "job") is None
    assert not left.exists()
