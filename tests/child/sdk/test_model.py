"""What a script may do with registered models: find, list, read, download, register and mark them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.test_workspace import HERE, said

BEGIN = "from azureml.core import Model\nfrom azureml.core.model import Model as Same\nassert Same is Model\n"


def document(name: str = "cars", version: int = 2, **more: Any) -> dict[str, Any]:
    """What is told of a model."""
    return {
        "id": f"{name}:{version}",
        "name": name,
        "version": version,
        "description": "why",
        "tags": {"kind": "forest"},
        "properties": {"rows": "7"},
        "framework": "ScikitLearn",
        "framework_version": "0.22",
        "created": f"2026-01-0{version}T10:20:30.5+02:00",
        "run": "r1",
        "bytes": 5,
        "files": 1,
        "is_folder": False,
        **more,
    }


def test_a_model_is_found_by_name_version_id_or_tags(python: Path, tmp_path: Path) -> None:
    def get(facts: dict[str, Any]) -> dict[str, Any]:
        return document(facts.get("name", "by_id"), facts.get("version") or 2)

    script = (
        "import json\nmodels = [Model(ws, 'cars'), Model(ws, name='cars', version=1), Model(ws, id='cars:2'),\n"
        "    Model(ws, 'cars', tags={'kind': 'forest'}), Model(ws, properties=[['rows', 7]], version=1), Model(workspace=ws, name='a')]\n"
        "m = models[0]\nprint(json.dumps([[each.id for each in models], m.name, m.version, m.tags, m.properties,\n"
        "    m.description, m.model_framework, m.model_framework_version, str(m.created_time), m.run_id, m.url,\n"
        "    m.workspace.name, m == Model(ws, 'cars'), m.serialize()['bytes'], m.unpack]))\n"
    )
    models = {"models": [document(version=1), document(version=3), document("b", 2, tags={})]}
    found = said(python, tmp_path, BEGIN + script, model__get=get, model__list=models).told
    assert found[0] == ["cars:2", "cars:1", "by_id:2", "cars:3", "cars:1", "a:2"]
    assert found[1:] == [
        "cars",
        2,
        {"kind": "forest"},
        {"rows": "7"},
        "why",
        "ScikitLearn",
        "0.22",
        "2026-01-02 10:20:30.500000+02:00",
        "r1",
        "transom://models/cars/2",
        "home",
        True,
        5,
        False,
    ]
    asked = [facts for question, facts in serving.asked(tmp_path / "run1") if question == "model/get"]
    assert asked[:3] == [{"name": "cars", "version": None}, {"name": "cars", "version": 1}, {"id": "cars:2"}]


def test_models_are_asked_for_by_name_tags_properties_run_and_framework(python: Path, tmp_path: Path) -> None:
    models = {"models": [document(), document("trees", 1, framework="Onnx")]}
    script = (
        "import json\nids = lambda **only: [each.id for each in Model.list(ws, **only)]\n"
        "print(json.dumps([ids(), ids(tags=['x', ['kind', 'forest']], properties=[('rows', 7)]),\n"
        "    ids(tags={'kind': 'tree'}), ids(model_framework='Onnx'), ids(name='cars', run_id='r1', latest=True)]))\n"
    )
    both, trees = ["cars:2", "trees:1"], ["trees:1"]
    assert said(python, tmp_path, BEGIN + script, model__list=models).told == [both, both, both, trees, both]
    nothing = {"name": None, "tags": None, "properties": None, "run": None, "latest": False}
    assert [facts for _, facts in serving.asked(tmp_path / "run1")] == [
        nothing,
        {**nothing, "tags": {"x": None, "kind": "forest"}, "properties": {"rows": "7"}},
        {**nothing, "tags": {"kind": "tree"}},
        nothing,
        {**nothing, "name": "cars", "run": "r1", "latest": True},
    ]


@pytest.mark.parametrize("is_folder", [False, True], ids=["a file", "a folder"])
def test_a_model_is_read_where_it_lies_and_downloaded(is_folder: bool, python: Path, tmp_path: Path) -> None:
    place = tmp_path / "given"
    (place / "deep").mkdir(parents=True)
    (place / "model.pkl").write_text("model")
    (place / "deep" / "more.txt").write_text("more")
    names = ["model.pkl", "deep/more.txt"] if is_folder else ["model.pkl"]
    script = (
        "import json, os\npath = Model.get_model_path('cars', _workspace=ws)\nagain = Model.get_model_path('cars', 2)\n"
        "model = Model(ws, 'cars')\none = model.download()\ntwo = model.download(target_dir='deep/er', exist_ok=True)\n"
        "model.download(exist_ok=True)\n"
        "try:\n    model.download()\nexcept Exception as wrong:\n    refused = [type(wrong).__name__, str(wrong)]\n"
        "print(json.dumps([path, again == path, one, two, refused,\n"
        "    sorted(os.path.join(a, n) for a, _, b in os.walk('.') for n in b)]))\n"
    )
    answers: dict[str, serving.Canned] = {
        "model__get": document(is_folder=is_folder),
        "model__open": {"files": {"path": str(place)}, "names": names},
    }
    path, same, one, two, refused, left = said(python, tmp_path, BEGIN + script, **answers).told
    assert same
    if is_folder:
        assert (path, one, two) == (str(place), "./cars", "deep/er/cars")
        assert left == [f"./{at}cars/{name}" for at in ("", "deep/er/") for name in ("deep/more.txt", "model.pkl")]
    else:
        assert (path, one, two) == (str(place / "model.pkl"), "./model.pkl", "deep/er/model.pkl")
        assert left == ["./deep/er/model.pkl", "./model.pkl"]
    assert refused == ["WebserviceException", f"{one} is there already: give exist_ok=True to write over it."]


def test_a_file_or_folder_is_registered_with_all_that_is_said_of_it(python: Path, tmp_path: Path) -> None:
    script = (
        "import json, os, pathlib\nos.makedirs('f/deep/er')\nopen('f/a.txt', 'w').write('a')\n"
        "open('f/deep/b.txt', 'w').write('b')\nopen('f/deep/er/c.txt', 'w').write('c')\nos.symlink('none', 'f/broken')\n"
        "model = Model.register(ws, 'f/a.txt', 'one', tags={'n': 1}, properties={'p': None}, description='why',\n"
        "    model_framework=Model.Framework.SCIKITLEARN, model_framework_version='1')\n"
        "Model.register(workspace=ws, model_path=pathlib.Path('f'), model_name='two')\n"
        "Model.register(model_path='f', model_name='three', workspace=ws, child_paths=['a.txt', 'deep/er'])\n"
        "print(json.dumps([model.name, model.version]))\n"
    )
    done = said(
        python, tmp_path, BEGIN + script, model__register=lambda facts: document(facts["name"], 1, tags=facts["tags"])
    )
    assert done.told == ["one", 1]
    folder = tmp_path / "run1"
    one, two, three = [facts for question, facts in serving.asked(folder) if question == "model/register"]
    contents = [
        {each["name"]: serving.taken(folder, each["content"]["digest"]) for each in facts.pop("files")}
        for facts in (one, two, three)
    ]
    assert contents == [
        {"a.txt": b"a"},
        {"a.txt": b"a", "deep/b.txt": b"b", "deep/er/c.txt": b"c"},
        {"a.txt": b"a", "deep/er/c.txt": b"c"},
    ]
    assert one == {
        "name": "one",
        "description": "why",
        "tags": {"n": "1"},
        "properties": {"p": None},
        "framework": "ScikitLearn",
        "framework_version": "1",
        "is_folder": False,
    }
    assert two["is_folder"]
    assert list((folder / "handed").iterdir()) == []


def test_what_cannot_be_registered_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(facts: dict[str, Any]) -> dict[str, Any]:
        raise serving.refused("The disk is full.", "Make room.")

    script = (
        "import json, os\nos.makedirs('empty')\nopen('model.pkl', 'w').close()\nfound = []\n"
        "for path in ('empty', 'models.pkl', 'model.pkl'):\n"
        "    try:\n        Model.register(ws, path, 'm')\n"
        "    except Exception as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\nprint(json.dumps(found))\n"
    )
    found = said(HERE, tmp_path, BEGIN + script, model__register=full).told
    assert found[0] == ["WebserviceException", "The folder 'empty' holds no files to register."]
    assert found[1][0] == "FileNotFoundError"
    assert "did you mean 'model.pkl'?" in found[1][1]
    assert found[2] == ["WebserviceException", "The disk is full. Make room."]
    # what was handed had been taken before the answer was refused
    assert list((tmp_path / "run1" / "handed").iterdir()) == []


def test_tags_properties_and_description_are_changed_as_a_whole(tmp_path: Path) -> None:
    def update(facts: dict[str, Any]) -> dict[str, Any]:
        return document(**{name: value for name, value in facts.items() if name != "id" and value is not None})

    script = (
        "import json\nm = Model(ws, 'cars')\nm.add_tags({'a': 1})\ntags = [m.tags]\nm.remove_tags(['kind'])\n"
        "m.add_properties({'q': 2})\nm.update(tags={'only': 'this'}, description='new')\n"
        "m.update_tags_properties(add_tags={'x': 1}, remove_tags=['kind'], add_properties={'z': 3})\n"
        "print(json.dumps(tags))\n"
    )
    assert said(HERE, tmp_path, BEGIN + script, model__get=document(), model__update=update).told == [
        {"kind": "forest", "a": "1"}
    ]
    facts = [facts for question, facts in serving.asked(tmp_path / "run1") if question == "model/update"]
    nothing = {"id": "cars:2", "description": None, "tags": None, "properties": None}
    assert facts == [
        {**nothing, "tags": {"kind": "forest", "a": "1"}},
        {**nothing, "tags": {"a": "1"}},
        {**nothing, "properties": {"rows": "7", "q": "2"}},
        {**nothing, "tags": {"only": "this"}, "description": "new"},
        {**nothing, "tags": {"only": "this", "x": "1"}, "properties": {"rows": "7", "z": "3"}},
    ]


def test_a_model_that_is_not_there_is_the_exception_that_scripts_catch(python: Path, tmp_path: Path) -> None:
    def refuse(facts: dict[str, Any]) -> dict[str, Any]:
        raise serving.refused("There is no model 'car'.", "Did you mean cars?")

    script = (
        "import json\nfrom azureml.exceptions import ModelNotFoundException, WebserviceException\nfound = []\n"
        "try:\n    Model(ws, 'car')\nexcept WebserviceException as wrong:\n    found.append(wrong.message)\n"
        "try:\n    Model.get_model_path('car')\nexcept ModelNotFoundException as wrong:\n    found.append(str(wrong))\n"
        "try:\n    Model(ws, 'car', tags=['x'])\nexcept WebserviceException as wrong:\n    found.append(str(wrong))\n"
        "print(json.dumps(found))\n"
    )
    sentence = "There is no model 'car'. Did you mean cars?"
    assert said(python, tmp_path, BEGIN + script, model__get=refuse, model__list={"models": []}).told == [
        sentence,
        sentence,
        "No model 'car' has these tags and properties.",
    ]
