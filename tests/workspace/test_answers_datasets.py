"""What a script is told and given of registered datasets and models, and what it can register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas
import pyarrow
import pytest
from tests.workspace.asking import Asker

from transom.errors import (
    BlobMissing,
    InputUnreadable,
    NameInvalid,
    Unknown,
    VersionUnknown,
    WrongUse,
)
from transom.settings import Settings
from transom.tables.step_file import open_step
from transom.workspace.answering import subject_of
from transom.workspace.datasets import find_dataset, remove_dataset
from transom.workspace.datasets_adding import Addition, add_dataset
from transom.workspace.opening import Workspace
from transom.workspace.questions import QUESTIONS


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace", Settings())


@pytest.fixture
def script(workspace: Workspace, tmp_path: Path) -> Asker:
    (tmp_path / "cars.csv").write_text("make,price\naudi,1\nbmw,2\n")
    add_dataset(workspace, Addition("cars", tmp_path / "cars.csv", tags={"a": "b"}))
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("a")
    add_dataset(workspace, Addition("files", tmp_path / "files"))
    return Asker(workspace)


def test_every_question_of_a_script_is_answered(script: Asker):
    assert set(script.answers) == set(QUESTIONS)
    for question in QUESTIONS:
        assert callable(subject_of(question)[question])
    assert {each for question in QUESTIONS for each in subject_of(question)} == set(QUESTIONS)


def test_a_dataset_is_told_of_by_name_version_and_id(script: Asker):
    told = script.ask("dataset/get", name="cars", version=None)
    assert {name: told[name] for name in ("name", "version", "kind", "rows", "tags", "run")} == {
        "name": "cars",
        "version": 1,
        "kind": "table",
        "rows": 2,
        "tags": {"a": "b"},
        "run": None,
    }
    assert told["columns"] == [{"name": "make", "type": "text"}, {"name": "price", "type": "int64"}]
    assert script.ask("dataset/by_id", id=told["id"]) == told
    assert script.ask("dataset/get", name="cars", version="latest") == told
    assert script.ask("dataset/get", name="cars", version="1") == told
    assert [each["name"] for each in script.ask("dataset/list")["datasets"]] == ["cars", "files"]
    with pytest.raises(Unknown, match="Did you mean cars"):
        script.ask("dataset/get", name="car")
    with pytest.raises(VersionUnknown):
        script.ask("dataset/get", name="cars", version=2)


def test_a_table_is_given_as_its_step_file_and_files_as_a_folder(script: Asker):
    opened = script.ask("dataset/open", id=script.ask("dataset/get", name="cars")["id"])
    assert opened["table"]["name"] == "cars.arrow"
    assert script.rows(opened) == [("audi", "1"), ("bmw", "2")]
    opened = script.ask("dataset/open", id=script.ask("dataset/get", name="files")["id"])
    assert opened["names"] == ["a.txt"]
    assert opened["files"]["name"] == "files"
    assert script.workspace.blobs.bytes(opened["files"]["contents"][0]["digest"]) == b"a"


@pytest.mark.parametrize("name", ["..", ".", "...", "a" * 255, "ü" * 255, "a b (c)"])
def test_any_name_of_a_dataset_makes_the_name_of_a_file(script: Asker, name: str):
    told = script.ask("dataset/register", name=name, files=[script.file("a", "a")])
    file = script.ask("dataset/open", id=told["id"])["files"]["name"]
    assert file not in ("", ".", "..")
    assert len(file.encode()) <= 255


def test_a_table_of_the_script_is_registered_exactly_with_its_run(script: Asker):
    frame = pandas.DataFrame({"x": pandas.array([1, None], "Int64")}, index=pandas.Index(["a", "b"], name="key"))
    told = script.ask(
        "dataset/register",
        name="made",
        description="It is.",
        tags={"k": "v", "none": None},
        create_new_version=True,
        table=script.handed_table(frame),
    )
    assert (told["version"], told["rows"], told["run"], told["description"]) == (1, 2, script.run, "It is.")
    assert told["tags"] == {"k": "v", "none": ""}
    from transom.engine.child import frames

    opened = script.ask("dataset/open", id=told["id"])
    pandas.testing.assert_frame_equal(frames.read_frame(str(script.path(opened)))[0], frame)


def test_a_name_that_is_taken_gets_a_new_version_only_where_that_was_asked_for(script: Asker):
    table = script.handed_table(pandas.DataFrame({"x": [1]}))
    with pytest.raises(WrongUse, match="create_new_version=True"):
        script.ask("dataset/register", name="cars", create_new_version=False, table=table)
    assert script.ask("dataset/register", name="cars", create_new_version=True, table=table)["version"] == 2
    same = script.ask("dataset/register", name="cars", create_new_version=False, table=table)
    assert same["version"] == 2
    assert same["tags"] == {}


@pytest.mark.parametrize("content", [b"", b"no arrow", b"ARROW1\0\0" + b"\xff" * 100])
def test_a_table_that_is_none_is_refused(script: Asker, content: bytes):
    with pytest.raises(InputUnreadable, match="The table that was handed over cannot be read"):
        script.ask("dataset/register", name="it", table=script.handed(content))
    with pytest.raises(Unknown):
        find_dataset(script.workspace, "it")


def test_a_forged_table_with_false_offsets_is_refused(script: Asker, tmp_path: Path):
    table = pyarrow.table({"x": ["word"] * 1000})
    path = tmp_path / "forged.arrow"
    with pyarrow.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    content = path.read_bytes()
    place = content.index((4).to_bytes(4, "little") + (8).to_bytes(4, "little"))
    forged = content[:place] + b"\xff\xff\xff\x7f" + content[place + 4 :]
    with pytest.raises(InputUnreadable):
        script.ask("dataset/register", name="it", table=script.handed(forged))


def test_a_table_in_several_batches_is_kept_as_one(script: Asker, tmp_path: Path):
    table = pyarrow.table({"x": [1, 2, 3]})
    with pyarrow.ipc.new_file(str(tmp_path / "batches.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    told = script.ask("dataset/register", name="it", table=script.handed((tmp_path / "batches.arrow").read_bytes()))
    path = script.path(script.ask("dataset/open", id=told["id"]))
    assert pyarrow.ipc.open_file(str(path)).num_record_batches == 1
    assert open_step(path).column("x").to_pylist() == [1, 2, 3]


def test_files_are_registered_under_their_names(script: Asker):
    told = script.ask("dataset/register", name="set", files=[script.file("b/c.txt", "c"), script.file("a.txt", "a")])
    assert (told["kind"], told["files"], told["bytes"]) == ("files", 2, 2)
    assert script.ask("dataset/open", id=told["id"])["names"] == ["a.txt", "b/c.txt"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../a", "a/../b", "/a", "a//b", "a/", "a\0b", "x" * 256, "/".join("a" * 60), "a" + "/a" * 1500],
)
def test_a_file_of_a_name_that_leads_elsewhere_is_refused(script: Asker, name: str):
    with pytest.raises(WrongUse, match="cannot be the name of a file"):
        script.ask("dataset/register", name="set", files=[script.file(name, "a")])
    with pytest.raises(WrongUse, match="cannot be the name of a file"):
        script.ask("model/register", name="set", is_folder=True, files=[script.file(name, "a")])


def test_files_that_cannot_lie_beside_each_other_are_refused(script: Asker):
    with pytest.raises(WrongUse, match="both as a file and as a folder"):
        script.ask("dataset/register", name="set", files=[script.file("a", "1"), script.file("a/b", "2")])
    with pytest.raises(WrongUse, match="two of its files have one name"):
        script.ask("dataset/register", name="set", files=[script.file("a", "1"), script.file("a", "2")])
    with pytest.raises(WrongUse, match="there are no files"):
        script.ask("dataset/register", name="set", files=[])


def test_what_was_read_before_is_registered_by_its_token_and_what_is_registered_by_its_id(script: Asker):
    read = script.read(script.file("a.csv", "x\n1\n"))
    told = script.ask("dataset/register", name="read", same_as=read["token"])
    assert (told["rows"], told["kind"]) == (1, "table")
    gathered = script.ask("dataset/gather", places=[script.file("a.csv", "x\n1\n")])
    assert script.ask("dataset/register", name="gathered", same_as=gathered["token"])["files"] == 1
    cars = script.ask("dataset/get", name="cars")
    copy = script.ask("dataset/register", name="copy", same_as=cars["id"])
    assert (copy["rows"], copy["run"]) == (2, script.run)


def test_only_what_this_run_was_given_has_a_token(script: Asker):
    script_text = script.workspace.blobs.put_bytes(b"secret = 1")
    other = Asker(script.workspace).read(script.file("a.csv", "x\n1\n"))["token"]
    for token in (script_text, other, "", "0" * 64, "../../etc/passwd"):
        with pytest.raises(WrongUse, match="neither the id of a dataset nor the token"):
            script.ask("dataset/register", name="it", same_as=token)


def test_a_token_of_what_was_tidied_away_is_said(script: Asker):
    token = script.read(script.file("a.csv", "x\n1\n"))["token"]
    script.workspace.blobs.remove(token)
    with pytest.raises(WrongUse, match="Read it again"):
        script.ask("dataset/register", name="it", same_as=token)


def test_a_content_that_was_not_handed_over_is_refused(script: Asker):
    for content in ({"digest": "0" * 64, "bytes": 1},):
        with pytest.raises(BlobMissing):
            script.ask("dataset/register", name="it", table=content)
    for content in ({"handed": "x"}, {"digest": "short"}, {"digest": 7}, "text", 7, [], {"digest": "../" + "0" * 61}):
        with pytest.raises(WrongUse, match="no content that was handed over"):
            script.ask("dataset/register", name="it", table=content)


def test_description_and_tags_are_changed_whole(script: Asker):
    told = script.ask("dataset/get", name="cars")
    changed = script.ask("dataset/update", id=told["id"], description="New", tags={"c": "d"})
    assert (changed["description"], changed["tags"], changed["id"]) == ("New", {"c": "d"}, told["id"])
    assert script.ask("dataset/update", id=told["id"], tags={})["tags"] == {}
    assert script.ask("dataset/update", id=told["id"])["description"] == "New"


FORGED: list[tuple[str, dict[str, Any]]] = [
    ("dataset/get", {}),
    ("dataset/get", {"name": 7}),
    ("dataset/get", {"name": None}),
    ("dataset/get", {"name": "x" * 200_000}),
    ("dataset/get", {"name": "cars", "version": 0}),
    ("dataset/get", {"name": "cars", "version": True}),
    ("dataset/get", {"name": "cars", "version": 2**80}),
    ("dataset/get", {"name": "cars", "version": "9" * 5000}),
    ("dataset/get", {"name": "cars", "version": [1]}),
    ("dataset/get", {"name": "cars", "colour": "red"}),
    ("dataset/by_id", {"id": {"$ne": None}}),
    ("dataset/list", {"all": True}),
    ("dataset/register", {"name": "it"}),
    ("dataset/register", {"name": "it", "table": {}, "files": []}),
    ("dataset/register", {"name": "it", "files": {}}),
    ("dataset/register", {"name": "it", "files": ["a"]}),
    ("dataset/register", {"name": "it", "files": [{"name": "a"}]}),
    ("dataset/register", {"name": "it", "files": [{"name": "a", "content": {}, "mode": 7}]}),
    ("dataset/register", {"name": "it", "same_as": "x", "create_new_version": "yes"}),
    ("dataset/update", {"id": "x", "tags": []}),
    ("dataset/read", {"format": "excel", "places": []}),
    ("dataset/read", {"format": "parquet", "places": []}),
    ("dataset/read", {"format": "parquet", "places": [{}]}),
    ("dataset/read", {"format": "parquet", "places": "a"}),
    ("dataset/read", {"format": "parquet", "places": [{"name": "a"}]}),
    ("dataset/read", {"format": "parquet", "places": [{"datastore": 7, "path": "a"}]}),
    ("dataset/read", {"format": "parquet", "places": [{}], "options": []}),
    ("dataset/read", {"format": "parquet", "places": [{}], "options": {"header": True}}),
    ("dataset/read", {"format": "delimited", "places": [{}] * 10_001}),
    ("dataset/query", {"datastore": "workspaceblobstore"}),
    ("dataset/query", {"datastore": "workspaceblobstore", "query": 7, "timeout": -1}),
    ("dataset/gather", {"places": [{"url": 7}]}),
    ("datastore/names", {"name": 7}),
    ("datastore/upload", {"name": "workspaceblobstore", "files": [{"path": "", "content": {}}]}),
    ("model/get", {}),
    ("model/list", {"tags": ["a"]}),
    ("model/list", {"latest": "yes"}),
    ("model/register", {"name": "m", "files": []}),
    ("model/update", {"id": 7}),
    ("run/list", {"experiment": 7}),
    ("run/get", {}),
    ("run/file", {"id": "x"}),
    ("secret/get", {}),
    ("environment/get", {}),
    ("workspace/describe", {"all": 1}),
]


@pytest.mark.parametrize(("question", "facts"), FORGED, ids=lambda value: str(value)[:60])
def test_facts_that_are_none_are_answered_with_a_sentence(script: Asker, question: str, facts: dict[str, Any]):
    with pytest.raises((WrongUse, NameInvalid, Unknown)) as caught:
        script.answers[question](facts)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("facts", [None, [], "facts", 7])
def test_facts_that_are_no_object_are_refused(script: Asker, facts: Any):
    for answer in script.answers.values():
        with pytest.raises(WrongUse, match="its facts are no object"):
            answer(facts)


# Models


def test_a_model_of_one_file_is_registered_found_opened_and_changed(script: Asker):
    told = script.ask(
        "model/register",
        name="m",
        description="A model",
        tags={"area": "cars"},
        properties={"acc": "0.9"},
        framework="ScikitLearn",
        framework_version="1.5",
        is_folder=False,
        files=[script.file("model.pkl", b"\x80")],
    )
    assert (told["id"], told["version"], told["is_folder"], told["files"], told["run"]) == (
        "m:1",
        1,
        False,
        1,
        script.run,
    )
    assert script.ask("model/get", name="m") == script.ask("model/get", id="m:1") == told
    opened = script.ask("model/open", id="m:1")
    assert opened["names"] == ["model.pkl"]
    assert script.workspace.blobs.bytes(opened["files"]["contents"][0]["digest"]) == b"\x80"
    changed = script.ask("model/update", id="m:1", tags={"x": "y"}, properties=None, description=None)
    assert (changed["tags"], changed["properties"], changed["description"]) == ({"x": "y"}, {"acc": "0.9"}, "A model")
    again = script.ask("model/register", name="m", files=[script.file("model.pkl", b"\x80")], tags={}, properties={})
    assert (again["version"], again["tags"]) == (1, {"x": "y"})


def test_models_are_listed_by_name_tag_property_and_run(script: Asker):
    for number, tags in enumerate(({"a": "1"}, {"a": "2"}, {"b": "1"})):
        script.ask("model/register", name="m", tags=tags, files=[script.file("m", str(number))])
    Asker(script.workspace, run="other").ask("model/register", name="n", files=[script.file("m", "n")], is_folder=True)

    def listed(**wanted: Any) -> list[str]:
        return [each["id"] for each in script.ask("model/list", **wanted)["models"]]

    assert listed() == ["m:3", "m:2", "m:1", "n:1"]
    assert listed(latest=True) == ["m:3", "n:1"]
    assert listed(name="m", tags={"a": None}) == ["m:2", "m:1"]
    assert listed(tags={"a": "1"}) == ["m:1"]
    assert listed(run="other", latest=True) == ["n:1"]
    assert listed(name="nothing") == listed(properties={"p": "1"}) == []


def test_a_file_of_a_model_is_one_and_what_is_not_there_is_said(script: Asker):
    with pytest.raises(WrongUse, match="is no folder"):
        script.ask("model/register", name="m", files=[script.file("a", "1"), script.file("b", "2")])
    for identity in ("m:1", "m", "m:x", ":", "m:" + "9" * 99):
        with pytest.raises(Unknown):
            script.ask("model/open", id=identity)


def test_a_script_can_remove_nothing_and_set_no_secret(script: Asker):
    words = ("remove", "delete", "set", "add")
    assert not [question for question in script.answers if question.split("/")[1].startswith(words)]


def test_inputs_are_told_of_by_the_datasets_that_they_are(script: Asker):
    cars = script.ask("dataset/get", name="cars")
    asker = Asker(script.workspace, inputs={"dataset1": cars["id"], "dataset2": None})
    told = asker.ask("workspace/describe")
    assert told["inputs"] == {"dataset1": cars, "dataset2": None}
    assert told["run"] == {"id": asker.run, "created": "2026-11-26T10:11:12+00:00", "script": "clean.py"}
    assert told["id"] == script.workspace.id
    remove_dataset(script.workspace, "cars")
    assert asker.ask("workspace/describe")["inputs"]["dataset1"] is None
