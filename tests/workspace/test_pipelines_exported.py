"""A step that writes outside is reused only as long as what it wrote is there as it was left."""

from __future__ import annotations

from pathlib import Path

import pytest

import transom

TABLE = "a,b\n1,2\n3,4\n"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    (tmp_path / "there").mkdir()


def exporting(folder: Path, **wishes: str) -> transom.Pipeline:
    pipeline = transom.Pipeline(folder=folder)
    made = pipeline.step("made", "enter_data_manually", data=TABLE)
    pipeline.step("out", "export_data", dataset=made.dataset, **wishes)
    return pipeline


def states(pipeline: transom.Pipeline) -> dict[str, str]:
    return {name: end.state.value for name, end in pipeline.run().ends.items()}


def test_what_was_written_and_stands_there_still_is_not_written_again(tmp_path: Path) -> None:
    pipeline = exporting(tmp_path / "there", path="t.csv")
    assert states(pipeline)["out"] == "succeeded"
    before = (tmp_path / "there/t.csv").stat().st_mtime_ns
    assert states(pipeline) == {"made": "reused", "out": "reused"}
    assert (tmp_path / "there/t.csv").stat().st_mtime_ns == before


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_what_was_changed_or_removed_since_is_written_again(tmp_path: Path, change: str) -> None:
    pipeline, target = exporting(tmp_path / "there", path="t.csv"), tmp_path / "there/t.csv"
    pipeline.run()
    written = target.read_text()
    if change == "gone":
        target.unlink()
    else:
        target.write_text("something else")
    assert states(pipeline) == {"made": "reused", "out": "succeeded"}
    assert target.read_text() == written
    assert states(pipeline)["out"] == "reused"


def test_the_same_file_in_another_folder_is_not_taken_for_written(tmp_path: Path) -> None:
    exporting(tmp_path / "there", path="t.csv").run()
    (tmp_path / "elsewhere").mkdir()
    assert states(exporting(tmp_path / "elsewhere", path="t.csv"))["out"] == "succeeded"
    assert (tmp_path / "elsewhere/t.csv").read_text() == (tmp_path / "there/t.csv").read_text()


def test_a_table_of_a_database_is_written_each_time(tmp_path: Path) -> None:
    pipeline = exporting(tmp_path / "there", database="sqlite:///d.db", table="t", if_exists="replace")
    assert states(pipeline)["out"] == "succeeded"
    assert states(pipeline)["out"] == "succeeded"
