"""Where the limits of a run come from: what was asked for, the settings, this machine."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

import transom
from transom.errors import SettingInvalid, WrongUse
from transom.model.runs import Limits
from transom.settings import load
from transom.workspace.limiting import limits_of, memory_of_machine
from transom.workspace.opening import open_workspace
from transom.workspace.requests import RunRequest

GIB = 1024**3


def limits(asked: Limits = Limits()) -> Limits:  # noqa: B008 (frozen)
    return limits_of(RunRequest(Path("script.py"), limits=asked), open_workspace(load()))


def test_without_a_word_every_limit_is_there_and_wide() -> None:
    found = limits()
    assert (found.timeout, found.cpu, found.processes) == (7 * 86400, 30 * 86400, 4096)
    assert found.memory == int(memory_of_machine() * 0.9)
    free = psutil.disk_usage("/tmp").free
    for each in (found.file_size, found.disk, found.outputs):
        assert each is not None
        assert free * 0.3 < each < free


def test_the_memory_of_this_machine_is_no_more_than_it_has() -> None:
    assert GIB // 8 < memory_of_machine() <= psutil.virtual_memory().total


def test_what_is_asked_for_wins_over_the_setting_and_that_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TIMEOUT", "CPU"):
        monkeypatch.setenv(f"TRANSOM_{name}", "1h")
    for name in ("MEMORY", "FILE_SIZE", "DISK", "OUTPUTS"):
        monkeypatch.setenv(f"TRANSOM_{name}", "3GiB")
    monkeypatch.setenv("TRANSOM_PROCESSES", "50")
    assert limits(Limits(cpu=5.0, disk=7 * GIB)) == Limits(3600, 5.0, 3 * GIB, 50, 3 * GIB, 7 * GIB, 3 * GIB)


def test_none_lifts_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in asdict(Limits()):
        monkeypatch.setenv(f"TRANSOM_{name.upper()}", "none")
    assert limits() == Limits()
    assert limits(Limits(memory=GIB)) == Limits(memory=GIB)
    monkeypatch.undo()
    assert limits(Limits(*[math.inf] * 7)) == Limits()


@pytest.mark.parametrize("name", asdict(Limits()))
@pytest.mark.parametrize("text", ["0", "-1", "some"])
def test_a_setting_that_is_no_limit_is_named(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TRANSOM_{name.upper()}", text)
    with pytest.raises(SettingInvalid, match=name):
        load()


@pytest.mark.parametrize("name", asdict(Limits()))
@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_a_limit_that_is_none_is_wrong_use(name: str, value: float) -> None:
    with pytest.raises(WrongUse, match=name):
        RunRequest(Path("script.py"), limits=Limits(**{name: value}))


def test_a_nearly_full_disk_leaves_a_script_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", "/proc/none/there")  # a file system without any room
    found = limits()
    assert found.disk == found.file_size == found.outputs == 100 * 1000**2


def test_python_code_gives_limits_as_one_value(tmp_path: Path) -> None:
    script = tmp_path / "burns.py"
    script.write_text("def azureml_main(a=None, b=None):\n    while True:\n        pass\n")
    result = transom.run(script, limits=transom.Limits(cpu=1.0), timeout="1m")
    assert result.failure is not None
    assert (result.status, result.failure.kind) == ("failed", "cpu_exceeded")
    assert "--cpu" in (result.failure.remedy or "")


def test_a_run_with_the_default_limits_has_room_for_an_honest_script(tmp_path: Path) -> None:
    script = tmp_path / "honest.py"
    script.write_text(
        "import os, subprocess, sys, threading\n"
        "def azureml_main(a=None, b=None):\n"
        "    threads = [threading.Thread(target=print) for _ in range(50)]\n"
        "    [each.start() for each in threads]\n"
        "    [each.join() for each in threads]\n"
        "    subprocess.run(['true'], check=True)\n"
        "    open('table.bin', 'wb').write(os.urandom(50_000_000))\n"
    )
    result = transom.run(script, check=True)
    assert [file.name for file in result.files] == ["table.bin"]
    assert os.path.getsize(result.files[0].path) == 50_000_000
