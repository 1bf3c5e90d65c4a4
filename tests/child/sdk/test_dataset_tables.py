"""A registered table is the frame that a port would give, and rows, columns and frames make new datasets."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
from tests.child.sdk import serving
from tests.child.sdk.datasets_given import CARS, Desk, as_json, desk, document, in_each_pandas, python_with_pandas
from tests.environments import interpreter

HERE = Path(sys.executable)


@in_each_pandas
def test_a_registered_table_is_a_frame_with_its_index(environment: str, tmp_path: Path) -> None:
    python = python_with_pandas(environment)
    script = (
        "frame = Dataset.get_by_name(ws, name='cars', version='latest').to_pandas_dataframe()\n"
        "other = Dataset.get_by_name(ws, 'indexed').to_pandas_dataframe()\n"
        "by_id = Dataset.get_by_id(ws, 'id-of-cars-1').to_pandas_dataframe()\n"
        f"print(json.dumps([{as_json('frame')}, {as_json('other')}, list(other.index.names), by_id.equals(frame)]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        at.add_table("indexed", CARS.assign(key=list("abcd")).set_index("key"))
        cars, indexed, names, same = at.run(python, script).told
    rows = [["audi", 1.5, 2], ["bmw", 2.5, 4], [None, 3.5, 4], ["vw", None, 2]]
    assert cars == {"columns": ["make", "price", "doors"], "index": [0, 1, 2, 3], "data": rows}
    assert indexed == {"columns": ["make", "price", "doors"], "index": ["a", "b", "c", "d"], "data": rows}
    assert names == ["key"]
    assert same


@in_each_pandas
def test_a_frame_may_be_changed_and_the_dataset_stays_as_it_is(environment: str, tmp_path: Path) -> None:
    script = (
        "import warnings\nwarnings.simplefilter('error')\ndataset = Dataset.get_by_name(ws, 'cars')\n"
        "for view in (dataset, dataset.take(2), dataset.skip(1), dataset.keep_columns(['price', 'doors'])):\n"
        "    frame = view.to_pandas_dataframe()\n    frame['price'] = 0.0\n    frame.loc[frame.index[0], 'doors'] = 99\n"
        "    frame['new'] = 1\n"
        f"print(json.dumps({as_json('dataset.to_pandas_dataframe()')}['data']))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        data = at.run(python_with_pandas(environment), script).told
    assert data == [["audi", 1.5, 2], ["bmw", 2.5, 4], [None, 3.5, 4], ["vw", None, 2]]


@in_each_pandas
def test_rows_and_columns_are_chosen_in_turn(environment: str, tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'cars')\nways = [d.take(2), d.skip(1).take(2), d.take(100), d.skip(100), d.take(0),\n"
        "    d.keep_columns('make'), d.keep_columns(['doors', 'make']), d.drop_columns(['price']), d.take_sample(1.0),\n"
        "    d.take_sample(0, seed=1), Dataset.get_by_name(ws, 'indexed').skip(2)]\n"
        f"print(json.dumps([{as_json('way.to_pandas_dataframe()')} for way in ways]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS.drop(columns="price").assign(price=1))
        at.add_table("indexed", CARS[["doors"]].set_index(pd.Index([5, 6, 7, 8])))
        found = at.run(python_with_pandas(environment), script).told
    makes = [[row[0] for row in each["data"]] for each in found[:5]]
    assert makes == [["audi", "bmw"], ["bmw", None], ["audi", "bmw", None, "vw"], [], []]
    assert [each["index"] for each in found[:5]] == [[0, 1], [0, 1], [0, 1, 2, 3], [], []]
    columns = [each["columns"] for each in found[5:10]]
    assert columns == [["make"], ["make", "doors"], ["make", "doors"], ["make", "doors", "price"], columns[3]]
    assert [len(each["data"]) for each in found[5:10]] == [4, 4, 4, 4, 0]
    assert found[10] == {"columns": ["doors"], "index": [7, 8], "data": [[4], [2]]}


@in_each_pandas
def test_a_split_has_each_row_once_and_a_seed_makes_it_the_same_again(environment: str, tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'many')\nparts = [part.to_pandas_dataframe() for part in d.random_split(0.75)]\n"
        "again = [d.random_split(0.5, seed=7)[0].to_pandas_dataframe().equals(\n"
        "    d.random_split(0.5, seed=7)[0].to_pandas_dataframe()), d.take_sample(0.5, seed=7).to_pandas_dataframe().equals(\n"
        "    d.take_sample(0.5, seed=7).to_pandas_dataframe())]\n"
        "print(json.dumps([[int(n) for part in parts for n in part['n']], len(parts[0]), again,\n"
        "    [int(part.index[-1]) + 1 == len(part) for part in parts]]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("many", pd.DataFrame({"n": range(1000)}))
        rows, first, again, numbered = at.run(python_with_pandas(environment), script).told
    assert sorted(rows) == list(range(1000))
    assert 650 < first < 850
    assert again == [True, True]
    assert numbered == [True, True]


def test_a_column_that_is_not_there_is_told_once_and_an_error_only_where_it_must_be_there(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'cars')\nkept = d.keep_columns(['make', 'pric'])\n"
        "columns = [list(kept.to_pandas_dataframe()) for _ in range(2)]\n"
        "columns.append(list(d.drop_columns('pric').to_pandas_dataframe()))\n"
        "try:\n    d.keep_columns(['pric'], validate=True)\nexcept Exception as wrong:\n"
        "    print(json.dumps([columns, type(wrong).__name__, str(wrong)]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        said = at.run(HERE, script)
    sentence = "There is no column 'pric'; did you mean 'price'?"
    assert said.told == [[["make"], ["make"], ["make", "price", "doors"]], "UserErrorException", sentence]
    assert said.lines[:-1] == ["Transom: " + sentence]


def test_what_an_older_pandas_has_not_is_told_once_with_the_name(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'flags')\nframes = [d.to_pandas_dataframe() for _ in range(2)]\n"
        "print(json.dumps(str(frames[0]['b'].dtype)))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("flags", pd.DataFrame({"b": pd.array([True, None], dtype="boolean")}))
        said = at.run(python_with_pandas("py36-pandas-0.25"), script)
    assert said.told == "object"
    assert said.lines[:-1] == ["Transom: flags: Column 'b': boolean becomes object in pandas 0.25.3."]


def test_nothing_is_asked_before_the_frame_is_wanted(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'cars').take(3).keep_columns(['price'])\nasked = os.path.join(\n"
        "    os.environ['TRANSOM_JOB'], 'asked.jsonl')\nbefore = open(asked).read().count('dataset/open')\n"
        "d.to_pandas_dataframe()\nd.to_pandas_dataframe()\n"
        "print(json.dumps([before, open(asked).read().count('dataset/open')]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        assert at.run(HERE, script).told == [0, 1]


def test_what_is_known_of_a_dataset_is_told(python: Path, tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'cars')\nt = d.take(1)\n"
        "print(json.dumps([d.name, d.version, d.id, d.description, d.tags, str(d.data_changed_time), repr(d),\n"
        "    d.partition_keys, d.timestamp_columns, t.name, t.version, t.id, t.tags, t.data_changed_time, repr(t)]))\n"
    )
    with desk(tmp_path) as at:
        at.datasets["cars"] = document("cars", 3)
        told = at.run(python, script).told
    assert told[:6] == ["cars", 3, "id-of-cars-3", "all cars", {"team": "red"}, "2026-01-02 03:04:05+00:00"]
    assert told[6:9] == ["TabularDataset(name='cars', version=3)", [], [None, None]]
    assert told[9:] == [None, None, None, {}, None, "TabularDataset(not registered)"]


def test_the_datasets_of_a_workspace_are_a_mapping_that_asks_once(python: Path, tmp_path: Path) -> None:
    script = (
        "found = Dataset.get_all(ws)\nnames = [sorted(found), len(found), 'cars' in found, found['cars'].version]\n"
        "names += [type(found['pictures']).__name__, type(ws.datasets['cars']).__name__, len(Dataset.list(ws))]\n"
        "names += [Dataset.get(ws, name='cars').name, Dataset.get(ws, id='id-of-cars-2').name]\n"
        "try:\n    found['car']\nexcept KeyError as wrong:\n    names.append(wrong.args[0])\nprint(json.dumps(names))\n"
    )
    with desk(tmp_path) as at:
        at.datasets = {"cars": document("cars", 2), "pictures": document("pictures", kind="files")}
        told = at.run(python, script).told
        asked = at.facts("dataset/list")
    assert told[:7] == [["cars", "pictures"], 2, True, 2, "FileDataset", "TabularDataset", 2]
    assert told[7:] == ["cars", "cars", "There is no dataset 'car'; did you mean 'cars'?"]
    assert len(asked) == 3


def test_a_version_is_asked_for_by_its_number(tmp_path: Path) -> None:
    script = (
        "for version in ('latest', None, 2, '3', 4.0):\n    Dataset.get_by_name(ws, 'cars', version=version)\n"
        "found = []\nfor version in (0, -1, 'newest', 1.5, True, [1]):\n"
        "    try:\n        Dataset.get_by_name(ws, 'cars', version)\n"
        "    except Exception as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.datasets["cars"] = document()
        found = at.run(HERE, script).told
        assert [facts["version"] for facts in at.facts("dataset/get")] == [None, None, 2, 3, 4]
    assert len(found) == 6
    assert all(each[0] == "UserErrorException" for each in found)
    assert found[2][1] == "A version is a number from 1 on, or 'latest', and not 'newest' (of type str)."


# Processes


@in_each_pandas
def test_a_process_that_the_script_started_reads_tables_too(environment: str, tmp_path: Path) -> None:
    script = (
        "import subprocess\ncode = ('from azureml.core import Dataset, Run\\nimport sys\\nbefore = list(sys.path)\\n'\n"
        "    'ws = Run.get_context().experiment.workspace\\n'\n"
        "    'print(len(Dataset.get_by_name(ws, \"cars\").to_pandas_dataframe()), before == sys.path)')\n"
        "print(json.dumps(subprocess.check_output([sys.executable, '-c', code]).decode().split()))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        assert at.run(python_with_pandas(environment), script).told == ["4", "True"]


# What goes wrong


def failures(at: Desk, python: Path, statements: list[str]) -> list[list[str]]:
    """Type and text of what each statement raised."""
    script = (
        "d = Dataset.get_by_name(ws, 'cars')\nstore = Datastore.get(ws, 'store')\nfound = []\n"
        f"for each in {statements!r}:\n    try:\n        exec(each)\n        found.append(None)\n"
        "    except Exception as wrong:\n        found.append([type(wrong).__name__, str(wrong)])\nprint(json.dumps(found))\n"
    )
    found: list[list[str]] = at.run(python, script).told
    return found


def test_what_cannot_be_is_told_in_a_sentence(python: Path, tmp_path: Path) -> None:
    cases = {
        "Dataset.get_by_name(ws, 'car')": "There is no dataset 'car'. Did you mean cars?",
        "Dataset.get_by_name('cars', ws)": "'cars' (of type str) is no workspace: Dataset.get_by_name(workspace, name), "
        "where the workspace is Run.get_context().experiment.workspace.",
        "Dataset.get_by_name(ws, 7)": "The name of a dataset is a text, and not 7 (of type int): "
        "Dataset.get_by_name(workspace, name).",
        "Dataset.get_all('ws')": "'ws' (of type str) is no workspace: Dataset.get_all(workspace), where the workspace is "
        "Run.get_context().experiment.workspace.",
        "Dataset(None)": "A dataset is not made so: Dataset.get_by_name(workspace, name) gives a registered one, and "
        "Dataset.Tabular and Dataset.File make new ones.",
        "d.take('5')": "take(count) is a whole number from 0 on, and not '5' (of type str).",
        "d.take(-1)": "take(count) is a whole number from 0 on, and not -1 (of type int).",
        "d.skip(1.5)": "skip(count) is a whole number from 0 on, and not 1.5 (of type float).",
        "d.take_sample(2)": "The probability is a number from 0 to 1, and not 2 (of type int).",
        "d.random_split(75)": "The percentage is a number from 0 to 1, and not 75 (of type int).",
        "d.take_sample(0.5, seed='a')": "The seed is a whole number from 0 on, and not 'a' (of type str).",
        "d.keep_columns(5)": "Columns are a text or a list of texts, and not 5 (of type int).",
        "d.drop_columns([1])": "Columns are texts, and 1 (of type int) is none.",
        "d.to_pandas_dataframe(on_error='skip')": "on_error is 'null' or 'fail', and not 'skip' (of type str).",
        "d.register('ws', 'a')": "'ws' (of type str) is no workspace: dataset.register(workspace, name), where the "
        "workspace is Run.get_context().experiment.workspace.",
        "d.register(ws, None)": "The name of a dataset is a text, and not None (of type NoneType).",
        "Dataset.Tabular.register_pandas_dataframe(d, 'workspaceblobstore', 'n')": "The datastore is given as text, "
        "'workspaceblobstore'. Give the datastore: Datastore.get(workspace, 'workspaceblobstore').",
        "Dataset.Tabular.register_pandas_dataframe(d, store, 7)": "The name of a dataset is a text, and not 7 (of type int).",
        "d.to_csv_files(separator='')": "The separator is one character, and not '' (of type str).",
    }
    with desk(tmp_path) as at:
        at.datasets["cars"] = document()
        found = failures(at, python, list(cases))
    kinds = {each[0] for each in found if each is not None}
    assert dict(zip(cases, (each and each[1] for each in found), strict=True)) == cases
    assert kinds == {"UserErrorException"}


def test_a_column_of_a_dataset_is_told_to_be_one_of_its_frame(python: Path, tmp_path: Path) -> None:
    with desk(tmp_path) as at:
        at.datasets["cars"] = document()
        column, rows = failures(at, python, ["d['price'] > 5", "for row in d: pass"])
    assert column[0] == "TypeError"
    assert "dataset.to_pandas_dataframe()['price']" in column[1]
    assert rows == ["TypeError", "'TabularDataset' object is not iterable"]


@in_each_pandas
def test_a_frame_that_cannot_be_kept_is_told_and_leaves_nothing_behind(environment: str, tmp_path: Path) -> None:
    statements = [
        "import pandas as pd; Dataset.Tabular.register_pandas_dataframe(pd.DataFrame({'a': [object()]}), store, 'n')",
        "import pandas as pd; Dataset.Tabular.register_pandas_dataframe(pd.Series([1]), store, 'n')",
        "import pandas as pd; Dataset.Tabular.register_pandas_dataframe(pd.DataFrame({('a', 'b'): [1]}), store, 'n')",
        "Dataset.Tabular.register_pandas_dataframe([1, 2], store, 'n')",
    ]
    with desk(tmp_path) as at:
        at.datasets["cars"] = document()
        found = failures(at, python_with_pandas(environment), statements)
    assert [each[0] for each in found] == ["UserErrorException"] * 4
    assert "'a'" in found[0][1]
    assert found[1][1] == "A table is a pandas.DataFrame, and not of type Series."
    assert found[3][1] == "A table is a pandas.DataFrame, and not of type list."
    assert list((tmp_path / "run1" / "handed").iterdir()) == []


def test_a_table_where_there_is_no_pandas_is_told(tmp_path: Path) -> None:
    bare = interpreter("3.6")
    if bare is None:
        pytest.skip("there is no Python 3.6 on this machine")
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        ((kind, text),) = failures(at, bare, ["d.to_pandas_dataframe()"])
    assert kind == "ImportError"
    assert text.startswith("A table needs pandas and pyarrow in the script's environment: No module named")


def test_a_dataset_that_cannot_be_opened_is_the_exception_that_scripts_catch(tmp_path: Path) -> None:
    def refuse(facts: dict[str, object]) -> dict[str, object]:
        raise serving.refused("Its content is damaged.", "Add it again.")

    script = (
        "from azureml.data.dataset_error_handling import DatasetExecutionError\n"
        "from azureml.exceptions import UserErrorException\nd = Dataset.get_by_name(ws, 'cars')\n"
        "try:\n    d.to_pandas_dataframe()\nexcept DatasetExecutionError as wrong:\n"
        "    print(json.dumps([str(wrong), isinstance(wrong, UserErrorException)]))\n"
    )
    with desk(tmp_path, dataset__open=refuse) as at:
        at.datasets["cars"] = document()
        assert at.run(HERE, script).told == ["Its content is damaged. Add it again.", True]
