"""`transom dataset`: what a person types and reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.transom import Desk

READS = """
from azureml.core import Dataset, Run
def azureml_main(first=None, second=None):
    workspace = Run.get_context(allow_offline=True).experiment.workspace
    return Dataset.get_by_name(workspace, name="cars", version=1).to_pandas_dataframe(),
"""


@pytest.fixture
def cars(desk: Desk) -> Desk:
    """A desk with a workspace that has the dataset cars."""
    desk.transom("init")
    said = desk.transom("dataset", "add", "cars", "cars.csv", "--description", "Prices", "--tag", "source=uci")
    assert said.code == 0, said.err
    return desk


def test_a_table_is_added_with_the_types_that_were_found(cars: Desk):
    again = cars.transom("dataset", "add", "cars", "cars.csv")
    assert again.out == ""
    assert "make text · price whole number · zip text" in again.err
    assert "cars@1: 2 rows x 3 columns. It had this content already." in again.err
    document = cars.transom("dataset", "add", "cars", "cars.csv", "--json").document
    assert (document["name"], document["version"], document["new"], document["tags"]) == (
        "cars",
        1,
        False,
        {"source": "uci"},
    )


def test_standard_input_is_csv_and_a_result_goes_to_standard_output(cars: Desk):
    said = cars.transom("dataset", "add", "typed", "-", stdin=b"a,b\n1,x\n")
    assert "Added typed@1: 1 rows x 2 columns" in said.err
    assert cars.transom("dataset", "export", "typed", "-").out == "a,b\n1,x\n"


def test_datasets_are_listed_and_shown(cars: Desk):
    listed = cars.transom("dataset", "list").out
    assert "name  version  what" in listed
    assert "cars        1  2 rows x 3 columns" in listed
    assert "Prices · source=uci" in listed
    shown = cars.transom("dataset", "show", "cars").out
    for part in ("cars@1: 2 rows x 3 columns", "from cars.csv (CSV)", "audi  13950.0  06001", "deviation"):
        assert part in shown
    document = cars.transom("dataset", "show", "cars@1", "--json").document
    assert document["statistics"]["columns"][0]["unique"] == 2
    assert cars.transom("dataset", "list", "--json").document["datasets"][0]["name"] == "cars"
    profile = cars.transom("dataset", "profile", "cars", "--json").document
    assert profile == document["statistics"]
    assert cars.transom("dataset", "profile", "cars").out.startswith("column")


def test_files_are_added_shown_and_exported(cars: Desk):
    cars.write("helpers/a.py", "x = 1")
    cars.write("helpers/.git/config", "")
    said = cars.transom("dataset", "add", "helpers", "helpers")
    assert "warning: Left out: .git." in said.err
    assert "a.py" in cars.transom("dataset", "show", "helpers").out
    assert "Wrote helpers@1 to out." in cars.transom("dataset", "export", "helpers", "out").err
    assert (cars.folder / "out" / "a.py").read_text() == "x = 1"
    assert cars.transom("dataset", "export", "helpers", "out").code == 2


def test_versions_are_removed_one_by_one_or_all(cars: Desk):
    cars.write("cars.csv", "make,price\nvw,1\n")
    cars.transom("dataset", "add", "cars", "cars.csv")
    assert cars.transom("dataset", "remove", "cars@1", "--json").document == {"removed": ["cars@1"]}
    assert "Removed cars@2." in cars.transom("dataset", "remove", "cars").err
    said = cars.transom("dataset", "show", "cars")
    assert (said.code, said.out) == (3, "")
    assert "There is no dataset cars" in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "cars", "nothing.csv"), 3, "There is no file or folder nothing.csv"),
        (("add", "a:b", "cars.csv"), 2, "cannot be the name of a dataset"),
        (("add", "cars", "cars.csv", "--tag", "alone"), 2, "--tag alone is no pair"),
        (("add", "cars", "cars.csv", "--read", "colour=red"), 2, "no read option"),
        (("add", "cars", "http://127.0.0.1:9/cars.csv"), 2, "cannot be fetched"),
        (("add", "cars"), 2, "requires an argument"),
        (("show", "carz"), 3, "Did you mean cars?"),
        (("show", "cars@7"), 3, "has no version 7"),
        (("show", "cars@x"), 2, "cannot be the name of a dataset"),
        (("export", "cars", "out.xyz"), 2, "names no table format"),
        (("export", "cars", ""), 2, "is empty"),
        (("remove", "nothing"), 3, "There is no dataset nothing"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(cars: Desk, arguments: tuple[str, ...], code: int, said: str):
    plain = cars.transom("dataset", *arguments)
    assert plain.code == code
    assert said in plain.err
    assert plain.out == ""
    document = json.loads(cars.transom("dataset", *arguments, "--json").out)
    assert said in document["error"]["message"] + document["error"]["remedy"]


def test_a_registered_dataset_is_connected_and_read_by_a_script(cars: Desk):
    said = cars.transom("run", "same.py", "cars", "cars@1", "--result1", "one.csv", "--result2", "two.csv")
    assert said.code == 0, said.err
    assert (cars.folder / "one.csv").read_text() == (cars.folder / "two.csv").read_text()
    cars.write("reads.py", READS)
    document = cars.transom("run", "reads.py", "--register-result1", "again", "--json").document
    assert document["status"] == "succeeded", document
    assert document["registered"] == {"result_dataset": "again@1"}
    shown = cars.transom("dataset", "show", "again", "--json").document
    assert (shown["rows"], shown["run"]) == (2, document["run"])
    assert f"by the run {document['run']} (result_dataset)" in cars.transom("dataset", "show", "again").out


def test_a_folder_of_files_is_a_bundle(cars: Desk):
    cars.write("helpers/helper.py", "WORD = 'helped'")
    cars.transom("dataset", "add", "tools", "helpers")
    cars.write(
        "uses.py",
        "import helper\nimport pandas\ndef azureml_main(a=None, b=None):\n    return pandas.DataFrame({'x': [helper.WORD]}),\n",
    )
    said = cars.transom("run", "uses.py", "--bundle", "tools", "--result1", "out.csv")
    assert said.code == 0, said.err
    assert (cars.folder / "out.csv").read_text() == "x\nhelped\n"
    wrong = cars.transom("run", "uses.py", "--bundle", "cars")
    assert "cars@1 is a table, and a set of files is needed here" in wrong.err
    assert "tools@1 is a set of 1 file, and a table is needed here" in cars.transom("run", "same.py", "tools").err


def test_a_list_of_long_names_is_cut_and_nothing_of_a_terminal_is_obeyed(cars: Desk, tmp_path: Path):
    cars.transom("dataset", "add", "x" * 100, "cars.csv", "--description", "bad \x1b[31m red")
    listed = cars.transom("dataset", "list").out
    assert "\x1b" not in listed
    assert "x" * 31 + "…" in listed
