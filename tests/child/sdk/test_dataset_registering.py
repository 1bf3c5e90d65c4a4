"""Frames, tables that were read and parts of them become registered datasets and files, as they are then."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.child.sdk import serving
from tests.child.sdk.datasets_given import CARS, as_json, desk, document, in_each_pandas, python_with_pandas

HERE = Path(sys.executable)


@in_each_pandas
def test_a_frame_is_registered_with_its_index_and_read_back_equal(environment: str, tmp_path: Path) -> None:
    script = (
        "import pandas as pd\nframe = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', None, 'z'],\n"
        "    't': pd.to_datetime(['2020-01-01', None, '2020-01-03'])}, index=pd.Index(['k', 'l', 'm'], name='key'))\n"
        "made = Dataset.Tabular.register_pandas_dataframe(frame, (ws.get_default_datastore(), 'f'), 'made', tags={'n': 1})\n"
        "pd.testing.assert_frame_equal(made.to_pandas_dataframe(), frame)\n"
        "pd.testing.assert_frame_equal(Dataset.get_by_name(ws, 'made').to_pandas_dataframe(), frame)\n"
        "Dataset.Tabular.register_pandas_dataframe(dataframe=frame, target=Datastore.get(ws, 'x'), name='more',\n"
        "    description='why', show_progress=True)\nDataset.Tabular.register_pandas_dataframe(frame, None, 'third')\n"
        "print(json.dumps([made.name, made.tags, os.listdir(os.path.join(os.environ['TRANSOM_JOB'], 'handed'))]))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(python_with_pandas(environment), script).told == ["made", {"n": "1"}, []]
        facts = at.facts("dataset/register")
    assert [each["create_new_version"] for each in facts] == [True, True, True]
    assert [each["description"] for each in facts] == [None, "why", None]
    assert len({each["table"]["digest"] for each in facts}) == 1


def test_what_is_registered_as_it_was_read_is_named_and_anything_else_is_handed_over(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'cars')\nsame = d.register(ws, 'again', create_new_version=True)\n"
        "less = d.take(1).register(workspace=ws, name='less', description='why', tags={'a': None, 'b': 2})\n"
        f"print(json.dumps([same.name, less.tags, {as_json('less.to_pandas_dataframe()')}['data'],\n"
        "    len(same.to_pandas_dataframe())]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        assert at.run(HERE, script).told == ["again", {"a": None, "b": "2"}, [["audi", 1.5, 2]], 4]
        same, less = at.facts("dataset/register")
    assert same == {
        "name": "again",
        "description": None,
        "tags": {},
        "create_new_version": True,
        "same_as": "id-of-cars-1",
    }
    assert set(less) == {"name", "description", "tags", "create_new_version", "table"}
    assert (less["description"], less["create_new_version"]) == ("why", False)


def test_tags_and_description_of_a_registered_dataset_can_be_changed(tmp_path: Path) -> None:
    script = (
        "d = Dataset.get_by_name(ws, 'cars')\nfound = [d.update(description='new').description]\n"
        "found.append(d.update(tags={'only': 1}).tags)\nfound.append(Dataset.get_by_name(ws, 'cars').add_tags({'a': 1}).tags)\n"
        "found.append(Dataset.get_by_name(ws, 'cars').remove_tags(['team', 'none']).tags)\n"
        "try:\n    d.take(1).add_tags({'a': 1})\nexcept Exception as wrong:\n    found.append(str(wrong))\n"
        "print(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.datasets["cars"] = document()
        assert at.run(HERE, script).told == [
            "new",
            {"only": "1"},
            {"team": "red", "a": "1"},
            {},
            "The dataset is not registered: dataset.register(workspace, name) comes first.",
        ]
        assert at.facts("dataset/update")[0] == {"id": "id-of-cars-1", "description": "new", "tags": None}


def test_the_classic_client_reads_and_registers_tables(tmp_path: Path) -> None:
    script = (
        "import azureml\nclassic = azureml.Workspace('id', 'token')\nframe = classic.datasets['cars'].to_dataframe()\n"
        "classic.datasets.add_from_dataframe(frame, 'GenericCSV', 'copy', 'why')\n"
        "print(json.dumps([len(frame), Dataset.get_by_name(ws, 'copy').description]))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        assert at.run(HERE, script).told == [4, "why"]


@in_each_pandas
def test_a_table_becomes_one_csv_or_parquet_file_when_it_is_wanted(environment: str, tmp_path: Path) -> None:
    script = (
        "import pandas as pd\nd = Dataset.get_by_name(ws, 'cars').keep_columns(['make', 'doors']).take(2)\n"
        "csv, parquet = d.to_csv_files(separator=';'), d.to_parquet_files()\nfound = [csv.to_path(), parquet.to_path()]\n"
        "path, = csv.download('out')\nfound.append(open(path).read())\n"
        "found.append(open(Dataset.get_by_name(ws, 'indexed').take(1).to_csv_files().download('other')[0]).read())\n"
        "path, = parquet.download()\nfound.append(pd.read_parquet(path).equals(d.to_pandas_dataframe()))\n"
        "csv.register(ws, 'written')\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path) as at:
        at.add_table("cars", CARS)
        at.add_table("indexed", CARS.assign(key=list("abcd")).set_index("key")[["doors"]])
        found = at.run(python_with_pandas(environment), script).told
        (registered,) = at.facts("dataset/register")
        content = serving.taken(at.folder, registered["files"][0]["content"]["digest"])
    assert found == [
        ["/part-00000.csv"],
        ["/part-00000.parquet"],
        "make;doors\naudi;2\nbmw;4\n",
        "key,doors\na,2\n",
        True,
    ]
    assert content == b"make;doors\naudi;2\nbmw;4\n"
    assert registered["files"][0]["name"] == "part-00000.csv"
