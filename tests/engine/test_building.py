"""Builds: whole or not there, the same for everybody at once, read-only, and mended when they were changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.small_index import SmallIndex
from tests.environments import interpreter

from transom.engine.environments import Environments, Ready, Request
from transom.engine.environments.builds import Built, Damaged, remove_tree
from transom.engine.environments.requirements import Wanted, spelled
from transom.errors import BuildFailed
from transom.model.assets import Environment
from transom.settings import Settings

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
PACKAGES = Path("lib", f"python{PYTHON}", "site-packages")


class Bench:
    """Environments in a data folder, with packages of a small index."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.index = SmallIndex(folder / "index")
        self.environments = Environments(Settings(data_folder=self.data))
        self.stages: list[tuple[str, str]] = []

    @property
    def builds(self) -> Path:
        return self.data / "environments" / "builds"

    def add(self, *requirements: str, python: str = PYTHON, name: str = "one") -> Environment:
        wanted = Wanted(tuple(sorted(spelled(each, "here") for each in (*requirements, "pandas", "pyarrow"))))
        return self.environments.add(Request(name, wanted, python)).environment

    def ready(self, environment: Environment) -> Ready:
        return self.environments.ready(environment, lambda stage, detail: self.stages.append((stage, detail)))

    def left(self) -> set[str]:
        """What lies in the folder of builds, without the digests and what is always there."""
        return {path.name.partition(".")[2] for path in self.builds.iterdir()} - {"lock", "used"}

    def command(self, name: str = "one") -> list[str]:
        return [sys.executable, "-m", "transom", "env", "build", name]

    def variables(self) -> dict[str, str]:
        return {**os.environ, **self.index.variables, "TRANSOM_DATA_FOLDER": str(self.data)}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)
    for name, value in bench.index.variables.items():
        monkeypatch.setenv(name, value)
    return bench


def ask(ready: Ready, code: str) -> str:
    done = subprocess.run([ready.interpreter, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("python", [PYTHON, "3.6"])
def test_a_build_has_exactly_what_its_lock_says_and_no_more(bench: Bench, python: str) -> None:
    if interpreter(python) is None:
        pytest.skip(f"there is no Python {python} on this machine")
    ready = bench.ready(bench.add("numpy<2", python=python))
    code = "import sys, numpy, pandas; print(sys.version_info[0], sys.version_info[1], numpy.__version__, sys.prefix)"
    assert ask(ready, code).split() == [*python.split("."), "1.0", str(ready.folder)]
    folder = Path(ready.interpreter).parent.parent / "lib" / f"python{python}" / "site-packages"
    assert {each.name for each in folder.glob("*.dist-info")} == {
        "numpy-1.0.dist-info", "pandas-2.0.dist-info", "pyarrow-2.0.dist-info",
    }  # fmt: skip
    assert (bench.stages[0][0], bench.stages[-1][0]) == ("install", "check")
    assert bench.left() == {""}


@pytest.mark.parametrize("python", [PYTHON, "3.6"])
def test_its_bytecode_is_there_and_shows_the_paths_that_are_there(bench: Bench, python: str) -> None:
    if interpreter(python) is None:
        pytest.skip(f"there is no Python {python} on this machine")
    ready = bench.ready(bench.add(python=python))
    code = "import pandas; print(pandas.__cached__); print(pandas.where.__code__.co_filename)"
    cached, shown = ask(ready, code).splitlines()
    assert Path(cached).is_file()
    assert Path(shown).is_file()
    assert f"/{ready.digest}/" in shown


def test_it_is_built_once_and_then_found(bench: Bench) -> None:
    environment = bench.add()
    first = bench.ready(environment)
    mark = (first.folder or Path()) / "built.json"
    before = mark.stat()
    bench.stages.clear()
    assert bench.ready(bench.add(name="two")).interpreter == first.interpreter
    assert (mark.stat().st_ino, bench.stages) == (before.st_ino, [])


def test_it_is_read_only_and_shares_no_file_with_the_cache(bench: Bench) -> None:
    ready = bench.ready(bench.add())
    assert ready.folder is not None
    for folder, _, files in os.walk(ready.folder):
        assert not Path(folder).stat().st_mode & 0o222, folder
        for name in files:
            status = Path(folder, name).lstat()
            if stat.S_ISREG(status.st_mode):
                assert not status.st_mode & 0o222, name
                assert status.st_nlink == 1, name
    assert os.access(Path(ready.interpreter).resolve(), os.X_OK)


def _cut_a_file(folder: Path) -> None:
    (folder / PACKAGES / "pandas" / "__init__.py").write_text("")


def _write_in_place(folder: Path) -> None:
    with (folder / PACKAGES / "numpy" / "__init__.py").open("a") as file:
        file.write("evil = True\n")


def _remove_a_package(folder: Path) -> None:
    shutil.rmtree(folder / PACKAGES / "pyarrow")


def _remove_one_file(folder: Path) -> None:
    (folder / PACKAGES / "numpy" / "__init__.py").unlink()


def _add_a_module(folder: Path) -> None:
    (folder / PACKAGES / "sitecustomize.py").write_text("evil = True\n")


def _empty_it(folder: Path) -> None:
    for each in folder.iterdir():
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()


def _remove_its_python(folder: Path) -> None:
    (folder / "bin" / "python").unlink()


def _spoil_its_mark(folder: Path) -> None:
    (folder / "built.json").write_text('{"recipe": 1')


DAMAGE: list[Callable[[Path], None]] = [
    _cut_a_file, _write_in_place, _remove_a_package, _remove_one_file, _add_a_module, _empty_it, _remove_its_python,
    _spoil_its_mark,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda each: each.__name__.strip("_"))
def test_a_build_that_was_changed_is_found_built_again_and_said(bench: Bench, damage: Callable[[Path], None]) -> None:
    environment = bench.add()
    folder = bench.ready(environment).folder
    assert folder is not None
    _allow_writing(folder)
    assert isinstance(bench.environments.builds.look(environment.digest), Built)
    damage(folder)
    assert isinstance(bench.environments.builds.look(environment.digest), Damaged)
    again = bench.ready(environment)
    assert "built again" in again.notes[0]
    assert ask(again, "import numpy, pandas, pyarrow; print(hasattr(numpy, 'evil'))") == "False"
    assert bench.ready(environment).notes == ()
    assert bench.left() == {""}


def _allow_writing(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        Path(place).chmod(0o755)
        for name in files:
            if not Path(place, name).is_symlink():
                Path(place, name).chmod(0o644)


def test_a_glance_sees_what_is_gone_but_not_what_was_changed(bench: Bench) -> None:
    environment = bench.add()
    folder = bench.ready(environment).folder
    assert folder is not None
    _allow_writing(folder)
    _write_in_place(folder)
    builds = bench.environments.builds
    assert isinstance(builds.look(environment.digest, whole=False), Built)
    _remove_its_python(folder)
    assert isinstance(builds.look(environment.digest, whole=False), Damaged)


def test_a_copy_of_a_build_whose_times_were_cut_to_seconds_is_the_same_build(bench: Bench) -> None:
    environment = bench.add()
    folder = bench.ready(environment).folder
    assert folder is not None
    _allow_writing(folder)
    for place, _, files in os.walk(folder):
        for name in files:
            status = Path(place, name).lstat()
            os.utime(Path(place, name), (status.st_atime, int(status.st_mtime)), follow_symlinks=False)
    assert isinstance(bench.environments.builds.look(environment.digest), Built)


def test_two_processes_that_build_the_same_build_it_once(bench: Bench) -> None:
    bench.add()
    started = [
        subprocess.Popen(bench.command(), env=bench.variables(), stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert sum("compiling" in text for text in said) == 1
    assert bench.left() == {""}


def test_a_kill_at_any_moment_leaves_nothing_that_is_taken_for_a_build(bench: Bench) -> None:
    environment = bench.add()
    for sign in ("python", "numpy", "__pycache__", "built.json"):
        process = subprocess.Popen(
            bench.command(), env=bench.variables(), stderr=subprocess.DEVNULL, start_new_session=True
        )
        while process.poll() is None and not _is_in_a_part(sign, bench.builds):
            time.sleep(0.001)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        found = bench.environments.builds.look(environment.digest)
        assert found is None or isinstance(found, Built), sign
    ready = bench.ready(environment)
    assert ask(ready, "import pandas; print(pandas.__version__)") == "2.0"
    assert not list(bench.builds.glob("*.part-*"))


def _is_in_a_part(name: str, builds: Path) -> bool:
    parts = builds.glob("*.part-*")
    return any(name in (*folders, *files) for part in parts for _, folders, files in os.walk(part))


def test_a_failed_build_names_its_log_and_leaves_nothing_else(bench: Bench) -> None:
    environment = bench.add()
    wheel = bench.index.release("pandas", "2.0", requires=["numpy"], files={"pandas/other.py": b"x = 1\n"})
    shutil.rmtree(bench.index.folder.parent / "cache")
    with pytest.raises(BuildFailed) as caught:
        bench.ready(environment)
    assert caught.value.message == (
        "The environment one could not be built: the file of pandas==2.0 has another hash than its lock says."
    )
    log = Path(re.findall(r"The log is (.*)\.$", caught.value.remedy)[0])
    assert "Hash mismatch" in log.read_text()
    assert bench.left() == {"log"}
    assert wheel.is_file()


def test_an_environment_in_which_pandas_cannot_be_imported_is_none(bench: Bench) -> None:
    broken = b"raise ImportError('numpy.dtype size changed, may be old.')\n"
    bench.index.release("pandas", "3.0", requires=["numpy"], files={"pandas/__init__.py": broken})
    with pytest.raises(BuildFailed) as caught:
        bench.ready(bench.add("pandas==3.0"))
    assert "numpy.dtype size changed" in caught.value.message
    assert "numpy<2" in caught.value.remedy
    assert bench.left() == {"log"}


def test_a_failure_does_not_last(bench: Bench) -> None:
    environment = bench.add()
    hidden = bench.index.folder.with_name("hidden")
    bench.index.folder.rename(hidden)
    shutil.rmtree(hidden.parent / "cache")
    with pytest.raises(BuildFailed):
        bench.ready(environment)
    hidden.rename(bench.index.folder)
    assert bench.ready(environment).notes == ()
    assert bench.left() == {""}


def test_what_was_built_once_is_built_again_without_its_index(bench: Bench) -> None:
    environment = bench.add()
    bench.ready(environment)
    remove_tree(bench.builds)
    assert ask(bench.ready(environment), "import pandas; print(pandas.__version__)") == "2.0"


def test_a_full_disk_is_one_sentence(bench: Bench) -> None:
    bench.index.release("large", "1.0", files={"large/data.bin": os.urandom(6 * 1000**2)})
    bench.add("large")
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    bench.builds.mkdir(exist_ok=True)
    script = f'mount -t tmpfs -o size=4m tmpfs "{bench.builds}" && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *bench.command(), "--json"],
        env=bench.variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)["error"]
    assert done.returncode == 5
    assert told["message"] == "The environment one could not be built: the disk is full."
    assert "transom env prune" in told["remedy"]


def test_pip_of_a_build_asks_the_job_and_never_changes_the_build(bench: Bench, tmp_path: Path) -> None:
    bench.index.release("pip", "20.0", files={"pip-20.0.data/scripts/pip": b"#!python\nprint('the real one')\n"})
    ready = bench.ready(bench.add("pip"))
    for name in ("pip", "pip3", f"pip{PYTHON}"):
        command = str(Path(ready.interpreter).with_name(name))
        done = subprocess.run([command, "install", "x"], capture_output=True, text=True, check=False)
        assert (done.returncode, "transom env add" in done.stderr) == (1, True)
    (tmp_path / "pip").write_text('#!/bin/sh\necho "asked for $*"\n')
    (tmp_path / "pip").chmod(0o755)
    variables = {**os.environ, "TRANSOM_COMMANDS": str(tmp_path)}
    done = subprocess.run([command, "install", "x y"], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout == "asked for install x y\n"


def test_what_a_build_has_is_known_without_starting_it(bench: Bench) -> None:
    environment = bench.add("numpy<2")
    before = bench.environments.facts(environment)
    assert (before.interpreter, before.version("numpy"), before.has_module("pandas")) == (None, (1, 0), True)
    ready = bench.ready(environment)
    after = bench.environments.facts(environment)
    assert (after.interpreter, after.version("numpy")) == (ready.interpreter, (1, 0))
    assert after.python == tuple(sys.version_info[:2]) + after.python[2:]
    assert after.has_module("pandas")
    assert not after.has_module("scipy")


def test_removing_an_environment_removes_its_build_unless_another_is_the_same(bench: Bench) -> None:
    first = bench.add(name="first")
    bench.add(name="second")
    ready = bench.ready(first)
    assert ready.folder is not None
    bench.environments.remove("first")
    assert ready.folder.is_dir()
    bench.environments.remove("second")
    assert not ready.folder.exists()
    assert bench.left() == set()


def test_prune_removes_what_no_name_has_and_nobody_uses(bench: Bench) -> None:
    named = bench.ready(bench.add(name="named"))
    header = '# /// script\n# dependencies = ["pandas<2", "pyarrow<2", "numpy<2"]\n# ///\n'
    defined = bench.environments.of_header(header, "script.py")
    assert defined is not None
    unnamed = bench.ready(defined.environment)
    assert named.folder is not None
    assert unnamed.folder is not None
    (bench.builds / f"{named.digest}.part-1").mkdir()
    assert bench.environments.prune(3600.0) == 0
    assert unnamed.folder.is_dir()
    running = subprocess.Popen([unnamed.interpreter, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert bench.environments.prune(0.0) == 0
        assert unnamed.folder.is_dir()
    finally:
        running.communicate()
    assert bench.environments.prune(0.0) > 1000
    assert not unnamed.folder.exists()
    assert named.folder.is_dir()
    assert bench.left() == {""}


def test_a_read_only_folder_can_be_removed_by_an_ordinary_user() -> None:
    with tempfile.TemporaryDirectory() as place:  # not pytest's own, which only its user may enter
        Path(place).chmod(0o777)
        child = os.fork()
        if not child:
            code = 1
            try:
                code = _remove_as_an_ordinary_user(Path(place))
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _remove_as_an_ordinary_user(place: Path) -> int:
    if os.geteuid() == 0:
        os.setuid(65534)
    inner = place / "build" / "lib" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    for path in (inner / "file", inner, inner.parent, inner.parent.parent):
        path.chmod(0o555)
    (place / "build").rename(place / "gone")
    remove_tree(place / "gone")
    return len(list(place.iterdir()))
