"""A pipeline that is built in Python holds what its file would hold, or is refused in a sentence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import transom
from transom.errors import EnvironmentUnknown, ResultUnwritable, WrongUse


def entered(folder: Path, rows: Any, **more: Any) -> transom.Pipeline:
    pipeline = transom.Pipeline(folder=folder)
    pipeline.step("made", "enter_data_manually", rows=rows, **more)
    return pipeline


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused_with_what_stands_for_a_missing_value(tmp_path: Path, number: float) -> None:
    with pytest.raises(WrongUse, match=r"A number in rows of the step made is .*None \(null in a file\) for a missing"):
        _ = entered(tmp_path, [["x"], [number]]).value
    with pytest.raises(WrongUse, match="A number in the input share is"):
        entered(tmp_path, [["x"], [1]]).input("share", number)


@pytest.mark.parametrize("kind", ["number", "integer", "string"])
def test_a_number_that_is_none_is_refused_for_a_run(tmp_path: Path, kind: str) -> None:
    pipeline = entered(tmp_path, [["x"], [1]])
    pipeline.input("given", type=kind)
    for number in (math.nan, math.inf):
        with pytest.raises(WrongUse, match="A number in the input given is"):
            pipeline.run(given=number)


def test_an_infinite_limit_lifts_it(tmp_path: Path) -> None:
    value = entered(tmp_path, [["x"], [1]], limits={"timeout": math.inf, "memory": "none"}).value
    assert value.steps["made"].limits == {"timeout": math.inf, "memory": math.inf}


@pytest.mark.parametrize("letter", ["k", "é", "😀"])
def test_a_key_that_is_too_long_for_a_file_is_told_to_be(tmp_path: Path, letter: str) -> None:
    with pytest.raises(WrongUse, match="A key in rows of the step made has 2,000 characters, too many"):
        _ = entered(tmp_path, [{letter * 2_000: 1}]).value
    rows = [{letter * 900: 1}]
    assert entered(tmp_path, rows).value.steps["made"].parameters["rows"] == rows


def test_values_too_deep_are_told_to_be(tmp_path: Path) -> None:
    rows: list[Any] = []
    for _ in range(5_000):
        rows = [rows]
    with pytest.raises(WrongUse, match="too deep"):
        _ = entered(tmp_path, rows).value
    rows[0] = rows
    with pytest.raises(WrongUse, match="too deep"):
        _ = entered(tmp_path, rows).value


@pytest.mark.parametrize(
    "text",
    ["😀", "\\ud83d\\ude00", "\\😀", "é\x7f\x85\u2028\ufeff\U000e0001", 'a"b\\n\n\t\x00', "\ud83d", "\ud800\ud800"],
)
def test_a_text_stays_as_it_is(tmp_path: Path, text: str) -> None:
    rows = [[text], [{text: text}]]
    assert entered(tmp_path, rows).value.steps["made"].parameters["rows"] == rows


def test_what_is_no_value_of_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for rows in ([["x"], [object()]], [["x"], [{1, 2}]], [["x"], [{(1, 2): 3}]]):
        with pytest.raises(WrongUse, match="A pipeline holds texts, numbers, lists and mappings"):
            _ = entered(tmp_path, rows).value


@pytest.mark.parametrize("bundle", [".", "..", "~nosuch/x"])
def test_it_is_written_over_its_own_file_and_over_nothing_else_that_it_is_made_of(tmp_path: Path, bundle: str) -> None:
    (tmp_path / "clean.py").write_text("def azureml_main(a, b):\n    return a\n")
    pipeline = transom.Pipeline(folder=tmp_path)
    pipeline.step("clean", "execute_python_script", script="clean.py", script_bundle=bundle)
    pipeline.write(tmp_path / "p.yml")
    pipeline.write(tmp_path / "p.yml")
    assert transom.Pipeline.read(tmp_path / "p.yml") == pipeline
    for place in (tmp_path / "clean.py", tmp_path, Path("\0")):
        with pytest.raises(ResultUnwritable):
            pipeline.write(place)
    assert (tmp_path / "clean.py").read_text().startswith("def")


@pytest.mark.parametrize("target", ["sub/q.yml", "../elsewhere/q.yml", "link/q.yml"])
def test_what_is_written_into_another_folder_leads_to_the_same_files(tmp_path: Path, target: str) -> None:
    home = tmp_path / "home"
    for folder in ("sub", "scale", "bundle/deep", "../elsewhere/deep"):
        (home / folder).mkdir(parents=True)
    (home / "link").symlink_to(tmp_path / "elsewhere/deep")
    for name in ("clean.py", "scale/score.py"):
        (home / name).write_text("def azureml_main(cars):\n    return cars\n")
    (home / "scale/component.yaml").write_text(
        "script: score.py\ninputs: {cars: mltable}\noutputs: {scored: {type: mltable}}\n"
    )
    pipeline = transom.Pipeline(folder=home)
    source = pipeline.input("source", "rows/cars.csv")
    cars = pipeline.input("cars", path="cars.csv")
    far = pipeline.input("far", path="azureml:cars@latest")
    read = pipeline.step("read", "import_data", path=source)
    pipeline.step("asked", "import_data", database="sqlite:///shop.db?mode=ro", query="SELECT 1")
    pipeline.step("clean", "execute_python_script", script="clean.py", script_bundle="bundle/", dataset1=cars)
    pipeline.step("typed", "execute_python_script", script="def azureml_main(a):\n    return a\n", dataset1=far)
    pipeline.step("scored", "./scale", cars="more/../cars.csv")
    pipeline.step("told", "export_data", dataset=read.dataset, path="/tmp/out.csv")
    pipeline.write(home / target)
    value: Any = transom.Pipeline.read(home / target).value
    place = (home / target).parent

    def leads(path: str, to: str) -> bool:
        return (place / path).resolve() == (home / to).resolve()

    assert leads(value.inputs["source"].value, "rows/cars.csv")
    assert leads(value.inputs["cars"].value.path, "cars.csv")
    assert value.inputs["far"].value == pipeline.value.inputs["far"].value
    steps = value.steps
    assert leads(steps["asked"].parameters["database"][len("sqlite:///") : -len("?mode=ro")], "shop.db")
    assert leads(steps["clean"].script_shown, "clean.py")
    assert leads(steps["clean"].inputs["script_bundle"].path, "bundle")
    assert leads(steps["scored"].component.name, "scale")
    assert leads(steps["scored"].inputs["cars"].path, "cars.csv")
    assert steps["told"].parameters["path"] == "/tmp/out.csv"
    assert steps["typed"] == pipeline.value.steps["typed"]


def test_a_path_that_is_also_another_text_is_not_written_into_another_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    pipeline = transom.Pipeline(folder=tmp_path)
    both = pipeline.input("both", "cars.csv")
    pipeline.step("read", "import_data", path=both, file_column=both)
    with pytest.raises(ResultUnwritable, match="its input both is a path for one step, and something else"):
        pipeline.write(tmp_path / "sub/p.yml")
    assert not (tmp_path / "sub/p.yml").exists()
    pipeline.write(tmp_path / "p.yml")


def test_an_input_step_or_output_does_not_replace_an_earlier_one(tmp_path: Path) -> None:
    pipeline = transom.Pipeline(folder=tmp_path)
    pipeline.input("cars", path="cars.csv")
    made = pipeline.step("made", "enter_data_manually", rows=[["x"], [1]])
    pipeline.output("rows", made.dataset)
    with pytest.raises(WrongUse, match="There is an input cars already"):
        pipeline.input("cars", path="others.csv")
    with pytest.raises(WrongUse, match="There is an output rows already"):
        pipeline.output("rows", made.dataset)
    with pytest.raises(WrongUse, match="There is a step made already"):
        pipeline.step("made", "enter_data_manually", rows=[["x"], [2]])
    assert pipeline.value.inputs["cars"].value == transom.Pipeline.parse(pipeline.text).value.inputs["cars"].value


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"regenerate": "nosuch"}, "^regenerate nosuch: the pipeline has no step nosuch"),
        ({"regenerate": ["made", 5]}, "The steps to regenerate are names"),
        ({"until": "nosuch"}, "^until nosuch: the pipeline"),
        ({"from_": "nosuch"}, "^from_ nosuch: the pipeline"),
        ({"only": "made", "until": "made"}, "^only excludes until and from_"),
        ({"only": 5}, "only is a name, not an int"),
        ({"jobs": "2"}, "jobs is a whole number, not '2'"),
        ({"jobs": True}, "jobs is a whole number"),
        ({"secrets": 5}, "The secrets are names, not an int"),
        ({"environment": 5}, "The environment is a name"),
        ({"experiment": 5}, "The experiment is a name"),
        ({"policy": "loose"}, "There is no policy 'loose'"),
        ({"session": "x"}, r"A pipeline is run in a transom.Session, not in a str.*pipeline.run\(cars="),
        ({"policy": "open", "network": "none"}, "network"),
        ({"share": 1}, "The pipeline's input needed has no value.*run"),
        ({"nosuch": 1}, "The pipeline has no input nosuch"),
        ({"needed": object()}, "The input needed is given a object"),
    ],
)
def test_a_wrong_wish_is_told_in_words_of_python(tmp_path: Path, wishes: dict[str, Any], said: str) -> None:
    pipeline = entered(tmp_path, [["x"], [1]])
    pipeline.input("share", 0.5)
    pipeline.input("needed", type="number")
    with pytest.raises(WrongUse, match=said) as wrong:
        pipeline.run(**wishes)
    assert "--" not in str(wrong.value)


def test_an_environment_that_is_not_there_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentUnknown):
        entered(tmp_path, [["x"], [1]]).run(environment="nosuch")


def test_one_name_may_stand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
    pipeline = entered(tmp_path, [["x"], [1]])
    assert pipeline.run().ends["made"].state.value == "succeeded"
    assert pipeline.run().ends["made"].state.value == "reused"
    for names in ("made", "all", ["made"]):
        assert pipeline.run(regenerate=names).ends["made"].state.value == "succeeded"


def test_limits_are_a_mapping_or_those_of_a_run(tmp_path: Path) -> None:
    limits = transom.Limits(timeout=5, memory=math.inf)
    assert entered(tmp_path, [["x"], [1]], limits=limits).value.steps["made"].limits == {
        "timeout": 5,
        "memory": math.inf,
    }
    with pytest.raises(WrongUse, match="The limits of the step made are a mapping, not an int"):
        entered(tmp_path, [["x"], [1]], limits=5)
    with pytest.raises(WrongUse, match="The wishes for a retry of the step made are a mapping"):
        entered(tmp_path, [["x"], [1]], retry=3)


def test_what_is_wrong_names_the_step_and_the_port(tmp_path: Path) -> None:
    pipeline = transom.Pipeline(folder=tmp_path)
    made = pipeline.step("made", "enter_data_manually", rows=[["x"], [1]])
    with pytest.raises(WrongUse, match=r"dataset of the step halves is given the step made.*Give `made\.dataset`"):
        pipeline.step("halves", "split_data", dataset=made)
    with pytest.raises(WrongUse, match=r"The output all is given the step made.*Give `made\.dataset`"):
        pipeline.output("all", made)  # type: ignore[arg-type]
    frame = pd.DataFrame({"x": [1]})
    with pytest.raises(WrongUse, match=r"dataset of the step halves is given a DataFrame.*pipeline.run\(cars=frame\)"):
        pipeline.step("halves", "split_data", dataset=frame)
    with pytest.raises(WrongUse, match=r"fraction of the step halves is given a function.*the path of the file"):
        pipeline.step("halves", "split_data", dataset=made.dataset, fraction=entered)
    with pytest.raises(WrongUse, match=r"There is no component splitdata\. Did you mean split_data\?"):
        pipeline.step("halves", "splitdata")
    with pytest.raises(AttributeError, match=r"not dataste; did you mean dataset\?"):
        _ = made.dataste
    pipeline.step("halves", "split_data", dataset=made.dataset, fraction=7)
    with pytest.raises(WrongUse, match=r"^The step halves: fraction is 7"):
        _ = pipeline.value


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    rows = [["x", "y"], [np.int64(1), np.bool_(True)], [np.float32(0.5), np.str_("a")]]
    parameters = entered(tmp_path, rows).value.steps["made"].parameters
    assert parameters["rows"] == [["x", "y"], [1, True], [0.5, "a"]]
    assert entered(tmp_path, [["x"], *np.arange(2).reshape(2, 1)]).value.steps["made"].parameters["rows"][2] == [1]
