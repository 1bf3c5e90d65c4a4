"""A plain run loads no library that it has no use for, and no database; what is wrong with one is said all the same."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from tests.cli.transom import IDENTITY, Desk

HEAVY = (
    "pandas",
    "sqlalchemy",
    "alembic",
    "cyclopts",
    "duckdb",
    "rich",
    "cryptography",
    "keyring",
    "openpyxl",
    "asyncio",
)
DRIVER = """
import sys
from transom.cli.app import run_command_line
code = run_command_line(sys.argv[1:])
print(code, *(name for name in {heavy!r} if name in sys.modules))
"""
LIST = ["runs", "list", "--json"]


def imported(desk: Desk, *words: str) -> str:
    """The exit code, and which of the heavy libraries our own process has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER.format(heavy=HEAVY), *words],
        cwd=desk.folder,
        env=desk.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def journal(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.data / "workspace" / "journal").glob("*.json"))


@pytest.fixture
def begun(desk: Desk) -> Desk:
    """A desk with a script, tables of several kinds, and a workspace in which something was run."""
    desk.write("script.py", IDENTITY)
    desk.write("cars.csv", "make,price,when,ok\na,1.5,2020-01-01,true\nb,,2021-01-01,false\n")
    table = pa.table({"make": ["a", None], "price": [1.5, 2.0], "rank": [1, 2]})
    pq.write_table(table, desk.folder / "cars.parquet")
    feather.write_feather(table, desk.folder / "cars.arrow")
    assert desk.transom("run", "script.py").code == 0
    assert desk.transom(*LIST).code == 0
    return desk


@pytest.mark.parametrize("table", ["cars.csv", "cars.parquet", "cars.arrow"])
@pytest.mark.parametrize("result", ["out.csv", "out.parquet", "out.arrow"])
def test_a_plain_run_loads_neither_pandas_nor_a_database_nor_a_parser(begun: Desk, table: str, result: str) -> None:
    assert imported(begun, "run", "script.py", table, "-q", "-1", result) == "0"
    assert (begun.folder / result).exists()
    assert len(journal(begun)) == 2


def test_a_plain_run_of_a_pipeline_loads_neither_pandas_nor_a_parser_of_words(begun: Desk) -> None:
    step = "{component: execute_python_script, inputs: {script: script.py, dataset1: cars.csv}}"
    begun.write("pipeline.yml", f"type: pipeline\nsettings: {{default_environment: host}}\njobs: {{same: {step}}}\n")
    for _ in range(2):
        assert imported(begun, "pipeline", "run", "pipeline.yml", "-q") == "0 sqlalchemy asyncio"


def test_the_command_line_is_imported_without_what_one_command_needs(desk: Desk) -> None:
    source = f"import sys, transom.cli.app; print([name for name in {(*HEAVY, 'pyarrow', 'numpy')!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_garbage_is_collected_while_the_script_runs_and_while_its_result_is_kept(begun: Desk) -> None:
    begun.write("tells.py", "import gc\ndef azureml_main(a=None, b=None):\n    print('collects', gc.isenabled())\n")
    assert "collects True" in begun.transom("run", "tells.py").err
    source = "import sys, gc\nfrom transom.cli.app import run_command_line\nrun_command_line(sys.argv[1:])\n"
    words = [sys.executable, "-c", source + "print(gc.isenabled())", "run", "script.py", "-q"]
    done = subprocess.run(words, cwd=begun.folder, env=begun.variables(), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


def test_what_the_journal_holds_is_shown_by_every_command(begun: Desk) -> None:
    said = begun.transom("run", "script.py", "cars.csv", "--json")
    run = said.document["run"]
    assert journal(begun) == [f"{run}.begun.json", f"{run}.ended.json"]
    shown = begun.transom("runs", "show", "latest", "--json").document
    assert (shown["run"], shown["status"]) == (run, "succeeded")
    assert journal(begun) == []
    assert begun.transom("run", "script.py", "-q").code == 0
    assert [each["status"] for each in begun.transom(*LIST).document["runs"]] == ["succeeded"] * 3


def _made_up(desk: Desk, count: int) -> Path:
    """Folders of so many runs that ended, older than all others."""
    runs = desk.data / "workspace" / "runs"
    for number in range(count):
        (runs / f"20200101-000000-{number:06x}").mkdir()
        (runs / f"20200101-000000-{number:06x}" / "log.txt").write_text("x" * 100_000)
        os.utime(runs / f"20200101-000000-{number:06x}", (number, number))
    return runs


def test_old_runs_go_some_at_a_time_so_that_not_every_run_loads_the_database(begun: Desk) -> None:
    runs = _made_up(begun, 8)
    assert begun.transom("run", "script.py", "-q", TRANSOM_RUNS_KEPT="8").code == 0
    assert len(list(runs.iterdir())) == 10
    assert len(journal(begun)) == 2
    assert begun.transom("run", "script.py", "-q", TRANSOM_RUNS_KEPT="8").code == 0
    assert len(list(runs.iterdir())) == 8
    assert journal(begun) == []


def test_runs_that_are_too_large_together_go_at_once(begun: Desk) -> None:
    runs = _made_up(begun, 3)
    assert begun.transom("run", "script.py", "-q", TRANSOM_RUNS_BYTES="200kB").code == 0
    assert len([path for path in runs.iterdir() if path.name.startswith("2020")]) == 1


def test_what_was_left_by_a_kill_goes_with_the_next_run(begun: Desk) -> None:
    runs = _made_up(begun, 2)
    left = runs / "20200101-000000-000001"
    (left / "running").touch()
    (left / "job").mkdir()
    os.utime(left, (1, 1))
    left.with_name("20200101-000000-000000").rename(runs / "20200101-000000-000000.old")
    assert begun.transom("run", "script.py", "-q").code == 0
    assert [path.name for path in runs.iterdir() if path.name.startswith("2020")] == []


def test_the_journal_is_taken_in_when_it_has_grown(begun: Desk) -> None:
    assert begun.transom("run", "script.py", "-q").code == 0
    (name,) = (name for name in journal(begun) if "ended" in name)
    folder = begun.data / "workspace" / "journal"
    told = json.loads((folder / name).read_bytes())
    for number in range(19):
        other = told | {"run": f"more-{number}", "begun": told["begun"] | {"id": f"more-{number}"}}
        (folder / f"more-{number}.ended.json").write_text(json.dumps(other))
    assert begun.transom("run", "script.py", "-q").code == 0
    assert journal(begun) == []
    assert len(begun.transom(*LIST, "--limit", "100").document["runs"]) == 22


def _change_revision(desk: Desk, revision: str) -> None:
    connection = sqlite3.connect(desk.data / "workspace" / "workspace.db")
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
    connection.close()


def test_a_newer_workspace_is_refused_and_nothing_is_run_or_left(begun: Desk) -> None:
    before = sorted(path.name for path in (begun.data / "workspace" / "runs").iterdir())
    _change_revision(begun, "0099")
    said = begun.transom("run", "script.py", "--json")
    assert (said.code, said.document["error"]["code"]) == (2, "workspace_newer")
    assert sorted(path.name for path in (begun.data / "workspace" / "runs").iterdir()) == before
    assert journal(begun) == []


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000], ids=["empty", "something else"])
def test_a_database_that_is_none_is_told_of_before_anything_is_run(begun: Desk, content: bytes) -> None:
    workspace = begun.data / "workspace"
    for path in workspace.glob("workspace.db-*"):
        path.unlink()
    (workspace / "backups").mkdir(exist_ok=True)
    (workspace / "workspace.db").write_bytes(content)
    said = begun.transom("run", "script.py", "--json")
    if content or list((workspace / "backups").iterdir()):
        assert (said.code, said.document["error"]["code"]) == (2, "database_damaged")
    else:
        assert said.code == 0
    assert journal(begun) == []


def test_a_record_that_is_broken_is_told_of_and_ends_nothing(begun: Desk) -> None:
    assert begun.transom("run", "script.py", "-q").code == 0
    (name,) = (name for name in journal(begun) if "ended" in name)
    place: Path = begun.data / "workspace" / "journal" / name
    place.write_bytes(place.read_bytes()[:100])
    said = begun.transom(*LIST)
    assert said.code == 0
    assert f"The record {name}" in said.err
    assert [each["status"] for each in json.loads(said.out)["runs"]] == ["failed", "succeeded"]
    assert "Traceback" not in said.err
    assert begun.transom(*LIST).err == ""
