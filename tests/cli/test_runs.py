"""`transom runs`: what was run is listed, shown, compared, bundled and made again."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from tests.cli.transom import Desk

DRAWS = """
from azureml.core import Run
import matplotlib.pyplot as plt
def azureml_main(cars=None, other=None):
    run = Run.get_context()
    print("making", len(cars))
    run.log("rows", len(cars))
    run.tag("kind", "test")
    plt.plot([1, 2])
    plt.savefig("line.png")
    return cars.assign(price=cars["price"].fillna({missing})),
"""


@pytest.fixture
def two_runs(desk: Desk) -> tuple[Desk, list[str]]:
    """Two runs of a script that was changed between them, on a table that was changed too."""
    desk.write("draws.py", DRAWS.replace("{missing}", "0"))
    first = desk.transom("run", "draws.py", "cars.csv", "--json").document
    desk.write("draws.py", DRAWS.replace("{missing}", "1.5"))
    desk.write("cars.csv", "make,price,zip\naudi,13950,06001\nbmw,,10115\nvw,8000,10117\n")
    second = desk.transom("run", "draws.py", "cars.csv", "--json").document
    return desk, [first["run"], second["run"]]


def test_runs_are_listed_the_newest_first(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    rows = desk.transom("runs", "list", "--json").document["runs"]
    assert [row["run"] for row in rows] == ids[::-1]
    assert {row["status"] for row in rows} == {"succeeded"}
    assert rows[0]["results"]["result_dataset"] == {"rows": 3, "columns": 3}
    assert rows[0]["tags"] == {"kind": "test"}
    assert rows[0]["peak_memory"] > 10_000_000
    shown = desk.transom("runs", "list").out
    assert ids[0] in shown
    assert "draws.py" in shown
    assert [row["run"] for row in desk.transom("runs", "list", "-n", "1", "--json").document["runs"]] == ids[1:]
    assert desk.transom("runs", "list", "--status", "failed", "--json").document["runs"] == []


def test_a_run_is_shown_with_all_it_was_made_of(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    told = desk.transom("runs", "show", ids[0], "--json").document
    assert told["script"]["text"] == DRAWS.replace("{missing}", "0")
    assert told["inputs"][0]["source"] == "cars.csv"
    assert told["inputs"][0]["rows"] == 2
    assert told["inputs"][0]["kept"] == "whole"
    assert told["outcome"]["metrics"] == {"rows": 2}
    shown = desk.transom("runs", "show", ids[0]).out
    for part in ("draws.py", "cars.csv", "metric rows: 2", "tag kind: test", "line.png"):
        assert part in shown


def test_a_run_is_found_by_the_beginning_of_its_id_and_as_the_latest(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    assert desk.transom("runs", "show", "latest", "--json").document["run"] == ids[1]
    assert desk.transom("runs", "show", ids[1][:-2], "--json").document["run"] == ids[1]
    said = desk.transom("runs", "show", "20990101-000000-abcdef")
    assert said.code == 3
    assert "There is no run 20990101-000000-abcdef" in said.err


def test_the_log_and_the_files_of_a_run(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    assert "making 2\n" in desk.transom("runs", "log", ids[0]).out
    files = desk.transom("runs", "files", ids[0], "--json").document["files"]
    assert [each["name"] for each in files] == ["line.png"]
    assert Path(files[0]["path"]).read_bytes().startswith(b"\x89PNG")
    opened = desk.transom("runs", "open", ids[0], DISPLAY="", WAYLAND_DISPLAY="")
    assert opened.out.strip() == files[0]["path"]
    said = desk.transom("runs", "open", ids[0], "other.png")
    assert said.code == 2
    assert "It kept line.png" in said.err


def test_what_differs_between_two_runs_is_told(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    said = desk.transom("runs", "compare", *ids, "--json")
    assert said.code == 1
    told = said.document
    assert [line for line in told["script"] if line.startswith(("+ ", "- "))] == [
        '-    return cars.assign(price=cars["price"].fillna(0)),',
        '+    return cars.assign(price=cars["price"].fillna(1.5)),',
    ] or any("fillna(1.5)" in line for line in told["script"])
    assert told["metrics"] == [{"name": "rows", "first": "2", "second": "3"}]
    assert [each["name"] for each in told["inputs"]] == ["dataset1"]
    tables = {each["port"]: each for each in told["tables"]}
    assert not tables["result_dataset"]["equal"]
    assert any("3 rows, expected were 2" in sentence for sentence in tables["result_dataset"]["sentences"])
    assert any(cell["column"] == "price" for cell in tables["result_dataset"]["cells"])
    assert tables["result_dataset2"]["equal"]
    shown = desk.transom("runs", "compare", *ids).out
    assert "fillna(1.5)" in shown
    assert "rows: 2 -> 3" in shown
    same = desk.transom("runs", "compare", ids[0], ids[0], "--json")
    assert same.code == 0


def test_a_run_is_made_again_elsewhere_from_its_bundle(two_runs: tuple[Desk, list[str]], tmp_path: Path) -> None:
    desk, ids = two_runs
    said = desk.transom("runs", "bundle", ids[0], "out.zip", "--json")
    assert said.code == 0, said.err
    assert said.document["warnings"] == []
    elsewhere = Desk(tmp_path / "elsewhere" / "desk")
    elsewhere.folder.mkdir(parents=True)
    shutil.copy(desk.folder / "out.zip", elsewhere.folder)
    replayed = elsewhere.transom("runs", "replay", "out.zip", "--json")
    assert replayed.code == 0, replayed.err + replayed.out
    assert replayed.document["equal"]
    assert replayed.document["first"] == ids[0]
    assert replayed.document["results"] == {"result_dataset": True, "result_dataset2": True}


def test_a_bundle_may_have_a_sample_only(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    assert desk.transom("runs", "bundle", ids[1], "out.zip", "--sample", "1", "--json").document["warnings"]
    replayed = desk.transom("runs", "replay", "out.zip", "--json")
    assert replayed.code == 1
    assert any("in part only" in sentence for sentence in replayed.document["sentences"])


def test_a_forged_bundle_is_refused_in_one_sentence(desk: Desk) -> None:
    desk.write("noise.zip", b"PK\x03\x04noise")
    with zipfile.ZipFile(desk.folder / "empty.zip", "w") as archive:
        archive.writestr("run.json", json.dumps({"format": "transom run", "version": 1, "script": "../../x.py"}))
    with zipfile.ZipFile(desk.folder / "deep.zip", "w") as archive:
        archive.writestr("run.json", "[" * 100_000)
    for name in ("noise.zip", "empty.zip", "deep.zip"):
        said = desk.transom("runs", "replay", name)
        assert said.code == 2, (name, said)
        assert f"{name} is no bundle of a run" in said.err
    assert desk.transom("runs", "replay", "none.zip").code == 3


def test_a_removed_run_is_gone(two_runs: tuple[Desk, list[str]]) -> None:
    desk, ids = two_runs
    assert desk.transom("runs", "remove", ids[0], "--json").document == {"removed": [ids[0]]}
    assert [row["run"] for row in desk.transom("runs", "list", "--json").document["runs"]] == ids[1:]
    assert not (desk.data / "workspace" / "runs" / ids[0]).exists()
    assert desk.transom("runs", "remove").code == 2


def test_only_the_newest_runs_are_kept_whole(desk: Desk) -> None:
    ids = [
        desk.transom("run", "same.py", "cars.csv", "--json", TRANSOM_RUNS_KEPT="1").document["run"] for _ in range(3)
    ]
    rows = desk.transom("runs", "list", "--json").document["runs"]
    assert [row["run"] for row in rows] == ids[::-1]
    kept = [desk.transom("runs", "show", run, "--json").document["contents_kept"] for run in ids]
    assert kept == [False, False, True]
    assert [path.name for path in (desk.data / "workspace" / "runs").iterdir()] == ids[2:]
    said = desk.transom("runs", "files", ids[0])
    assert said.code == 3
    assert "was removed to make room" in said.err


def test_a_workspace_of_a_project_is_found_from_its_folders(desk: Desk) -> None:
    said = desk.transom("init", "--json")
    assert said.document == {"workspace": str(desk.folder / ".transom"), "new": True}
    assert desk.transom("init", "--json").document["new"] is False
    below = desk.folder / "deep" / "er"
    below.mkdir(parents=True)
    desk.transom("run", "same.py", "cars.csv")
    told = Desk(below).transom("workspace", "show", "--json", TRANSOM_DATA_FOLDER=str(desk.data)).document
    assert told["workspace"] == str(desk.folder / ".transom")
    assert told["runs"] == 1
    assert (desk.folder / ".transom" / ".gitignore").read_text().endswith("*\n")
    assert not (desk.data / "workspace").exists()


def test_a_damaged_database_is_told_of_with_its_backup_and_restored(desk: Desk) -> None:
    first = desk.transom("run", "same.py", "cars.csv", "--json").document["run"]
    database = desk.data / "workspace" / "workspace.db"
    backups = list((desk.data / "workspace" / "backups").iterdir())
    assert backups
    for leftover in desk.data.glob("workspace/workspace.db-*"):
        leftover.unlink()
    database.write_bytes(b"SQLite format 3\0" + b"nonsense" * 2000)
    said = desk.transom("runs", "list")
    assert said.code == 2
    assert f"The database {database} is damaged" in said.err
    assert str(backups[0]) in said.err
    restored = desk.transom("workspace", "restore", "--json")
    assert restored.code == 0, restored.err
    assert [row["run"] for row in desk.transom("runs", "list", "--json").document["runs"]] == [first]
