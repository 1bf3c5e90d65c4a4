"""`transom datastore`: what a person types and reads, and what nobody reads."""

from __future__ import annotations

import sqlite3

import pytest
from tests.cli.transom import Desk

USES = """
from azureml.core import Dataset, Datastore, Run
def azureml_main(first=None, second=None):
    workspace = Run.get_context(allow_offline=True).experiment.workspace
    lake = Datastore.get(workspace, "lake")
    table = Dataset.Tabular.from_delimited_files((lake, "cars/*.csv")).to_pandas_dataframe()
    sold = Dataset.Tabular.from_sql_query((Datastore.get(workspace, "sales"), "SELECT * FROM sales")).to_pandas_dataframe()
    table.to_csv("made.csv", index=False)
    workspace.get_default_datastore().upload_files(["made.csv"], target_path="made")
    return table, sold
"""


@pytest.fixture
def stores(desk: Desk) -> Desk:
    """A desk with a workspace that has a folder and a database."""
    desk.transom("init")
    desk.write("lake/cars/1.csv", "make,price\naudi,1\n")
    desk.write("lake/cars/2.csv", "make,price\nbmw,2.5\n")
    with sqlite3.connect(desk.folder / "sales.db") as connection:
        connection.execute("create table sales (make, sold)")
        connection.execute("insert into sales values ('audi', 3)")
    connection.close()
    for arguments in (("lake", "lake"), ("sales", "sqlite:///sales.db")):
        said = desk.transom("datastore", "add", *arguments)
        assert said.code == 0, said.err
    return desk


def test_datastores_are_listed_without_what_is_secret(stores: Desk):
    said = stores.transom(
        *("datastore", "add", "web", "https://me:geheim@host/data?sig=streng", "--option", "X-Key=leise"),
        TRANSOM_SECRETS="file",
        TRANSOM_SECRET_KEY="a key of this test that is long enough",
    )
    assert said.code == 0, said.err
    assert "Added web: https://me@host/data. Its password and options are kept among the secrets." in said.err
    listed = stores.transom("datastore", "list")
    assert "workspaceblobstore (default)" in listed.out
    assert "web                           https" in listed.out
    assert "***" in listed.out
    rows = stores.transom("datastore", "list", "--json").document["datastores"]
    assert [row["name"] for row in rows] == ["workspaceblobstore", "workspacefilestore", "lake", "sales", "web"]
    everything = said.out + said.err + listed.out + listed.err + str(rows)
    everything += "".join(
        path.read_bytes().decode("latin-1") for path in (stores.folder / ".transom").rglob("*") if path.is_file()
    )
    assert not [word for word in ("geheim", "streng", "leise") if word in everything]


def test_a_datastore_is_forgotten_and_its_files_stay(stores: Desk):
    assert "Removed lake; what lies at" in stores.transom("datastore", "remove", "lake").err
    assert (stores.folder / "lake" / "cars" / "1.csv").is_file()
    assert stores.transom("datastore", "remove", "lake").code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "it", "nothing"), 3, "There is no file or folder"),
        (("add", "it", "gs://bucket"), 2, "pip install gcsfs"),
        (("add", "it", "gopher://bucket"), 2, "no kind of place"),
        (("add", "it", "lake", "--option", "key=1"), 2, "takes no options"),
        (("add", "workspaceblobstore", "lake"), 2, "is built in"),
        (("add", "lake", "sqlite:///sales.db"), 2, "already"),
        (("remove", "workspaceblobstore"), 2, "is built in"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(stores: Desk, arguments: tuple[str, ...], code: int, said: str):
    plain = stores.transom("datastore", *arguments)
    assert (plain.code, plain.out) == (code, "")
    assert said in plain.err


def test_a_script_reads_a_folder_and_a_database_and_writes_to_the_default_datastore(stores: Desk):
    stores.write("uses.py", USES)
    said = stores.transom("run", "uses.py", "--result1", "one.csv", "--result2", "two.csv", "--json")
    assert said.document["status"] == "succeeded", said.document["failure"]
    assert (stores.folder / "one.csv").read_text() == "make,price\naudi,1.0\nbmw,2.5\n"
    assert (stores.folder / "two.csv").read_text() == "make,sold\naudi,3\n"
    made = stores.folder / ".transom" / "datastores" / "workspaceblobstore" / "made" / "made.csv"
    assert made.read_text() == "make,price\naudi,1.0\nbmw,2.5\n"


def test_a_script_that_is_kept_apart_uses_the_datastores_that_its_run_names(stores: Desk):
    stores.write("uses.py", USES)
    refused = stores.transom("run", "uses.py", "--policy", "confined", "--json").document
    assert refused["status"] == "failed"
    assert "may not use the datastore lake under the policy confined" in refused["failure"]["message"]
    named = ("--secret", "datastore/lake", "--secret", "datastore/sales")
    allowed = stores.transom("run", "uses.py", "--policy", "confined", *named, "--json").document
    assert allowed["status"] == "succeeded", allowed["failure"]
