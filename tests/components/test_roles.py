"""Roles of columns lie in the step file: scripts keep them where they keep the column, and the designer knows them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from tests.child import frames_driver
from tests.components.framing import written
from tests.environments import DESIGNER_CORE, ENVIRONMENTS, python_of

from transom.tables.description import OURS_KEY, Description, describe, with_description
from transom.tables.designer_pictures import roles_of
from transom.tables.formats import read, write
from transom.tables.step_file import describe_step, open_step, write_step

FRAME = pd.DataFrame({"make": ["a", "b"], "price": [1.5, 2.5], "guess": [1.0, 3.0], "number": [1, 2]})
ROLES = {"price": "label", "guess": "score", "number": "none", "make": "feature"}
KEEP = """
import sys
from frames_driver import frames
roles = {}
first, _ = frames.read_frame(sys.argv[1], roles)
frames.read_frame(sys.argv[2], roles)
kept = first[["price", "make"]].assign(new=1)
frames.write_frame(kept, sys.argv[3], True, roles)
"""
THEIRS = """
import json, sys
import pandas as pd
from azureml.studio.core.data_frame_schema import DataFrameSchema
from azureml.studio.core.io.data_frame_directory import load_data_frame_from_directory, save_data_frame_to_directory
schema = load_data_frame_from_directory(sys.argv[1]).schema_instance
names = schema.column_attributes.names
print(json.dumps({name: schema.get_feature_type(name) for name in names}))
frame = pd.DataFrame({"x": [1], "y": [2], "z": [3], "w": [4]})
made = DataFrameSchema.from_data_frame(frame)
made.label_column_name = "y"
made.score_column_names = {"Regression Scores": "z"}
save_data_frame_to_directory(sys.argv[2], frame, schema=made.to_dict())
"""


def step(folder: Path, name: str, roles: dict[str, str]) -> Path:
    path = folder / f"{name}.arrow"
    frames_driver.frames.write_frame(FRAME, str(path), True, roles)
    return path


def roles_in(path: Path) -> dict[str, str]:
    return dict(describe_step(open_step(path)).roles)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda environment: environment.name)
def test_a_script_keeps_the_roles_of_the_columns_that_it_keeps(environment, tmp_path: Path):
    python = python_of(environment)
    if python is None:
        pytest.skip(f"this machine has no Python {environment.python}")
    first, second = step(tmp_path, "one", {"price": "label"}), step(tmp_path, "two", {"price": "score", "make": "none"})
    result = tmp_path / "result.arrow"
    child = Path(frames_driver.__file__).parent
    done = subprocess.run(
        [python, "-W", "ignore", "-c", KEEP, first, second, result],
        env={**os.environ, "PYTHONPATH": str(child)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert roles_in(result) == {"price": "label", "make": "none"}


def test_nothing_is_said_of_roles_where_there_are_none(tmp_path: Path):
    metadata = open_step(step(tmp_path, "plain", {"of no column": "label"})).schema.metadata
    assert "roles" not in json.loads(metadata[OURS_KEY])


def test_a_description_keeps_them_and_nothing_that_is_no_role():
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64())])
    said = {"a": "label", "b": "teacher", "c": "label"}
    assert describe(with_description(schema, Description(0, roles=said)), 0).roles == {"a": "label"}
    for wrong in ("label", ["a"], {"a": ["label"]}, {"a": None}):
        metadata = {OURS_KEY: json.dumps({"roles": wrong}).encode()}
        assert describe(schema.with_metadata(metadata), 0).roles == {}


def test_they_come_back_from_a_designers_folder(tmp_path: Path):
    path = step(tmp_path, "step", ROLES)
    write(path, f"{tmp_path}/folder/")
    said = json.loads((tmp_path / "folder" / "schema" / "_schema.json").read_text())
    assert {one["name"]: one["isFeature"] for one in said["columnAttributes"]} == {
        "make": True,
        "price": False,
        "guess": False,
        "number": False,
    }
    assert (said["labelColumns"], said["scoreColumns"]) == ({"True Labels": "price"}, {"Scored Labels": "guess"})
    read(tmp_path / "folder", tmp_path / "back.arrow")
    assert roles_in(tmp_path / "back.arrow") == ROLES


def test_they_come_from_the_schema_where_the_table_says_nothing(tmp_path: Path):
    write(step(tmp_path, "step", {}), f"{tmp_path}/folder/")
    place = tmp_path / "folder" / "schema" / "_schema.json"
    said = json.loads(place.read_text())
    said["columnAttributes"][3]["isFeature"] = False
    said |= {"labelColumns": {"True Labels": "price"}, "scoreColumns": {"A": "guess", "B": "of no column"}}
    place.write_text(json.dumps(said))
    for sample in (None, 1):
        read(tmp_path / "folder", tmp_path / "back.arrow", sample=sample)
        assert roles_in(tmp_path / "back.arrow") == {"price": "label", "guess": "score", "number": "none"}


@pytest.mark.parametrize("content", ["", "[]", "{", '{"columnAttributes": 5, "labelColumns": [1]}', "[" * 100_000])
def test_a_schema_that_is_none_keeps_nobody_from_the_table(content: str, tmp_path: Path):
    write(step(tmp_path, "step", {}), f"{tmp_path}/folder/")
    (tmp_path / "folder" / "schema" / "_schema.json").write_text(content)
    read(tmp_path / "folder", tmp_path / "back.arrow")
    assert roles_in(tmp_path / "back.arrow") == {}


@pytest.mark.parametrize(
    "schema",
    [None, 5, {}, {"columnAttributes": [5, {"name": 5, "isFeature": False}], "scoreColumns": {"A": 5}}],
)
def test_what_is_no_schema_says_no_role(schema: object):
    assert roles_of(schema) == {}


def test_microsofts_package_reads_them_and_what_it_writes_is_read(tmp_path: Path):
    python = python_of(DESIGNER_CORE)
    if python is None:
        pytest.skip("Microsoft's azureml-designer-core needs Python 3.6, which this machine lacks")
    write(step(tmp_path, "step", ROLES), f"{tmp_path}/ours/")
    command = [python, "-c", THEIRS, tmp_path / "ours", tmp_path / "theirs"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "make": "Feature",
        "price": "Label",
        "guess": "Score",
        "number": None,
    }
    read(tmp_path / "theirs", tmp_path / "back.arrow")
    assert {name: role for name, role in roles_in(tmp_path / "back.arrow").items() if role != "none"} == {
        "y": "label",
        "z": "score",
    }


def test_what_a_script_said_of_its_frame_survives_the_host(tmp_path: Path):
    frame = pd.DataFrame({"a": [1]}, index=pd.RangeIndex(1, name=5))
    frame.columns.name = "names"
    frame.attrs["unit"] = "m"
    table = written(frame, tmp_path)
    write_step(table.arrow, tmp_path / "again.arrow", table.description)
    found, _ = frames_driver.frames.read_frame(str(tmp_path / "again.arrow"))
    assert (found.index.name, found.columns.name, found.attrs) == (5, "names", {"unit": "m"})


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("range", {"start": "x", "stop": 1, "step": 1, "name": None}),
        ("range", {"name": None}),
        ("range", {"start": 0, "stop": 2, "step": 0, "name": None}),
        ("range", {"start": 0, "stop": 2, "step": 1, "name": None, "exact": {}}),
        ("nested", 5),
        ("columns_name", "x"),
        ("columns_dtype", ["x"]),
        ("attrs", "x"),
        ("index", [{"field": "a", "name": None, "exact": [[1]]}]),
    ],
)
def test_what_a_stranger_said_of_it_does_not_reach_a_script(key: str, wrong: object, tmp_path: Path):
    table = pa.table({"a": [1, 2]}).replace_schema_metadata(
        {OURS_KEY: json.dumps({"index": [], "columns": {}, key: wrong})}
    )
    write_step(table, tmp_path / "step.arrow", describe(table.schema, 2))
    found, _ = frames_driver.frames.read_frame(str(tmp_path / "step.arrow"))
    assert len(found) == 2
