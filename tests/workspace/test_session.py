"""A session: many runs in warm processes."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import psutil
import pytest
from tests.environments import ready_made, share_ready_made
from tests.workspace import clean_up

import transom
from transom.engine.confinement import Grounds
from transom.errors import EnvironmentUnknown, NotThere, WrongUse
from transom.workspace.starting import Interpreter, WarmStarts

CARS = pd.DataFrame({"make": ["audi", "bmw"], "price": [10, 20]}, index=pd.Index([7, 9], name="key"))
TELLS = "import os\ndef azureml_main(a=None, b=None):\n    print('place', os.getcwd(), a is None)\n    return a,\n"


def places(log: str) -> list[str]:
    return [line.split()[1] for line in log.splitlines() if line.startswith("place ")]


def is_warm(process: psutil.Process) -> bool:
    try:
        return "--warm" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "tells.py"
    path.write_text(TELLS)
    return path


def test_every_run_has_a_process_of_its_own_and_an_exact_frame(script: Path) -> None:
    with transom.Session() as session:
        results = [session.run(script, CARS).check() for _ in range(4)]
    assert len({place for result in results for place in places(result.log)}) == 4
    assert len({result.id for result in results}) == 4
    for result in results:
        assert result.result_dataset is not None
        pd.testing.assert_frame_equal(result.result_dataset.to_pandas(), CARS)
        assert not result.warnings


def test_a_changed_script_is_read_and_checked_again(script: Path) -> None:
    with transom.Session() as session:
        session.run(script, CARS).check()
        script.write_text("def azureml_main(a=None, b=None)\n    return a,\n")
        broken = session.run(script, CARS)
        assert broken.failure is not None
        assert broken.failure.kind == "script_syntax"
        script.write_text(TELLS.replace("return a,", "return a.head(1),"))
        result = session.run(script, CARS).check()
        assert result.result_dataset is not None
        assert len(result.result_dataset) == 1


def test_functions_bundles_and_failures_are_as_in_a_single_run(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "mine.py").write_text("NAME = 'mine'\n")
    script = tmp_path / "fails.py"
    script.write_text("import mine\ndef azureml_main(a=None, b=None):\n    raise ValueError(mine.NAME)\n")
    with transom.Session() as session:
        doubled = session.run(clean_up.doubled, CARS).check()
        assert doubled.result_dataset is not None
        assert doubled.result_dataset.to_pandas()["price"].tolist() == [20, 40]
        failed = session.run(script, bundle=tmp_path / "bundle")
        assert failed.failure is not None
        assert (failed.failure.message, failed.failure.line) == ("mine", 3)
        stopped = session.run(script, bundle=tmp_path / "bundle", timeout=30)
        assert stopped.failure is not None
        with pytest.raises(NotThere):
            session.run(tmp_path / "nothing.py")


def test_threads_share_a_session(script: Path) -> None:
    with transom.Session() as session, ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda number: session.run(script, CARS.head(number % 3)), range(12)))
    for number, result in enumerate(results):
        assert result.check().result_dataset is not None
        assert len(result.tables["result_dataset"]) == min(number % 3, 2)


def test_a_run_goes_on_where_the_warm_process_was_killed(script: Path) -> None:
    with transom.Session() as session:
        session.run(script).check()
        warm: list[psutil.Process] = []
        before: set[int] = set()
        deadline = time.monotonic() + 30
        while (len(warm) != 3 or {each.pid for each in warm} != before) and time.monotonic() < deadline:
            before = {
                each.pid for each in warm
            }  # itself, and the pair of processes that waits; the last job's are gone
            warm = [each for each in psutil.Process().children(recursive=True) if is_warm(each)]
            time.sleep(0.5)
        for each in warm:
            os.kill(each.pid, signal.SIGKILL)
        psutil.wait_procs(warm, timeout=5)
        for _ in range(2):
            assert places(session.run(script).check().log)


def test_a_fork_of_the_program_runs_cold_and_leaves_the_session_alone(script: Path) -> None:
    with transom.Session() as session:
        session.run(script).check()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                cold = "cold: this process is a fork" in session.run(script).check().log
                session.close()
                code = 0 if cold else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert "cold" not in session.run(script).check().log


def test_nothing_is_left_when_it_is_closed(script: Path, tmp_path: Path) -> None:
    before = {each.pid for each in psutil.Process().children(recursive=True)}
    with transom.Session() as session:
        session.run(script).check()
    left = [each for each in psutil.Process().children(recursive=True) if each.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=5)
    assert alive == []
    assert list((tmp_path / "data" / "workspace" / "warm").iterdir()) == []


@pytest.mark.parametrize("name", ["designer-2020", "current"])
def test_a_session_has_an_environment(name: str, script: Path, tmp_path: Path) -> None:
    if ready_made(name) is None:
        pytest.skip(f"the Python of {name} is not on this machine")
    share_ready_made(tmp_path / "data")
    with transom.Session(environment=name) as session:
        for _ in range(2):
            result = session.run(script, CARS).check()
            assert result.environment is not None
            assert result.environment.name.startswith(name)
            assert "cold" not in result.log
        other = session.run(script, CARS, environment="host").check()
        assert other.environment is not None
        assert other.environment.interpreter == sys.executable


def test_a_warm_process_is_replaced_when_its_environment_changes(tmp_path: Path) -> None:
    interpreter = Interpreter(str(tmp_path / "environment" / "bin" / "python"))
    Path(interpreter.path).parent.mkdir(parents=True)
    Path(interpreter.path).symlink_to(sys.executable)
    starts = WarmStarts(tmp_path / "warm")
    try:
        before = starts.warm(interpreter, Grounds())
        assert starts.warm(interpreter, Grounds()) is before
        (tmp_path / "environment" / "changed").mkdir()
        assert starts.warm(interpreter, Grounds()) is not before
    finally:
        starts.close()


def test_a_session_of_an_unknown_environment_does_not_begin() -> None:
    with pytest.raises(EnvironmentUnknown):
        transom.Session(environment="no-such-environment")


def test_a_job_that_kills_its_supervisor_harms_no_other_job(tmp_path: Path) -> None:
    slow, deadly = tmp_path / "slow.py", tmp_path / "deadly.py"
    slow.write_text("import time\ndef azureml_main(a=None, b=None):\n    time.sleep(2)\n    return a,\n")
    deadly.write_text(
        "import os, subprocess, time\ndef azureml_main(a=None, b=None):\n"
        "    subprocess.Popen(['sleep', '60'], start_new_session=True)\n    os.kill(os.getppid(), 9)\n    time.sleep(60)\n"
    )
    with transom.Session() as session, ThreadPoolExecutor(3) as pool:
        others = [pool.submit(session.run, slow, CARS) for _ in range(2)]
        time.sleep(1)
        assert session.run(deadly, policy="open").failure is not None
        for other in others:
            assert other.result().check().succeeded


def test_many_open_files_of_the_program_are_no_matter(script: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit[1] != resource.RLIM_INFINITY and limit[1] < 4000:
        pytest.skip("this user may not open so many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4000, limit[1]))
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1200)]
    try:
        with transom.Session() as session:
            assert "cold" not in session.run(script).check().log
            session.run(script).check()
        transom.run(script).check()
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def test_an_interrupt_ends_the_run_and_reaches_the_caller(tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ndef azureml_main(a=None, b=None):\n    print('begun')\n    time.sleep(60)\n")
    with transom.Session() as session:
        session.run(clean_up.doubled, CARS).check()
        interrupting = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
        interrupting.start()
        with pytest.raises(KeyboardInterrupt):
            session.run(slow)
        interrupting.join()


def test_results_that_are_held_stay_readable(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_RUNS_KEPT", "3")
    with transom.Session() as session:
        results = [session.run(script, CARS.assign(number=number)) for number in range(25)]
    transom.run(script)
    for number, result in enumerate(results):
        assert result.check().result_dataset is not None
        assert result.tables["result_dataset"].to_pandas()["number"].tolist() == [number, number]


def test_a_closed_session_runs_nothing(script: Path) -> None:
    session = transom.Session()
    session.close()
    with pytest.raises(WrongUse, match="closed"):
        session.run(script)


def test_a_single_package_is_one_package(script: Path) -> None:
    result = transom.run(script, packages="no-such-package-anywhere")
    assert result.failure is not None
    assert "no-such-package-anywhere" in result.failure.message
