"""An exported script is plain Python: it runs where Transom is not, and makes what the pipeline makes."""

from __future__ import annotations

import ast
import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.flow.test_export_steps import by_component, same

from transom.components import edit_metadata, join_data, known, split_data
from transom.errors import BundleInvalid, NotThere, WrongUse
from transom.flow.export import as_python
from transom.flow.export_values import Names, block, literal, quoted
from transom.flow.file import pipeline_from, read_pipeline
from transom.model.pipelines import Data, FromInput, FromStep, InputType, Pipeline, PipelineInput, Step

EXAMPLE = Path(__file__).parents[2] / "examples" / "penguins"
SCRIPT = known.component("execute_python_script")


@pytest.fixture
def ran(tmp_path: Path) -> Callable[..., Path]:
    """Export a pipeline, run the script where `import transom` fails, and return its folder of outputs."""
    refused = tmp_path / "refused"
    refused.mkdir()
    (refused / "transom.py").write_text("raise ImportError('there is no Transom here')\n")

    def ran(pipeline: Pipeline, folder: Path, *options: str, fails: str = "", **variables: str) -> Path:
        path = tmp_path / "out.py"
        path.write_text(as_python(pipeline, folder), "utf-8")
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, str(path), *options],
            cwd=elsewhere,
            env={**os.environ, "PYTHONPATH": str(refused), "TRANSOM_RUN": "", **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode != 0) == bool(fails), done.stderr
        assert fails in done.stderr
        return elsewhere / "outputs"

    return ran


def scripted(text: str, **inputs: Any) -> Step:
    return Step(SCRIPT, inputs, {"script": text})


def one(text: str, **inputs: Any) -> Pipeline:
    """A pipeline of one script whose first result is its output."""
    return Pipeline({"s": scripted(text, **inputs)}, outputs={"made": FromStep("s", "result_dataset")})


def of_file(text: str, folder: Path) -> Pipeline:
    return pipeline_from(text, folder / "pipeline.yml").pipeline


def test_the_example_makes_what_its_components_and_scripts_make(ran: Any, tmp_path: Path):
    folder = tmp_path / "penguins"
    folder.mkdir()
    for each in ("penguins.csv", "species.py", "classify.py", "pipeline.yml"):
        (folder / each).write_bytes((EXAMPLE / each).read_bytes())
    (folder / "bundle").mkdir()
    for each in ("measures.py", "title.txt"):
        (folder / "bundle" / each).write_bytes((EXAMPLE / "bundle" / each).read_bytes())
    outputs = ran(read_pipeline(folder / "pipeline.yml").pipeline, folder, "--share", "0.6")

    penguins = pd.read_csv(EXAMPLE / "penguins.csv")
    [labelled] = by_component(
        edit_metadata,
        {"dataset": penguins},
        tmp_path / "penguins",
        columns=["species", "island", "sex"],
        categorical="categorical",
    )
    measured = labelled.dropna(subset=["bill_length_mm", "bill_depth_mm"])
    islands = pd.DataFrame({"island": ["Torgersen", "Dream", "Biscoe"], "region": ["Anvers", "Wauwermans", "Biscoe"]})
    tables = {"dataset1": measured, "dataset2": islands}
    joins, splits = tmp_path / "joins", tmp_path / "splits"
    joins.mkdir()
    splits.mkdir()
    [located] = by_component(join_data, tables, joins, left_keys=["island"], keep_right_keys=False)
    _, rest = by_component(split_data, {"dataset": located}, splits, fraction=0.6, seed=1, stratify_by="species")

    told = pd.read_csv(outputs / "told.csv")
    assert told["bill_length_mm"].tolist() == rest["bill_length_mm"].tolist()
    assert told["region"].tolist() == rest["region"].tolist()
    right = (told["species"] == told["told"]).mean()
    assert json.loads((outputs / "told" / "metrics.json").read_text())["right"] == [right]
    summary = pd.read_csv(outputs / "summary.csv")
    assert summary["penguins"].sum() == len(rest)
    assert (folder / "report.csv").read_text() == (outputs / "summary.csv").read_text()
    assert (outputs / "measured" / "graphics" / "bills.png").read_bytes()[1:4] == b"PNG"


def test_the_header_names_the_packages_that_the_script_needs():
    text = as_python(read_pipeline(EXAMPLE / "pipeline.yml").pipeline, EXAMPLE)
    [said] = re.findall(r"(?ms)^# /// script$\n(.*?)^# ///$", text)
    header = tomllib.loads("".join(f"{line[2:]}\n" for line in said.splitlines()))
    assert header["dependencies"] == ["duckdb", "matplotlib", "numpy", "pandas>=2"]
    assert "import transom" not in text
    assert "from transom" not in text


def test_the_script_is_clean_python():
    text = as_python(read_pipeline(EXAMPLE / "pipeline.yml").pipeline, EXAMPLE)
    checks = [
        "check",
        "--isolated",
        "--select",
        "E,F,W,I,B,UP,PLE",
        "--line-length",
        "120",
        "--target-version",
        "py310",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *checks, "-"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_script_that_needs_no_sql_asks_for_pandas_alone():
    text = as_python(one("def azureml_main(a, b):\n    return a\n"), Path("/nowhere"))
    imported = {
        alias.name if isinstance(each, ast.Import) else each.module
        for each in ast.walk(ast.parse(text))
        if isinstance(each, (ast.Import, ast.ImportFrom))
        for alias in each.names
    }
    assert not imported & {"duckdb", "sqlalchemy", "azureml"}
    assert "duckdb" not in text


@given(st.text() | st.text(st.sampled_from("\"'\\\n#/ a\r\t\x00\u2028")))
@example('"""')
@example("a\n# /// script\n# ///\n")
@example("ends with a backslash\n\\")
@example("'''\n\"\"\"")
@example("\ufeff\n\ud800")
def test_every_text_is_written_as_an_expression_of_it(text: str):
    for said in (block(text), literal(text), quoted(text)):
        assert ast.literal_eval(said) == text
        assert "\n# /// " not in f"\n{said}"
    assert "\n" not in quoted(text)


def test_names_are_neither_keywords_nor_taken_twice():
    names = Names(["split"])
    assert [names.new(each) for each in ("class", "split", "a", "a")] == ["class_", "split_", "a", "a_"]


def test_steps_may_have_any_name(ran: Any, tmp_path: Path):
    text = (
        "def azureml_main(a=None, b=None):\n    import pandas\n    return pandas.DataFrame({'n': [len(a or []) + 1]})\n"
    )
    later = text.replace("len(a or [])", "a['n'][0]")
    names = ["class", "pd", "given", "main", "run_script", "print", "__file__", "os", "_", "FOLDER", "SPLIT_SCRIPT"]
    steps = {names[0]: scripted(text)}
    for before, name in pairwise(names):
        steps[name] = scripted(later, dataset1=FromStep(before, "result_dataset"))
    pipeline = Pipeline(steps, outputs={"main": FromStep(names[-1], "result_dataset")})
    assert pd.read_csv(ran(pipeline, tmp_path) / "main.csv")["n"].tolist() == [len(names)]


HOSTILE = '''\
# -*- coding: utf-8 -*-
"""Says 'everything' """
from __future__ import annotations
# /// script
# dependencies = ["nothing"]
# ///
import os, pickle, sys
import pandas as pd

COUNT = 0
BACKSLASH = "\\\\"
class Thing:
    value: Undefined = 3
print("imported in", os.path.basename(os.getcwd()))
if __name__ == "__main__":
    raise SystemExit("this is no program")

def azureml_main(a=None, b=None):
    global COUNT
    COUNT += 1
    thing = pickle.loads(pickle.dumps(Thing()))
    a.loc[:, "x"] = 0
    return pd.DataFrame({"x": [COUNT, thing.value], "text": [BACKSLASH, "\'\'\'"], "exists": os.path.exists(__file__)})
'''


def test_any_script_runs_as_a_module_of_its_own_with_tables_of_its_own(ran: Any, tmp_path: Path):
    source = scripted("import pandas as pd\ndef azureml_main():\n    return pd.DataFrame({'x': [7]})\n")
    steps = {"source": source}
    for name in ("first", "second"):
        steps[name] = scripted(HOSTILE, dataset1=FromStep("source", "result_dataset"))
    outputs = {name: FromStep(name, "result_dataset") for name in steps}
    made = ran(Pipeline(steps, outputs=outputs), tmp_path)
    assert pd.read_csv(made / "source.csv")["x"].tolist() == [7]
    for name in ("first", "second"):
        frame = pd.read_csv(made / f"{name}.csv")
        assert frame["x"].tolist() == [1, 3]
        assert frame["text"].tolist() == ["\\", "'''"]
        assert frame["exists"].all()


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("return a, b", "x\n1\n2\n"),
        ("return [a]", "x\n1\n2\n"),
        ("return (each for each in (a, None))", "x\n1\n2\n"),
        ("return None", "\n"),
        ("return a['x']", "x\n1\n2\n"),
        ("return a['x'].to_numpy()", "column\n1\n2\n"),
        ("return a.to_numpy()", "column_0\n1\n2\n"),
        ("return 3.5", "column\n3.5\n"),
        ("return 'text'", "column\ntext\n"),
        ("return a, a, a", "x\n1\n2\n"),
        ("a.columns = [0]; return a", "0\n1\n2\n"),
        ("a['y'] = 1; a.columns = ['x', 'x']; return a", "x,x_0\n1,1\n2,1\n"),
        ("return a.set_index('x').assign(y=1)", "x,y\n1,1\n2,1\n"),
    ],
)
def test_what_may_be_returned_is_what_the_contract_says(body: str, first: str, ran: Any, tmp_path: Path):
    (tmp_path / "x.csv").write_text("x\n1\n2\n")
    made = ran(one(f"def azureml_main(a, b):\n    {body}\n", dataset1=Data("x.csv")), tmp_path)
    assert (made / "made.csv").read_text() == first


@pytest.mark.parametrize(
    ("head", "value"),
    [
        ("def azureml_main():", 0),
        ("def azureml_main(one):", 2),
        ("def azureml_main(*them):", 2),
        ("def azureml_main(a, b='default'):", 2),
        ("async def azureml_main(a, b=None):", 2),
        ("def azureml_main(a, *, dataframe2=5):", 2),
        ("azureml_main = lambda a: __import__('pandas').DataFrame({'n': [len(a)]})\ndef other():", 2),
    ],
)
def test_a_function_is_called_with_as_many_tables_as_it_takes(head: str, value: int, ran: Any, tmp_path: Path):
    (tmp_path / "x.csv").write_text("x\n1\n2\n")
    text = f"import pandas as pd\n{head}\n    own = dict(locals())\n"
    text += "    first = next((v[0] if isinstance(v, tuple) else v for v in own.values()), [])\n"
    text += "    return pd.DataFrame({'n': [len(first)]})\n"
    made = ran(one(text, dataset1=Data("x.csv")), tmp_path)
    assert pd.read_csv(made / "made.csv")["n"].tolist() == [value]


def test_bundles_lie_beside_their_script_and_do_not_meet(ran: Any, tmp_path: Path):
    text = (
        "import pandas as pd\nimport own\n"
        "def azureml_main():\n"
        "    data = open('Script Bundle/data/raw.bin', 'rb').read()\n"
        "    return pd.DataFrame({'n': [own.VALUE], 'bytes': [len(data)]})\n"
    )
    steps = {}
    for number, name in enumerate(("first", "second")):
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "own.py").write_text(f"VALUE = {number}\n")
        (tmp_path / name / "data" / "raw.bin").write_bytes(b"\xff\x00" * 50)
        steps[name] = scripted(text, script_bundle=Data(f"{name}/"))
    pipeline = Pipeline(steps, outputs={name: FromStep(name, "result_dataset") for name in steps})
    made = ran(pipeline, tmp_path)
    assert (made / "first.csv").read_text() == "n,bytes\n0,100\n"
    assert (made / "second.csv").read_text() == "n,bytes\n1,100\n"


def test_a_large_bundle_is_read_where_it_lies(ran: Any, tmp_path: Path):
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "much.txt").write_text("x" * 1_100_000)
    text = "import pandas as pd\ndef azureml_main():\n    size = len(open('Script Bundle/much.txt').read())\n"
    pipeline = one(f"{text}    return pd.DataFrame({{'n': [size]}})\n", script_bundle=Data("large"))
    assert len(as_python(pipeline, tmp_path)) < 100_000
    assert (ran(pipeline, tmp_path) / "made.csv").read_text() == "n\n1100000\n"


def test_what_a_script_leaves_logs_and_draws_is_kept(ran: Any, tmp_path: Path):
    text = (
        "import pandas as pd\nfrom azureml.core import Run, Workspace, Dataset\nfrom azureml.core.model import Model\n"
        "from matplotlib import pyplot as plt\n"
        "def azureml_main():\n"
        "    run = Run.get_context(allow_offline=True)\n"
        "    run.log('right', 0.5); run.log('right', 0.75); run.log_row('row', a=1, b=2); run.log_list('l', [1, 2])\n"
        "    open('left.txt', 'w').write('left')\n    run.upload_file('deep/er.txt', 'left.txt')\n"
        "    plt.plot([1, 2]); plt.show()\n    run.complete()\n"
        "    return pd.DataFrame({'n': [run.experiment.workspace.name]})\n"
    )
    made = ran(one(text), tmp_path)
    assert (made / "s" / "left.txt").read_text() == (made / "s" / "deep" / "er.txt").read_text() == "left"
    assert (made / "s" / "figure-1.png").exists()
    metrics = json.loads((made / "s" / "metrics.json").read_text())
    assert metrics == {"right": [0.5, 0.75], "row": [{"a": 1, "b": 2}], "l": [[1, 2]]}


def test_what_only_a_workspace_knows_is_to_be_filled_in(ran: Any, tmp_path: Path):
    text = "from azureml.core import Dataset\ndef azureml_main():\n    return Dataset.get_by_name(None, 'cars')\n"
    ran(one(text), tmp_path, fails="name a file of it in DATASETS")
    (tmp_path / "cars.csv").write_text("x\n1\n")
    copy = "def azureml_main(a):\n    return a\n"
    asked = Pipeline(
        {"s": scripted(copy, dataset1=FromInput("cars"))},
        inputs={"cars": PipelineInput(InputType.TABLE, Data("azureml:cars@latest"))},
        outputs={"made": FromStep("s", "result_dataset")},
    )
    ran(asked, tmp_path, fails="say --cars")
    assert (ran(asked, tmp_path, "--cars", "cars.csv") / "made.csv").read_text() == "x\n1\n"
    ran(one(copy, dataset1=Data("azureml:cars:3")), tmp_path, fails="PLACES")


def test_a_failing_script_tells_its_own_line(ran: Any, tmp_path: Path):
    step = Step(SCRIPT, {}, {"script": "\n\ndef azureml_main():\n    return 1 / 0\n"}, script_shown="src/clean.py")
    ran(Pipeline({"s": step}), tmp_path, fails='File "src/clean.py", line 4, in azureml_main')


CUSTOM = """
name: scale
display_name: Scale
script: scale.py
inputs:
  table: mltable
  other: {type: mltable, optional: true}
  factor: {type: number, default: 2}
outputs: {scaled: mltable, rest: mltable}
"""


@pytest.mark.parametrize(
    "returned",
    ["{'rest': table.head(0), 'scaled': made}", "(made, table.head(0))", "Two(rest=table.head(0), scaled=made)"],
)
def test_a_component_of_a_person_is_called_by_names(returned: str, ran: Any, tmp_path: Path):
    (tmp_path / "scale").mkdir()
    (tmp_path / "scale" / "component.yaml").write_text(CUSTOM)
    (tmp_path / "scale" / "beside.py").write_text("UNIT = 1\n")
    (tmp_path / "scale" / "scale.py").write_text(
        "import collections\nfrom beside import UNIT\nTwo = collections.namedtuple('Two', 'rest scaled')\n"
        "def azureml_main(table, factor, other='nothing'):\n"
        f"    assert other == 'nothing'\n    made = table * factor * UNIT\n    return {returned}\n"
    )
    (tmp_path / "x.csv").write_text("x\n1\n2\n")
    text = """
inputs: {by: {type: number, default: 3}, x: {type: uri_file, path: x.csv}}
jobs:
  s: {component: ./scale, inputs: {table: "${{parent.inputs.x}}", factor: "${{parent.inputs.by}}"}}
outputs: {scaled: "${{parent.jobs.s.outputs.scaled}}", rest: "${{parent.jobs.s.outputs.rest}}"}
"""
    made = ran(of_file(text, tmp_path), tmp_path)
    assert (made / "scaled.csv").read_text() == "x\n3\n6\n"
    assert (made / "rest.csv").read_text() == "x\n"


def test_entered_tables_sql_and_databases(ran: Any, tmp_path: Path):
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table sales (hour text, price real)")
        database.executemany("insert into sales values (?, ?)", [("12:30", 1.5), ("13:00", 2.5)])
    text = """
jobs:
  entered:
    component: enter_data_manually
    inputs:
      rows:
        - {hour: "12:30", n: 1, ok: true, day: 2020-01-01, f: 1.5, gap: 7}
        - {hour: "13:00", n: 2, ok: false, day: 2021-01-01}
  sales:
    component: import_data
    inputs: {database: "sqlite:///shop.db", query: "select hour, price from sales where hour <> ':x%'"}
  sum:
    component: apply_sql_transformation
    inputs:
      t1: "${{parent.jobs.entered.outputs.dataset}}"
      t2: "${{parent.jobs.sales.outputs.dataset}}"
      query: |
        select t1.hour, sum(n) as n, count(*) as many, sum(price) as price, max(day) as day, bool_and(ok) as ok,
        sum(gap) as gap from t1 join t2 using (hour) group by all order by 1
  back:
    component: export_data
    inputs:
      dataset: "${{parent.jobs.sum.outputs.result_dataset}}"
      database: sqlite:///shop.db
      table: sums
      if_exists: replace
outputs: {entered: "${{parent.jobs.entered.outputs.dataset}}", sum: "${{parent.jobs.sum.outputs.result_dataset}}"}
"""
    made = ran(of_file(text, tmp_path), tmp_path)
    assert (made / "entered.csv").read_text() == (
        "hour,n,ok,day,f,gap\n12:30,1,true,2020-01-01,1.5,7.0\n13:00,2,false,2021-01-01,,\n"
    )
    assert (made / "sum.csv").read_text() == (
        "hour,n,many,price,day,ok,gap\n12:30,1,1,1.5,2020-01-01,true,7.0\n13:00,2,1,2.5,2021-01-01,false,\n"
    )
    with sqlite3.connect(tmp_path / "shop.db") as database:
        assert database.execute("select hour, n from sums order by hour").fetchall() == [("12:30", 1), ("13:00", 2)]


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ("import_data", "{datastore: warehouse, query: select 1}"),
        ("import_data", "{path: 's3://bucket/a.csv', secret: token}"),
        ("import_data", "{path: a.zip, read: 'file=b.csv'}"),
        ("enter_data_manually", "{rows: [[a], [1, 2]]}"),
    ],
)
def test_what_has_no_counterpart_is_an_error_that_names_the_step(component: str, said: str, tmp_path: Path):
    pipeline = of_file(f"jobs:\n  mine: {{component: {component}, inputs: {said}}}\n", tmp_path)
    with pytest.raises(WrongUse, match="mine") as raised:
        as_python(pipeline, tmp_path)
    assert raised.value.remedy


def test_a_bundle_that_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises((NotThere, BundleInvalid)):
        as_python(one("def azureml_main():\n    pass\n", script_bundle=Data("missing")), tmp_path)


def test_inputs_can_be_said_and_are_of_their_types(ran: Any, tmp_path: Path):
    text = """
inputs: {share: 0.5, seed: 1, at_random: true, "by": "", path: {type: string, default: x.csv}}
jobs:
  x: {component: import_data, inputs: {path: "${{parent.inputs.path}}"}}
  halves:
    component: split_data
    inputs:
      dataset: "${{parent.jobs.x.outputs.dataset}}"
      fraction: "${{parent.inputs.share}}"
      seed: "${{parent.inputs.seed}}"
      randomized: "${{parent.inputs.at_random}}"
outputs: {first: "${{parent.jobs.halves.outputs.results_dataset1}}"}
"""
    (tmp_path / "x.csv").write_text("x\n" + "".join(f"{number}\n" for number in range(10)))
    pipeline = of_file(text, tmp_path)
    made = ran(pipeline, tmp_path, "--share", "0.2", "--at_random", "false")
    assert (made / "first.csv").read_text() == "x\n0\n1\n"
    frame = pd.read_csv(tmp_path / "x.csv")
    wanted, _ = by_component(split_data, {"dataset": frame}, tmp_path, fraction=0.5, seed=9)
    made = ran(pipeline, tmp_path, "--seed", "9")
    same(pd.read_csv(made / "first.csv"), wanted.reset_index(drop=True))
    ran(pipeline, tmp_path, "--share", "much", fails="argument --share")


def test_a_secret_never_stands_in_the_script(ran: Any, tmp_path: Path):
    text = """
jobs:
  s: {component: import_data, inputs: {database: "postgresql://me@db/x", query: select 1, secret: DB_PASSWORD}}
"""
    pipeline = of_file(text, tmp_path)
    assert 'secret("DB_PASSWORD")' in as_python(pipeline, tmp_path)
    ran(pipeline, tmp_path, fails="Set the environment variable DB_PASSWORD")


def test_a_thousand_steps_are_exported_at_once():
    steps: dict[str, Step] = {"s0": scripted("def azureml_main():\n    pass\n")}
    for number in range(1, 1000):
        steps[f"s{number}"] = scripted("def azureml_main(a):\n    pass\n", dataset1=FromStep("s0", "result_dataset"))
    text = as_python(Pipeline(steps), Path("/nowhere"))
    assert text.count("run_script(") == 1001
    ast.parse(text)


def test_a_text_of_several_lines_is_entered_as_it_is(ran: Any, tmp_path: Path):
    cells = {"several\nlines": ["one", "1\n    2\n3", "with \"\"\"\n'''\n\\"], "n": [1, 2, 3]}
    rows = [list(cells), *map(list, zip(*cells.values(), strict=True))]
    quoted = "\n".join(",".join(f'"{str(cell).replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows)
    entered = known.component("enter_data_manually")
    steps = {"by_rows": Step(entered, {}, {"rows": rows}), "by_data": Step(entered, {}, {"data": f"{quoted}\n"})}
    outputs = {name: FromStep(name, "dataset") for name in steps}
    made = ran(Pipeline(steps, outputs=outputs), tmp_path)
    for name in steps:
        assert pd.read_csv(made / f"{name}.csv").to_dict("list") == cells


OF_ALL_KINDS = """
script: s.py
inputs:
  n: {type: integer, default: 3}
  way: {type: string, default: fast}
  b: {type: boolean, default: true}
  r: {type: number, default: 2.5}
outputs: {o: mltable}
"""


def test_an_input_is_given_as_the_kind_of_its_parameter(ran: Any, tmp_path: Path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "component.yaml").write_text(OF_ALL_KINDS)
    (tmp_path / "own" / "s.py").write_text(
        "import pandas as pd\ndef azureml_main(n, way, b, r):\n"
        "    return pd.DataFrame({'is': [repr(value) for value in (n, way, b, r)]})\n"
    )
    text = """
inputs: {number: {type: number, default: 1.0}, half: 0.5, no: "false", gap: {type: number, optional: true}}
jobs:
  x: {component: import_data, inputs: {path: x.csv}}
  own: {component: ./own, inputs: {n: "${{parent.inputs.number}}", way: "${{parent.inputs.half}}",
    b: "${{parent.inputs.no}}", r: "${{parent.inputs.gap}}"}}
  halves: {component: split_data, inputs: {dataset: "${{parent.jobs.x.outputs.dataset}}",
    seed: "${{parent.inputs.number}}", randomized: "${{parent.inputs.no}}", fraction: "${{parent.inputs.gap}}"}}
outputs: {kinds: "${{parent.jobs.own.outputs.o}}", first: "${{parent.jobs.halves.outputs.results_dataset1}}"}
"""
    (tmp_path / "x.csv").write_text("x\n1\n2\n3\n4\n")
    pipeline = of_file(text, tmp_path)
    made = ran(pipeline, tmp_path)
    assert pd.read_csv(made / "kinds.csv", dtype=str)["is"].tolist() == ["1", "'0.5'", "False", "2.5"]
    assert (made / "first.csv").read_text() == "x\n1\n2\n"
    ran(pipeline, tmp_path, "--number", "1.5", fails="The input number is 1.5, and must be a whole number.")
    ran(pipeline, tmp_path, "--gap", "2", fails="The input gap is 2, more than 1.")


def test_a_bundle_of_an_unknown_user_is_an_error(tmp_path: Path):
    with pytest.raises((NotThere, BundleInvalid)):
        as_python(one("def azureml_main():\n    pass\n", script_bundle=Data("~nosuch/b")), tmp_path)
