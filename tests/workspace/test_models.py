"""How a file or a folder becomes a version of a model, and how it is given back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.workspace.web import CARS, served

from transom.errors import NameInvalid, NotThere, ResultUnwritable, Unknown, VersionUnknown, WrongUse
from transom.settings import Settings
from transom.workspace.models import (
    AddedModel,
    ModelAddition,
    add_model,
    download_model,
    find_model,
    model_rows,
    remove_model,
    show_model,
)
from transom.workspace.opening import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace", Settings())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04.")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("net/weights.bin", "net/sub/config.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path / "net"


def added(workspace: Workspace, source: Path | str, **more: object) -> AddedModel:
    return add_model(workspace, ModelAddition("cars", source, **more))  # type: ignore[arg-type]


def test_a_file_becomes_a_model_with_tags_and_properties(workspace: Workspace, file: Path):
    made = added(workspace, file, tags={"a": "b"}, properties={"acc": "0.9"}, framework="X", framework_version="1")
    assert made.is_new
    assert (made.model.id, made.model.files, made.model.is_folder, made.model.bytes) == ("cars:1", 1, False, 3)
    told = show_model(workspace, find_model(workspace, "cars"))
    assert told["names"] == [{"name": "model.pkl", "bytes": 3}]
    assert (told["tags"], told["properties"], told["framework"]) == ({"a": "b"}, {"acc": "0.9"}, "X")
    assert not added(workspace, file).is_new
    assert find_model(workspace, "cars").tags == {"a": "b"}


def test_a_folder_becomes_a_model_and_comes_back_as_it_was(workspace: Workspace, folder: Path, tmp_path: Path):
    made = added(workspace, folder)
    assert (made.model.is_folder, made.model.files) == (True, 2)
    paths = download_model(workspace, made.model, str(tmp_path / "out"))
    assert sorted(path.relative_to(tmp_path / "out").as_posix() for path in paths) == ["sub/config.json", "weights.bin"]
    assert (tmp_path / "out/sub/config.json").read_text() == "net/sub/config.json"
    assert os.stat(tmp_path / "out/weights.bin").st_mode & 0o200


def test_a_folder_of_one_file_stays_a_folder(workspace: Workspace, folder: Path):
    (folder / "weights.bin").unlink()
    assert added(workspace, folder).model.is_folder


def test_a_download_puts_nothing_over_what_is_there_and_keeps_the_rest(
    workspace: Workspace, folder: Path, file: Path, tmp_path: Path
):
    model = added(workspace, folder).model
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    download_model(workspace, model, str(out))
    assert sorted(path.name for path in out.iterdir()) == ["mine.txt", "sub", "weights.bin"]
    with pytest.raises(ResultUnwritable, match="it is there already"):
        download_model(workspace, model, str(out))
    with pytest.raises(ResultUnwritable, match="it is a file"):
        download_model(workspace, model, str(file))
    with pytest.raises(ResultUnwritable, match="there is no folder"):
        download_model(workspace, model, str(tmp_path / "no" / "such"))
    with pytest.raises(WrongUse):
        download_model(workspace, model, "")
    assert sorted(path.name for path in out.iterdir()) == ["mine.txt", "sub", "weights.bin"]


def test_a_model_is_fetched_from_an_address(workspace: Workspace):
    with served() as web:
        model = added(workspace, f"http://{web.place}/file/model.pkl").model
    assert (model.is_folder, model.bytes) == (False, len(CARS))


def test_versions_are_found_listed_and_removed(workspace: Workspace, file: Path):
    added(workspace, file)
    file.write_bytes(b"2")
    assert added(workspace, file).model.version == 2
    assert find_model(workspace, "cars@1").version == 1
    assert [each["id"] for each in model_rows(workspace)] == ["cars:2"]
    assert [each["version"] for each in show_model(workspace, find_model(workspace, "cars"))["versions"]] == [2, 1]
    with pytest.raises(VersionUnknown):
        find_model(workspace, "cars@3")
    assert [each.id for each in remove_model(workspace, "cars@2")] == ["cars:2"]
    assert len(remove_model(workspace, "cars")) == 1
    with pytest.raises(Unknown):
        find_model(workspace, "cars")


def test_what_is_no_name_or_not_there_is_said(workspace: Workspace, file: Path):
    with pytest.raises(NameInvalid):
        add_model(workspace, ModelAddition("a/b", file))
    with pytest.raises(NotThere, match=r"model\.pkl"):
        added(workspace, file.with_name("modl.pkl"))
    for text in ("a:1", "", "cars@"):
        with pytest.raises(NameInvalid):
            find_model(workspace, text)
