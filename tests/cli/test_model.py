"""`transom model`: what a person types and reads."""

from __future__ import annotations

import pytest
from tests.cli.transom import Desk

LOADS = """
from azureml.core import Model, Run
import pandas
def azureml_main(first=None, second=None):
    run = Run.get_context(allow_offline=True)
    path = Model.get_model_path("cars", _workspace=run.experiment.workspace)
    with open("outputs.txt", "w") as file:
        file.write("made")
    run.register_model(model_name="made", model_path="outputs.txt", tags={"kind": "text"})
    return pandas.DataFrame({"x": [open(path).read()]}),
"""


@pytest.fixture
def models(desk: Desk) -> Desk:
    """A desk with a workspace that has the model cars."""
    desk.transom("init")
    desk.write("model.txt", "a model")
    said = desk.transom(
        *("model", "add", "cars", "model.txt", "--tag", "area=prices", "--property", "acc=0.93"),
        *("--framework", "ScikitLearn==1.5", "--description", "Good"),
    )
    assert said.code == 0, said.err
    assert "Added cars@1: a file, 7 bytes." in said.err
    return desk


def test_models_are_listed_shown_and_downloaded(models: Desk):
    assert "ScikitLearn 1.5" in models.transom("model", "list").out
    shown = models.transom("model", "show", "cars").out
    for part in ("cars@1: a file, 7 bytes", "framework: ScikitLearn 1.5", "tags: area=prices", "properties: acc=0.93"):
        assert part in shown
    document = models.transom("model", "show", "cars", "--json").document
    assert (document["id"], document["properties"]) == ("cars:1", {"acc": "0.93"})
    assert "Wrote 1 file of cars@1 to out." in models.transom("model", "download", "cars", "out").err
    assert (models.folder / "out" / "model.txt").read_text() == "a model"
    again = models.transom("model", "download", "cars", "out")
    assert (again.code, "it is there already" in again.err) == (2, True)
    assert models.transom("model", "remove", "cars@1", "--json").document == {"removed": ["cars@1"]}
    assert models.transom("model", "list", "--json").document == {"models": []}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "cars", "nothing.pkl"), 3, "There is no file or folder"),
        (("add", "a/b", "model.txt"), 2, "cannot be the name of a model"),
        (("add", "cars", "model.txt", "--property", "=x"), 2, "--property =x is no pair"),
        (("show", "cras"), 3, "Did you mean cars?"),
        (("download", "cars@2"), 3, "has no version 2"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(models: Desk, arguments: tuple[str, ...], code: int, said: str):
    plain = models.transom("model", *arguments)
    assert (plain.code, plain.out) == (code, "")
    assert said in plain.err


def test_a_script_loads_a_model_and_registers_one(models: Desk):
    models.write("loads.py", LOADS)
    said = models.transom("run", "loads.py", "--result1", "out.csv", "--json")
    assert said.document["status"] == "succeeded", said.document
    assert (models.folder / "out.csv").read_text() == "x\na model\n"
    made = models.transom("model", "show", "made", "--json").document
    assert (made["run"], made["tags"], made["names"][0]["name"]) == (
        said.document["run"],
        {"kind": "text"},
        "outputs.txt",
    )
