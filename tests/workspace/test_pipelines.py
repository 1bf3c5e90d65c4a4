"""One suite of pipelines for every way to run jobs: real scripts, real components, a real workspace."""

from __future__ import annotations

import os
import signal
import sqlite3
import textwrap
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.environments import ready_made, share_ready_made

import transom
from transom.errors import WrongUse
from transom.settings import load
from transom.workspace import keeping
from transom.workspace.datasets_adding import Addition, add_dataset
from transom.workspace.pipelines import steps
from transom.workspace.pipelines.asked import request_to_resume
from transom.workspace.pipelines.asking import PipelineRequest, PipelineWatcher, Way
from transom.workspace.pipelines.explaining import Explaining
from transom.workspace.pipelines.files import read_file, request_of
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.pipelines.telling import PipelineResult
from transom.workspace.runs import Runs

PASSES = "def azureml_main(a=None, b=None):\n    return a, b\n"


@pytest.fixture(scope="module", params=list(Way))
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineRunner]:
    """Who runs pipelines in one workspace, in each way; jobs in the thread that asks take warm processes too."""
    with pytest.MonkeyPatch.context() as patch:
        data = tmp_path_factory.mktemp("data")
        share_ready_made(data)
        patch.setenv("TRANSOM_DATA_FOLDER", str(data))
        if request.param is Way.COLD:
            yield PipelineRunner(load())
            return
        with transom.Session() as session:
            yield session.pipelines


class Place:
    """A folder with a pipeline and what it names. The content of every table is its own, so that nothing is reused."""

    def __init__(self, folder: Path, runner: PipelineRunner, way: Way) -> None:
        self.folder = folder
        self.runner = runner
        self.way = way
        self.executed: list[str] = []
        self.printed: dict[str, str] = {}

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def pipeline(self, text: str) -> None:
        self.write("p.yml", text)

    def request(self, **wishes: Any) -> PipelineRequest:
        values = wishes.pop("values", {})
        return request_of(self.folder / "p.yml", values, self.runner.workspace, way=self.way, **wishes)

    def unchecked(self) -> PipelineRequest:
        """What a program asks for that built its pipeline itself: it was not looked whether all is there."""
        return PipelineRequest(read_file(self.folder / "p.yml").pipeline, self.folder, "p.yml", way=self.way)

    def run(
        self, *, resume: str | None = None, request: PipelineRequest | None = None, **wishes: Any
    ) -> PipelineResult:
        self.executed, self.printed = [], {}

        def printed(name: str, event: Any) -> None:
            self.printed[name] = self.printed.get(name, "") + event.text

        watcher = PipelineWatcher(on_begin=lambda name, _: self.executed.append(name), on_text=printed)
        return self.runner.run(request or self.request(**wishes), watcher, resume=resume)

    def table(self, result: PipelineResult, step: str, port: str = "result_dataset") -> pd.DataFrame:
        outcome = result.ends[step].outcome
        assert outcome is not None
        path = Path(result.document()["steps"][step]["results"][port]["path"])
        return transom.Table(outcome.results[port].shape, path).to_pandas()

    def why(self, result: PipelineResult, step: str) -> str:
        return Explaining(self.runner.workspace).step(result.id, step)[1]


@pytest.fixture
def place(runner: PipelineRunner, request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    way = request.node.callspec.params["runner"]
    made = Place(tmp_path, runner, way)
    made.write("cars.csv", f"make,price\naudi,10\nbmw,20\n{request.node.originalname},30\n")
    return made


def states(result: PipelineResult) -> dict[str, str]:
    return {name: end.state.value for name, end in result.ends.items()}


def failure(result: PipelineResult, step: str) -> dict[str, Any]:
    told: dict[str, Any] = result.document()["steps"][step]["failure"]
    return told


#: Two scripts one after the other, and one beside them.
THREE = """
    inputs: {cars: {type: uri_file, path: cars.csv}}
    jobs:
      first:
        component: execute_python_script
        inputs: {dataset1: "${{parent.inputs.cars}}", script: first.py}
      second:
        component: execute_python_script
        inputs: {dataset1: "${{parent.jobs.first.outputs.result_dataset}}", script: second.py}
      apart:
        component: execute_python_script
        inputs: {dataset1: "${{parent.inputs.cars}}", script: apart.py}
"""


@pytest.fixture
def three(place: Place) -> Place:
    """That pipeline, with scripts which pass on what they are given."""
    place.pipeline(THREE)
    for name in ("first", "second", "apart"):
        place.write(f"{name}.py", f"NAME = '{name}'\n{PASSES}")
    return place


def test_a_script_in_an_encoding_of_its_own_means_what_it_means_to_python(place: Place) -> None:
    place.pipeline("""
        jobs:
          of_file: {component: execute_python_script, inputs: {script: latin.py}}
          of_text:
            component: execute_python_script
            inputs:
              script: |
                # coding: latin-1
                import pandas as pd
                def azureml_main(a=None, b=None):
                    return pd.DataFrame({"x": ["été"]})
          beyond: {component: execute_python_script, inputs: {script: "# coding: latin-1\\nx = '日本'"}}
    """)
    script = (
        "# coding: latin-1\nimport pandas as pd\ndef azureml_main(a=None, b=None):\n"
        "    return pd.DataFrame({'x': ['été']})\n"
    )
    (place.folder / "latin.py").write_bytes(script.encode("latin-1"))
    result = place.run()
    assert [place.table(result, step)["x"][0] for step in ("of_file", "of_text")] == ["été", "été"]
    assert "line 2 holds characters that latin-1 has not" in failure(result, "beyond")["message"]


def test_tables_are_handed_on_exactly(place: Place) -> None:
    place.pipeline("""
        jobs:
          make: {component: execute_python_script, inputs: {script: make.py}}
          look:
            component: execute_python_script
            inputs:
              dataset1: "${{parent.jobs.make.outputs.result_dataset}}"
              dataset2: "${{parent.jobs.make.outputs.result_dataset2}}"
              script: look.py
    """)
    place.write(
        "make.py",
        """
        import pandas as pd
        def frame():
            return pd.DataFrame(
                {"kind": pd.Categorical(["a", "b", None], ["b", "a"], ordered=True),
                 "many": pd.array([1, None, 3], dtype="Int64"),
                 "small": pd.array([1, 2, 3], dtype="int8"),
                 "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]).tz_localize("Europe/Berlin"),
                 "span": pd.to_timedelta([1, None, 3], unit="s"),
                 "text": ["x", None, "z"], "yes": [True, False, True]},
                index=pd.MultiIndex.from_tuples([(1, "p"), (1, "q"), (2, "p")], names=["outer", None]))
        def azureml_main(a=None, b=None):
            return frame(), frame()[["small"]].set_index("small", append=False).iloc[:0]
        """,
    )
    place.write(
        "look.py",
        """
        def azureml_main(a=None, b=None):
            a.iloc[0, 2] = 9  # it may be written to
            return a, b
        """,
    )
    result = place.run()
    assert states(result) == {"make": "succeeded", "look": "succeeded"}, failure(result, "make")
    made, seen = place.table(result, "make"), place.table(result, "look")
    assert seen["small"].iloc[0] == 9
    made.iloc[0, 2] = 9
    pd.testing.assert_frame_equal(seen, made)
    assert list(seen.index.names) == ["outer", None]
    assert str(seen["many"].dtype) == "Int64"
    assert str(seen["small"].dtype) == "int8"
    pd.testing.assert_frame_equal(
        place.table(result, "look", "result_dataset2"), place.table(result, "make", "result_dataset2")
    )
    assert result.document()["steps"]["look"]["results"]["result_dataset2"]["rows"] == 0


def test_scripts_and_native_components_work_together_and_outputs_become_datasets(place: Place) -> None:
    place.pipeline("""
        inputs:
          cars: {type: uri_file, path: cars.csv}
          share: 0.5
          factor: 2
        jobs:
          scale:
            component: execute_python_script
            inputs: {dataset1: "${{parent.inputs.cars}}", script: scale.py, script_bundle: bundle}
          total:
            component: apply_sql_transformation
            inputs: {t1: "${{parent.jobs.scale.outputs.result_dataset}}", query: "SELECT sum(price) AS total FROM t1"}
          halves:
            component: split_data
            inputs: {dataset: "${{parent.jobs.scale.outputs.result_dataset}}", fraction: "${{parent.inputs.share}}", seed: 1}
        outputs:
          total: "${{parent.jobs.total.outputs.result_dataset}}"
          half: "${{parent.jobs.halves.outputs.results_dataset1}}"
    """)
    place.write("bundle/scaling.py", "FACTOR = 2\n")
    place.write("scale.py", "import scaling\ndef azureml_main(a):\n    a['price'] *= scaling.FACTOR\n    return a\n")
    result = place.run(values={"share": "0.34"})
    assert result.succeeded, result.document()
    assert place.table(result, "total")["total"].tolist() == [120]
    assert place.table(result, "halves", "results_dataset1").shape[0] == 1
    assert result.outputs["total"]["rows"] == 1
    assert Path(result.outputs["half"]["path"]).exists()
    from transom.workspace.datasets import find_dataset

    kept = find_dataset(place.runner.workspace, result.outputs["half"]["dataset"])
    assert (kept.name, kept.shape.rows if kept.shape else None) == ("half", 1)
    again = place.run(values={"share": "0.34"})
    assert place.executed == []
    assert again.outputs["half"]["dataset"] == result.outputs["half"]["dataset"]
    place.write("bundle/scaling.py", "FACTOR = 3\n")
    changed = place.run(values={"share": "0.34"})
    assert place.table(changed, "total")["total"].tolist() == [180]
    assert "the bundle file scaling.py changed" in place.why(changed, "scale")
    other = place.run(values={"share": "0.9"})
    assert place.executed == ["halves"]
    assert "the parameter fraction changed (0.34 -> 0.9)" in place.why(other, "halves")


def test_a_component_of_ones_own_is_called_by_names(place: Place) -> None:
    place.pipeline("""
        inputs: {cars: {type: uri_file, path: cars.csv}, factor: {type: integer, default: 2}}
        jobs:
          score:
            component: ./score
            inputs: {cars: "${{parent.inputs.cars}}", factor: "${{parent.inputs.factor}}", notes: notes}
    """)
    place.write(
        "score/component.yaml",
        """
        script: score.py
        inputs:
          cars: mltable
          other: {type: mltable, optional: true}
          notes: uri_folder
          factor: {type: integer, default: 1}
          words: {type: list, default: [x]}
        outputs: {scored: mltable, left_out: mltable}
        """,
    )
    place.write("score/aside.py", "PLUS = 1\n")
    place.write("notes/deep/one.txt", "hello")
    place.write(
        "score/score.py",
        """
        import os
        import aside
        def azureml_main(cars, other, notes, factor, words):
            assert other is None and words == ["x"]
            print(open(os.path.join(notes, "deep", "one.txt")).read())
            cars["price"] = cars["price"] * factor + aside.PLUS
            return {"left_out": cars.iloc[:0], "scored": cars}
        """,
    )
    result = place.run()
    assert result.succeeded, failure(result, "score")
    assert place.table(result, "score", "scored")["price"].tolist() == [21, 41, 61]
    assert place.table(result, "score", "left_out").empty
    assert "hello" in place.printed["score"]
    place.run()
    assert place.executed == []
    place.write("score/aside.py", "PLUS = 2\n")
    changed = place.run()
    assert place.table(changed, "score", "scored")["price"].tolist() == [22, 42, 62]
    assert place.why(changed, "score") == "the file aside.py of the component's folder changed"
    place.write("notes/deep/one.txt", "hullo")
    place.run(values={"factor": 3})
    assert "hullo" in place.printed["score"]


def test_what_is_unchanged_is_reused_and_a_changed_line_runs_what_depends_on_it(three: Place) -> None:
    first = three.run()
    assert states(first) == dict.fromkeys(("first", "second", "apart"), "succeeded")
    assert "not run before" in three.why(first, "first")
    again = three.run()
    assert set(states(again).values()) == {"reused"}
    assert three.executed == []
    assert again.succeeded
    assert first.id in three.why(again, "second")
    pd.testing.assert_frame_equal(three.table(again, "second"), three.table(first, "second"))
    three.write("second.py", f"NAME = 'changed'\n{PASSES}")
    changed = three.run()
    assert states(changed) == {"first": "reused", "second": "succeeded", "apart": "reused"}
    assert three.why(changed, "second") == "script line 1 changed"
    three.write("first.py", f"NAME = 'changed too'\n{PASSES}")
    three.run()
    assert three.executed == ["first"], "what the second one is given has not changed"
    three.write("cars.csv", "make,price\naudi,11\n")
    given = three.run()
    assert sorted(three.executed) == ["apart", "first", "second"]
    assert "dataset1 changed" in three.why(given, "first")
    three.write("cars.csv", "make,price\n" + "audi,11\n")
    three.run()
    assert three.executed == []


def test_a_step_is_run_again_where_somebody_says_so(three: Place) -> None:
    three.run()
    told = three.run(regenerate=frozenset({"first"}))
    assert states(told) == {"first": "succeeded", "second": "reused", "apart": "reused"}
    assert "--regenerate" in three.why(told, "first")
    three.run(regenerate=frozenset({"all"}))
    assert sorted(three.executed) == ["apart", "first", "second"]
    three.pipeline(THREE.replace("script: second.py}", "script: second.py}\n        reuse: false"))
    never = three.run()
    assert three.executed == ["second"]
    assert "never reused" in three.why(never, "second")
    three.pipeline(THREE + "    settings: {force_rerun: true}\n")
    three.run()
    assert sorted(three.executed) == ["apart", "first", "second"]


def test_an_outcome_of_which_a_content_is_gone_is_made_again(three: Place) -> None:
    first = three.run(until="first")
    made = first.ends["first"].outcome
    assert made is not None
    three.runner.workspace.blobs.path(made.results["result_dataset"].digest).unlink()
    again = three.run(until="first")
    assert three.executed == ["first"]
    assert three.why(again, "first") == "what it had made before was not kept"
    three.run(until="first")
    assert three.executed == []


def test_some_steps_of_a_pipeline_can_be_run(three: Place) -> None:
    refused = three.run(only="second")
    assert states(refused) == {"first": "failed", "second": "skipped"}
    assert "was not run with this content yet" in failure(refused, "first")["message"]
    assert three.executed == []
    upto = three.run(until="first")
    assert states(upto) == {"first": "succeeded"}
    below = three.run(from_="first", regenerate=frozenset({"all"}))
    assert states(below) == {"first": "succeeded", "second": "succeeded"}
    only = three.run(only="second", regenerate=frozenset({"all"}))
    assert states(only) == {"first": "reused", "second": "succeeded"}
    assert three.executed == ["second"]
    with pytest.raises(WrongUse, match="no step third"):
        three.run(only="third")


def test_what_a_source_gave_the_last_time_can_be_worked_on_without_asking_it(place: Place) -> None:
    place.pipeline("""
        jobs:
          rows: {component: import_data, inputs: {database: "sqlite:///cars.db", query: "SELECT * FROM cars"}}
          file: {component: import_data, inputs: {path: cars.csv}}
          below:
            component: execute_python_script
            inputs:
              dataset1: "${{parent.jobs.rows.outputs.dataset}}"
              dataset2: "${{parent.jobs.file.outputs.dataset}}"
              script: s.py
    """)
    place.write("s.py", PASSES)
    with sqlite3.connect(place.folder / "cars.db") as database:
        database.execute("CREATE TABLE cars AS SELECT 1 AS price")
    database.close()
    first = place.run()
    assert first.succeeded, [failure(first, name) for name in first.ends]
    again = place.run()
    assert place.executed == ["rows"], "a query can have another answer each time"
    assert "another answer" in place.why(again, "rows")
    below = place.run(from_="below", regenerate=frozenset({"below"}))
    assert states(below) == {"rows": "reused", "file": "reused", "below": "succeeded"}
    place.write("cars.csv", "make,price\n")
    changed = place.run()
    assert states(changed) == {"rows": "succeeded", "file": "succeeded", "below": "succeeded"}
    assert "the source says its content changed" in place.why(changed, "file")


def test_another_version_of_a_dataset_runs_what_is_given_it_and_is_named(place: Place) -> None:
    workspace = place.runner.workspace
    name = f"cars_{place.way}"
    add_dataset(workspace, Addition(name, place.folder / "cars.csv"))
    step = "{component: execute_python_script, inputs: {dataset1: 'azureml:%s@latest', script: s.py}}"
    place.pipeline(f"jobs:\n  first: {step % name}\n")
    place.write("s.py", PASSES)
    assert place.run().succeeded
    place.write("cars.csv", "make,price\naudi,99\n")
    add_dataset(workspace, Addition(name, place.folder / "cars.csv"))
    changed = place.run()
    assert place.why(changed, "first") == f"dataset1 changed ({name}@1 -> {name}@2)"
    place.pipeline(f"jobs:\n  first: {(step % name).replace('@latest', ':2')}\n")
    place.run()
    assert place.executed == []


def test_what_was_written_outside_is_written_again_unless_it_is_there_still(place: Place) -> None:
    place.pipeline("""
        jobs:
          written: {component: export_data, inputs: {dataset: cars.csv, path: out.csv}}
    """)
    target = place.folder / "out.csv"
    first = place.run()
    assert first.succeeded, failure(first, "written")
    content = target.read_bytes()
    place.run()
    assert place.executed == []
    target.unlink()
    place.run()
    assert place.executed == ["written"]
    assert target.read_bytes() == content
    target.write_text("somebody else's")
    place.run()
    assert place.executed == ["written"]
    assert target.read_bytes() == content


def test_a_script_that_asked_for_what_is_registered_runs_again_when_that_is_another_one(place: Place) -> None:
    workspace, name = place.runner.workspace, f"asked_{place.way}"
    add_dataset(workspace, Addition(name, place.folder / "cars.csv"))
    place.pipeline("jobs: {named: {component: execute_python_script, inputs: {script: named.py}}}")
    place.write(
        "named.py",
        f"""
        from azureml.core import Dataset, Run
        def azureml_main(a=None, b=None):
            workspace = Run.get_context().experiment.workspace
            return Dataset.get_by_name(workspace, "{name}").to_pandas_dataframe()
        """,
    )
    first = place.run()
    assert first.succeeded, failure(first, "named")
    place.run()
    assert place.executed == []
    place.write("cars.csv", "make,price\naudi,99\n")
    add_dataset(workspace, Addition(name, place.folder / "cars.csv"))
    changed = place.run()
    assert place.executed == ["named"]
    assert place.table(changed, "named")["price"].to_list() == [99]
    assert changed.ends["named"].why == f"the dataset {name} is another one now"
    assert place.why(changed, "named") == f"the dataset {name} is another one now"
    place.run()
    assert place.executed == []


def test_a_script_that_asked_for_what_changes_by_itself_runs_each_time(place: Place) -> None:
    place.pipeline("jobs: {runs: {component: execute_python_script, inputs: {script: runs.py}}}")
    place.write(
        "runs.py",
        """
        from azureml.core import Run
        def azureml_main(a=None, b=None):
            print(len(list(Run.get_context().experiment.get_runs())))
        """,
    )
    assert place.run().succeeded
    again = place.run()
    assert place.executed == ["runs"]
    assert again.ends["runs"].why == "its script read other runs, which may have changed"


def test_a_content_that_a_step_waits_for_is_swept_by_nobody(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 0.2  # file systems date files by a clock of their own, which is some milliseconds behind
    monkeypatch.setattr(keeping, "_MOMENT", moment)
    workspace = place.runner.workspace
    place.write(
        "before.yml",
        "jobs: {only: {component: select_columns_in_dataset, inputs: {dataset: cars.csv, columns: [price]}}}",
    )
    before = place.runner.run(request_of(place.folder / "before.yml", {}, way=place.way))
    assert before.succeeded
    time.sleep(2 * moment)  # now a sweep would take what it read
    place.write("pass.py", f"SWEPT = True\n{PASSES}")
    place.pipeline("""
        jobs:
          first: {component: execute_python_script, inputs: {script: pass.py}}
          second: {component: select_columns_in_dataset, inputs: {dataset: cars.csv, columns: [make]}}
    """)
    began: list[str] = []

    def remove(name: str, _: int) -> None:
        began.append(name)
        if len(began) == 1:
            Runs(workspace).remove([before.id])

    result = place.runner.run(place.request(jobs=1, regenerate=frozenset({"all"})), PipelineWatcher(on_begin=remove))
    assert began == ["first", "second"]
    assert states(result) == {"first": "succeeded", "second": "succeeded"}, failure(result, "second")


def test_steps_of_large_tables_wait_for_memory_also_where_no_peak_is_known(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a native step needs is never measured: it is taken from the size of its tables."""
    monkeypatch.setattr(steps, "_TIMES_ITS_TABLES", 10**8)  # a hundred bytes are a large table
    halves = "split_data, inputs: {dataset: cars.csv, fraction: 0.5, seed: %d}"
    place.pipeline("jobs:\n" + "".join(f"  s{n}: {{component: {halves % n}}}\n" for n in range(6)))
    now, most = set[str](), list[int]()

    def begin(name: str, _: int) -> None:
        now.add(name)
        most.append(len(now))

    watcher = PipelineWatcher(on_begin=begin, on_end=lambda end: now.discard(end.name))
    assert place.runner.run(place.request(jobs=3), watcher).succeeded
    assert most == [1] * 6


def test_below_a_failed_step_nothing_runs_and_the_rest_goes_on_and_resuming_continues(three: Place) -> None:
    three.write("first.py", "def azureml_main(a):\n    print('here')\n    raise ValueError('no luck')\n")
    result = three.run()
    assert result.status == "failed"
    assert states(result) == {"first": "failed", "second": "skipped", "apart": "succeeded"}
    assert failure(result, "first")["message"] == "no luck"
    assert failure(result, "first")["line"] == 3
    assert result.ends["second"].why == "the step first failed"
    assert "here" in Path(result.document()["steps"]["first"]["log"]).read_text()
    again = three.run()
    assert sorted(three.executed) == ["first"], "what failed is tried again"
    assert again.status == "failed"
    three.write("first.py", PASSES)
    run, request = request_to_resume(three.runner.workspace, result.id)
    resumed = three.runner.run(request, resume=run)
    assert states(resumed) == dict.fromkeys(("first", "second", "apart"), "succeeded")
    assert resumed.id == result.id
    assert resumed.succeeded


def test_without_going_on_nothing_starts_after_a_failure(three: Place) -> None:
    three.pipeline(THREE + "    settings: {continue_on_step_failure: false}\n")
    three.write("first.py", "def azureml_main(a):\n    raise ValueError\n")
    result = three.run(jobs=1)
    assert states(result) == {"first": "failed", "second": "skipped", "apart": "skipped"}


def test_a_step_is_tried_again_after_failures_that_are_named(place: Place) -> None:
    place.pipeline("""
        jobs:
          unlucky:
            component: execute_python_script
            inputs: {script: "def azureml_main():\\n    print('tried')\\n    raise OSError\\n"}
            retry: {attempts: 2, delay: 0.01, on: [script_error]}
          late:
            component: execute_python_script
            inputs: {script: "import time\\ndef azureml_main():\\n    time.sleep(60)\\n"}
            retry: {attempts: 2, on: [script_error]}
            limits: {timeout: 0.5}
    """)
    result = place.run()
    assert states(result) == {"unlucky": "failed", "late": "failed"}
    assert sorted(place.executed) == ["late", "unlucky", "unlucky"]
    assert failure(result, "late")["kind"] == "timed_out"
    assert result.document()["steps"]["unlucky"]["attempts"] == 2


def test_files_pictures_metrics_and_logs_are_kept_and_given_again(place: Place) -> None:
    place.pipeline("""
        jobs:
          measure: {component: execute_python_script, inputs: {script: measure.py}}
    """)
    place.write(
        "measure.py",
        """
        import os
        from azureml.core import Run
        def azureml_main(a=None, b=None):
            run = Run.get_context()
            run.log("accuracy", 0.75)
            run.log("loss", float("nan"))
            print("measured")
            os.makedirs("outputs", exist_ok=True)
            with open("outputs/notes.txt", "w") as stream:
                stream.write("kept")
        """,
    )
    first, again = place.run(), place.run()
    assert states(first) == {"measure": "succeeded"}, failure(first, "measure")
    assert states(again) == {"measure": "reused"}
    for result in (first, again):
        told = result.document()["steps"]["measure"]
        assert told["metrics"] == {"accuracy": 0.75, "loss": "NaN"}  # JSON knows no NaN
        assert "measured" in Path(told["log"]).read_text()
        (kept,) = told["files"]
        assert Path(kept).read_text() == "kept"
        assert str(result.folder) in kept


@pytest.mark.parametrize(
    ("script", "kind"),
    [("def azureml_main(:\n", "script_syntax"), ("def main():\n    pass\n", "entry_point_missing")],
)
def test_a_script_that_cannot_run_is_told_before_it_is_executed(three: Place, script: str, kind: str) -> None:
    three.write("first.py", script)
    result = three.run(request=three.unchecked())
    assert states(result) == {"first": "failed", "second": "skipped", "apart": result.ends["apart"].state.value}
    assert failure(result, "first")["kind"] == kind
    assert "first" not in three.executed


def test_what_is_not_there_fails_the_steps_that_need_it(place: Place) -> None:
    place.pipeline("""
        inputs: {cars: {type: uri_file, path: carz.csv}, none: {type: uri_file, path: azureml:nothing_of_that_name}}
        jobs:
          file: {component: execute_python_script, inputs: {dataset1: "${{parent.inputs.cars}}", script: s.py}}
          dataset: {component: execute_python_script, inputs: {dataset1: "${{parent.inputs.none}}", script: s.py}}
          bundle: {component: execute_python_script, inputs: {script_bundle: gone/, script: s.py}}
          broken: {component: execute_python_script, inputs: {script_bundle: broken.zip, script: s.py}}
          place: {component: execute_python_script, environment: nowhere, inputs: {script: s.py}}
          sound: {component: execute_python_script, inputs: {script: s.py}}
    """)
    place.write("s.py", PASSES)
    place.write("broken.zip", "no zip")
    result = place.run(request=place.unchecked())
    assert states(result) == {
        **dict.fromkeys(("file", "dataset", "bundle", "broken", "place"), "failed"),
        "sound": "succeeded",
    }
    assert "carz.csv" in failure(result, "file")["message"]
    assert failure(result, "broken")["kind"] == "bundle_invalid"
    assert failure(result, "place")["kind"] == "environment_failed"
    assert "nowhere" in failure(result, "place")["message"]
    assert place.executed == ["sound"]


def test_a_parameter_of_any_name_is_a_part_of_what_an_outcome_depends_on(place: Place) -> None:
    place.pipeline("""
        inputs: {word: once}
        jobs: {says: {component: ./says, inputs: {script: "${{parent.inputs.word}}", script_bundle: cars.csv}}}
    """)
    place.write(
        "says/component.yaml",
        "script: says.py\ninputs: {script: string, script_bundle: mltable}\noutputs: {said: mltable}\n",
    )
    place.write(
        "says/says.py", "def azureml_main(script, script_bundle):\n    return script_bundle.assign(script=script)\n"
    )
    first, again = place.run(), place.run(values={"word": "twice"})
    assert first.succeeded, failure(first, "says")
    assert place.table(first, "says", "said")["script"].unique().tolist() == ["once"]
    assert place.table(again, "says", "said")["script"].unique().tolist() == ["twice"]
    assert place.why(again, "says") == "the parameter script changed (once -> twice)"


def test_equal_steps_are_executed_once(place: Place) -> None:
    step = "{component: execute_python_script, inputs: {script: s.py, dataset1: cars.csv}}"
    place.pipeline("jobs:\n" + "".join(f"  s{number}: {step}\n" for number in range(4)))
    place.write("s.py", PASSES + "print('once')\n")
    result = place.run(jobs=4)
    for told in result.document()["steps"].values():
        assert "once" in Path(told["log"]).read_text()
    assert len(place.executed) == 1
    assert sorted(states(result).values()) == ["reused"] * 3 + ["succeeded"]
    assert all("equal step" in end.why for end in result.ends.values() if end.state.value == "reused")
    pd.testing.assert_frame_equal(place.table(result, "s3"), place.table(result, "s0"))
    assert place.why(result, "s3")


def test_a_bundle_may_be_a_zip_and_a_file_may_be_handed_to_a_component(place: Place) -> None:
    place.pipeline("""
        jobs:
          zipped: {component: execute_python_script, inputs: {script_bundle: b.zip, script: "import inside\\ndef azureml_main():\\n    print(inside.WORD)\\n"}}
          reads: {component: ./reads, inputs: {config: config.json}}
    """)
    with zipfile.ZipFile(place.folder / "b.zip", "w") as archive:
        archive.writestr("inside.py", "WORD = 'from the zip'\n")
    place.write("config.json", '{"word": "from the file"}')
    place.write("reads/component.yaml", "script: reads.py\ninputs: {config: uri_file}\noutputs: {made: mltable}\n")
    place.write(
        "reads/reads.py",
        """
        import json
        import pandas as pd
        def azureml_main(config):
            with open(config) as stream:
                print(json.load(stream)["word"])
            return pd.DataFrame({"a": [1]})
        """,
    )
    result = place.run()
    assert result.succeeded, [failure(result, name) for name in result.ends]
    assert "from the zip" in place.printed["zipped"]
    assert "from the file" in place.printed["reads"]
    place.run()
    assert place.executed == []
    (place.folder / "config.json").rename(place.folder / "other.json")
    place.write("p.yml", (place.folder / "p.yml").read_text().replace("config.json", "other.json"))
    again = place.run()
    assert place.executed == ["reads"], "a function is told what its file is called"
    assert "config.json -> other.json" in place.why(again, "reads")


def test_another_environment_runs_a_step_again_and_is_named(three: Place) -> None:
    if ready_made("current") is None:
        pytest.skip("the Python of current is not on this machine")
    three.run(until="first")
    three.pipeline(THREE + "    settings: {default_environment: current}\n")
    other = three.run(until="first")
    assert three.executed == ["first"]
    assert "the environment host -> current" in three.why(other, "first")
    three.run(until="first", environment="current")
    assert three.executed == []


def test_the_memory_that_a_step_had_is_remembered(three: Place) -> None:
    result = three.run(until="first")
    record = Explaining(three.runner.workspace).step(result.id, "first")[0]
    assert record.content is not None
    peak = three.runner.workspace.steps.peaks()["execute_python_script", record.content["script"]]
    assert peak > 1024**2


def test_a_native_component_that_cannot_be_applied_says_why(place: Place) -> None:
    place.pipeline("""
        inputs: {cars: {type: uri_file, path: cars.csv}}
        jobs:
          select:
            component: select_columns_in_dataset
            inputs: {dataset: "${{parent.inputs.cars}}", columns: [prize]}
          below:
            component: execute_python_script
            inputs: {dataset1: "${{parent.jobs.select.outputs.results_dataset}}", script: s.py}
    """)
    place.write("s.py", PASSES)
    result = place.run()
    assert states(result) == {"select": "failed", "below": "skipped"}
    assert failure(result, "select")["kind"] == "component_failed"
    assert "prize" in failure(result, "select")["message"]


def test_a_value_that_is_none_is_refused_before_anything_runs(place: Place) -> None:
    place.pipeline("""
        inputs: {cars: {type: uri_file, path: cars.csv}, share: {type: number}, seed: {type: integer, default: 1}}
        jobs:
          halves:
            component: split_data
            inputs: {dataset: "${{parent.inputs.cars}}", fraction: "${{parent.inputs.share}}", seed: "${{parent.inputs.seed}}"}
    """)
    for values in (
        {},
        {"share": "much"},
        {"share": "0.5", "shore": 1},
        {"share": "0.5", "seed": "1.5"},
        {"share": "nan"},
        {"share": "inf"},
        {"share": 10**400},
        {"share": "0.5", "seed": 10**400},
        {"share": "0.5", "seed": 2.7},
        {"share": "0.5", "seed": float("inf")},
        {"share": "0.5", "cars": None},
        {"share": "0.5", "cars": pd.DataFrame({"a": [1]})},
    ):
        with pytest.raises(WrongUse):
            place.run(values=values)
    result = place.run(values={"share": "7"})
    assert states(result) == {"halves": "failed"}
    assert "fraction" in failure(result, "halves")["message"]


def test_a_stopped_run_is_taken_up_again_where_it_was(three: Place) -> None:
    three.write("second.py", "import time\ndef azureml_main(a):\n    print('begun', flush=True)\n    time.sleep(60)\n")
    runner = three.runner

    def interrupt(name: str, event: Any) -> None:
        if "begun" in event.text:
            os.kill(os.getpid(), signal.SIGINT)

    result = runner.run(three.request(), PipelineWatcher(on_text=interrupt))
    assert result.status == "cancelled"
    assert states(result)["second"] == "stopped"
    assert states(result)["first"] == "succeeded"
    three.write("second.py", PASSES)
    run, asked = request_to_resume(runner.workspace, result.id)
    begun: list[str] = []
    resumed = runner.run(asked, PipelineWatcher(on_begin=lambda name, _: begun.append(name)), resume=run)
    assert resumed.succeeded
    assert "first" not in begun
    assert "second" in begun


def test_a_file_that_a_component_was_given_is_no_bundle_when_a_run_is_taken_up_again(place: Place) -> None:
    place.write(
        "own/component.yaml", "name: own\ninputs: {f: {type: uri_file}}\noutputs: {made: {type: table}}\nscript: s.py\n"
    )
    place.write(
        "own/s.py",
        """
        import pandas as pd
        def azureml_main(f):
            with open(f) as stream:
                return {"made": pd.DataFrame({"text": [stream.read()]})}
        """,
    )
    place.write("fails.py", "def azureml_main(a=None, b=None):\n    raise ValueError('no luck')\n")
    place.pipeline("""
        inputs: {f: {type: uri_file, path: notes.txt}}
        jobs:
          one: {component: ./own, inputs: {f: "${{parent.inputs.f}}"}}
          bad: {component: execute_python_script, inputs: {script: fails.py, dataset1: "${{parent.jobs.one.outputs.made}}"}}
          two: {component: execute_python_script, inputs: {script: bundled.py, script_bundle: "${{parent.inputs.f}}"}}
    """)
    place.write("bundled.py", PASSES)
    place.write("notes.txt", f"first {place.way}")
    first = place.run()
    assert states(first) == {"one": "succeeded", "bad": "failed", "two": "failed"}
    assert "no zip file" in failure(first, "two")["message"]
    again = place.run(resume=first.id)
    assert states(again) == {"one": "succeeded", "bad": "failed", "two": "failed"}
    assert "no zip file" in failure(again, "two")["message"]


def test_the_same_file_of_two_components_is_one_when_a_run_is_taken_up_again(place: Place) -> None:
    place.write(
        "own/component.yaml",
        "name: own\ninputs: {f: {type: uri_file}, go: {type: uri_file}}\noutputs: {made: {type: table}}\nscript: s.py\n",
    )
    place.write(
        "own/s.py",
        """
        import pandas as pd
        def azureml_main(f, go):
            with open(go) as stream:
                if stream.read() != "yes":
                    raise ValueError("not yet")
            with open(f) as stream:
                return {"made": pd.DataFrame({"text": [stream.read()]})}
        """,
    )
    place.pipeline("""
        jobs:
          one: {component: ./own, inputs: {f: notes.txt, go: always.txt}}
          two: {component: ./own, inputs: {f: notes.txt, go: later.txt}}
    """)
    place.write("always.txt", "yes")
    place.write("later.txt", f"no {place.way}")
    place.write("notes.txt", f"first {place.way}")
    first = place.run()
    assert states(first) == {"one": "succeeded", "two": "failed"}
    place.write("later.txt", "yes")
    place.write("notes.txt", "second")
    again = place.run(resume=first.id)
    assert states(again) == {"one": "succeeded", "two": "succeeded"}, failure(again, "two")
    assert place.table(again, "two", "made")["text"].to_list() == [f"first {place.way}"]
    assert any("notes.txt is not what it was" in each for each in again.warnings)
    assert not any("always.txt" in each for each in again.warnings)
