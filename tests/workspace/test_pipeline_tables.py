"""A program gives tables to a pipeline and takes tables from it: contents of the workspace, the same one once."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

import transom
from transom.errors import WrongUse
from transom.settings import load
from transom.workspace.opening import open_workspace
from transom.workspace.overview import prune
from transom.workspace.pipelines.asked import request_to_resume
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.runs import Runs

KEEPS = "def azureml_main(a=None, b=None):\n    return a,\n"
FRAME = pd.DataFrame(
    {"make": pd.Categorical(["audi", None]), "price": [1.5, 2.0], "day": pd.to_datetime(["2024-01-01", "2024-02-01"])},
    index=pd.Index(["x", "y"], name="key"),
)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))


@pytest.fixture
def pipeline(tmp_path: Path) -> transom.Pipeline:
    made = transom.Pipeline(folder=tmp_path)
    cars = made.input("cars", type="mltable")
    made.input("share", 0.5)
    kept = made.step("kept", "execute_python_script", dataset1=cars, script=KEEPS)
    made.output("train", kept.result_dataset)
    return made


def test_a_frame_goes_in_and_comes_out_exactly(pipeline: transom.Pipeline) -> None:
    result = pipeline.run(cars=FRAME)
    train = result.outputs["train"]
    assert_frame_equal(train.to_pandas(), FRAME)
    assert train.to_arrow().num_rows == train.shape.rows == len(train.table) == 2
    assert train.path.is_file()
    assert train.dataset == "train@1"
    assert_frame_equal(result.tables("kept")["result_dataset"].to_pandas(), FRAME)


def test_the_same_content_is_reused_and_another_is_not(pipeline: transom.Pipeline) -> None:
    assert pipeline.run(cars=FRAME).ends["kept"].state.value == "succeeded"
    assert pipeline.run(cars=FRAME.copy()).ends["kept"].state.value == "reused"
    assert pipeline.run(cars=FRAME.assign(price=3)).ends["kept"].state.value == "succeeded"


def test_an_arrow_table_and_tables_of_results_are_given(pipeline: transom.Pipeline, tmp_path: Path) -> None:
    first = pipeline.run(cars=pa.table({"x": [1, 2, 3]}))
    assert first.outputs["train"].to_pandas()["x"].tolist() == [1, 2, 3]
    second = pipeline.run(cars=first.outputs["train"])
    assert second.outputs["train"].to_pandas()["x"].tolist() == [1, 2, 3]
    assert pipeline.run(cars=second.outputs["train"].table).ends["kept"].state.value == "reused"
    (tmp_path / "s.py").write_text(KEEPS)
    table = transom.run(tmp_path / "s.py", dataset1=FRAME).result_dataset
    assert_frame_equal(pipeline.run(cars=table).outputs["train"].to_pandas(), FRAME)


def test_what_is_told_as_json_is_as_it_was(pipeline: transom.Pipeline) -> None:
    result = pipeline.run(cars=FRAME)
    told = result.document()["outputs"]["train"]
    path = str(result.folder / "steps/kept/result_dataset.arrow")
    assert told == {"dataset": "train@1", "rows": 2, "columns": 3, "path": path}
    assert json.loads(json.dumps(dict(result.outputs))) == {"train": told}
    assert dict(result.outputs["train"]) == told


def test_a_table_where_none_is_wanted_is_refused(pipeline: transom.Pipeline, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="The input share is of the type number, not a DataFrame"):
        pipeline.run(cars=FRAME, share=FRAME)
    with pytest.raises(WrongUse, match=r"The pipeline has no input cras\. Did you mean cars"):
        pipeline.run(cras=FRAME)
    with pytest.raises(WrongUse, match="The input cars: The DataFrame cannot be connected"):
        pipeline.run(cars=pd.DataFrame({"x": [object()]}))
    with pytest.raises(WrongUse, match="The input cars is data, not a list"):
        pipeline.run(cars=[1, 2])
    bundle = transom.Pipeline(folder=tmp_path)
    files = bundle.input("files", type="uri_folder")
    bundle.step("s", "execute_python_script", script=KEEPS, script_bundle=files)
    end = bundle.run(files=FRAME).ends["s"]
    assert end.outcome is not None
    assert end.outcome.failure is not None
    assert (
        "The input files was given a table, and is connected to a port that takes files" in end.outcome.failure.message
    )


def test_a_pipeline_file_names_no_content(pipeline: transom.Pipeline, tmp_path: Path) -> None:
    result = pipeline.run(cars=FRAME)
    record = PipelineRunner(load()).workspace.history.get(result.id)
    place = record.begun.request["values"]["cars"]["path"]
    named = transom.Pipeline(folder=tmp_path)
    cars = named.input("cars", path=place)
    named.step("s", "execute_python_script", dataset1=cars, script=KEEPS)
    assert named.run().status == "failed"


def test_a_run_that_was_given_a_frame_is_taken_up_again(tmp_path: Path) -> None:
    script = tmp_path / "s.py"
    script.write_text("def azureml_main(a=None, b=None):\n    raise ValueError\n")
    made = transom.Pipeline(folder=tmp_path)
    made.step("s", "execute_python_script", dataset1=made.input("cars", type="mltable"), script="s.py")
    first = made.run(cars=FRAME)
    assert first.status == "failed"
    script.write_text(KEEPS)
    runner = PipelineRunner(load())
    run, request = request_to_resume(runner.workspace, first.id)
    again = runner.run(request, resume=run)
    assert again.ends["s"].results["result_dataset"].shape.rows == 2
    assert not again.warnings


def test_what_the_run_may_touch_is_said_as_for_a_script(pipeline: transom.Pipeline, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far/given.txt").write_text("content of it")
    made = transom.Pipeline(folder=tmp_path)
    place = tmp_path / "far"
    script = (
        "import pandas\n"
        "def azureml_main(a=None, b=None):\n"
        f"    text = open({str(place / 'given.txt')!r}).read()\n"
        f"    open({str(place / 'made.txt')!r}, 'w').write(text)\n"
        "    return pandas.DataFrame({'text': [text]}),\n"
    )
    step = made.step("s", "execute_python_script", script=script, reuse=False)
    made.output("told", step.result_dataset)
    assert made.run(policy="confined").status == "failed"
    for given in (place, str(place), [place]):
        result = made.run(policy="confined", allow_read=given, allow_write=given, experiment="trial")
        assert result.outputs["told"].to_pandas()["text"].tolist() == ["content of it"]
    assert PipelineRunner(load()).workspace.history.get(result.id).begun.experiment == "trial"


def test_the_tables_of_a_result_that_is_held_stay_readable(
    pipeline: transom.Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRANSOM_RUNS_KEPT", "1")
    result, output = pipeline.run(cars=FRAME), pipeline.run(cars=FRAME.assign(price=7)).outputs["train"]
    gone = Path(pipeline.run(cars=FRAME.assign(price=8)).outputs["train"]["path"])
    for number in range(3):
        pipeline.run(cars=FRAME.assign(price=number))
    prune(load())
    assert_frame_equal(result.outputs["train"].to_pandas(), FRAME)
    assert output.to_pandas()["price"].tolist() == [7, 7]
    assert not gone.exists()


def test_a_session_says_what_its_pipelines_may_touch(pipeline: transom.Pipeline) -> None:
    with transom.Session(policy="strict") as session:
        strict = pipeline.run(session, cars=FRAME)
        loose = pipeline.run(session, cars=FRAME, policy="open")
    policies = [Runs(open_workspace(load())).get(each.id).begun.request["policy"] for each in (strict, loose)]
    assert policies == ["strict", "open"]
