"""Files go to and come from the datastores of the workspace, and nothing is written over unasked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.child.sdk.datasets_given import Desk, desk
from tests.child.sdk.test_dataset_files import OWN

HERE = Path(sys.executable)


class Store:
    """What lies on a datastore, by name; uploads write over nothing unless they are told to."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.desk: Desk | None = None

    def upload(self, facts: dict[str, Any]) -> dict[str, Any]:
        uploaded: list[str] = []
        skipped: list[str] = []
        for each in facts["files"]:
            is_there = each["path"] in self.files and not facts["overwrite"]
            (skipped if is_there else uploaded).append(each["path"])
            if not is_there:
                self.files[each["path"]] = each["content"]["digest"]
        return {"uploaded": uploaded, "skipped": skipped}

    def download(self, facts: dict[str, Any]) -> dict[str, Any]:
        names = [name for name in self.files if name.startswith(facts["prefix"] or "")]
        contents = [{"name": name, "digest": self.files[name]} for name in names]
        return {"files": {"contents": contents, "name": "files"}, "names": names}

    def answers(self) -> dict[str, serving.Canned]:
        return {
            "datastore__upload": self.upload,
            "datastore__download": self.download,
            "datastore__list": {"datastores": [{"name": "workspaceblobstore"}, {"name": "store"}]},
        }

    def contents(self, at: Desk) -> dict[str, bytes]:
        return {name: serving.taken(at.folder, digest) for name, digest in self.files.items()}


def test_a_datastore_is_found_by_its_name_or_is_the_default(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.data.azure_storage_datastore import AbstractAzureStorageDatastore, AzureBlobDatastore\n"
        "from azureml.data.abstract_datastore import AbstractDatastore\n"
        "stores = [Datastore(ws, 'store'), Datastore.get(ws, 'store'), Datastore.get(ws, datastore_name='store'),\n"
        "    ws.datastores['store'], Datastore(ws), Datastore.get_default(ws), ws.get_default_datastore()]\n"
        "assert all(isinstance(each, (AzureBlobDatastore, AbstractDatastore)) for each in stores)\n"
        "one = stores[0]\nprint(json.dumps([[each.name for each in stores], len(set(stores)), one.datastore_type,\n"
        "    one.workspace.name, one.account_name, one.blob_service, one.container_name, one.is_sas, repr(one)]))\n"
    )
    with desk(tmp_path, **Store().answers()) as at:
        names, count, *rest = at.run(python, script).told
    assert names == ["store"] * 4 + ["workspaceblobstore"] * 3
    assert count == 2
    assert rest[:-1] == ["AzureBlob", "home", None, None, "store", False]
    assert rest[-1] == "AzureBlobDatastore(name='store', datastore_type='AzureBlob')"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AzureBlob", "AzureBlobDatastore"),
        ("AzureFile", "AzureFileDatastore"),
        ("folder", "AbstractAzureStorageDatastore"),
        ("s3", "AbstractAzureStorageDatastore"),
        ("sqlite", "AzureSqlDatabaseDatastore"),
        ("postgresql", "AzurePostgreSqlDatastore"),
        ("mysql", "AzureMySqlDatastore"),
    ],
)
def test_a_datastore_is_of_the_class_that_azure_has_for_its_kind(kind: str, name: str, tmp_path: Path) -> None:
    def get(facts: dict[str, Any]) -> dict[str, Any]:
        return {"name": facts["name"], "type": kind, "url": "x", "is_default": False}

    with desk(tmp_path, datastore__get=get) as at:
        told = at.run(HERE, "print(json.dumps(type(Datastore.get(ws, 'store')).__name__))\n").told
    assert told == name


def test_a_folder_or_a_file_is_uploaded_below_a_path(python: Path, tmp_path: Path) -> None:
    store = Store()
    script = (
        OWN + "import pathlib\nos.symlink('nowhere', 'data/broken')\nds = Datastore.get(ws, datastore_name='store')\n"
        "refs = [ds.upload('./data'), ds.upload(src_dir=pathlib.Path('data'), target_path='/x/y/', overwrite=True,\n"
        "    show_progress=False), ds.upload('data/a.csv', 'one')]\n"
        "print(json.dumps([[ref.path_on_datastore, ref.datastore.name, str(ref)] for ref in refs]))\n"
    )
    with desk(tmp_path, **store.answers()) as at:
        refs = at.run(python, script).told
        contents = store.contents(at)
        assert [facts["overwrite"] for facts in at.facts("datastore/upload")] == [False, True, False]
    names = ["a.csv", "b.csv", "deep/.hidden", "deep/c.csv"]
    assert contents == {
        **{name: name.encode() for name in names},
        **{f"x/y/{name}": name.encode() for name in names},
        "one/a.csv": b"a.csv",
    }
    assert refs == [[path, "store", "$AZUREML_DATAREFERENCE_store"] for path in (None, "/x/y/", "one")]
    assert os.listdir(tmp_path / "run1" / "handed") == []


def test_single_files_are_uploaded_with_their_path_from_a_folder(python: Path, tmp_path: Path) -> None:
    store = Store()
    script = (
        OWN + "ds = ws.get_default_datastore()\nds.upload_files(['data/a.csv'], target_path='one', overwrite=True)\n"
        "ds.upload_files(files=['data/a.csv', './data/deep/c.csv'], target_path='two')\n"
        "ds.upload_files(['data/deep/c.csv', os.path.abspath('data/b.csv')], relative_root='.', show_progress=False)\n"
        "ds.upload_files('data/b.csv', relative_root='data/')\nds.upload_files([])\nprint('null')\n"
    )
    with desk(tmp_path, **store.answers()) as at:
        said = at.run(python, script)
        assert said.told is None
    assert list(store.files) == ["one/a.csv", "two/a.csv", "two/deep/c.csv", "data/deep/c.csv", "data/b.csv", "b.csv"]
    assert said.lines[:-1] == ["Transom: the list of files is empty, so nothing is uploaded."]


def test_what_is_there_already_stays_and_is_told(tmp_path: Path) -> None:
    store = Store()
    script = (
        OWN + "ds = Datastore.get(ws, 'store')\nds.upload('data', 'x')\nopen('data/a.csv', 'w').write('new')\n"
        "ds.upload('data', 'x')\nprint(json.dumps(ds.upload_files(['data/a.csv'], target_path='x', overwrite=True) is None))\n"
    )
    with desk(tmp_path, **store.answers()) as at:
        said = at.run(HERE, script)
        assert said.told is False
        assert store.contents(at)["x/a.csv"] == b"new"
    assert said.lines[:-1] == [
        "Transom: on the datastore store 4 of 4 files are there already and stay as they are (overwrite=True replaces "
        "them): x/a.csv, x/b.csv, x/deep/.hidden, x/deep/c.csv"
    ]


def test_many_files_are_uploaded_in_several_questions(tmp_path: Path) -> None:
    store = Store()
    script = (
        "os.mkdir('many')\nfor n in range(1500):\n    open('many/%d.txt' % n, 'w').write(str(n))\n"
        "Datastore.get(ws, 'store').upload('many')\nprint('null')\n"
    )
    with desk(tmp_path, **store.answers()) as at:
        assert at.run(HERE, script).told is None
        assert [len(facts["files"]) for facts in at.facts("datastore/upload")] == [1000, 500]
    assert len(store.files) == 1500


def test_files_are_downloaded_with_their_path_and_counted(python: Path, tmp_path: Path) -> None:
    store = Store()
    script = (
        OWN + "ds = Datastore.get(ws, 'store')\nds.upload('data', 'x')\nfound = [ds.download('out', prefix='x/deep')]\n"
        "found.append(tree('out'))\nfound.append(ds.download('out', 'x/deep', show_progress=False))\n"
        "open('out/x/deep/c.csv', 'w').write('mine')\nfound.append(ds.download(target_path='out', overwrite=False))\n"
        "found.append(open('out/x/deep/c.csv').read())\nfound.append(ds.download('out', overwrite=True))\n"
        "found.append(open('out/x/deep/c.csv').read())\nfound.append(ds.download('new', 'none'))\nprint(json.dumps(found))\n"
    )
    with desk(tmp_path, **store.answers()) as at:
        said = at.run(python, script)
    assert said.told == [2, ["x/deep/.hidden", "x/deep/c.csv"], 0, 2, "mine", 4, "deep/c.csv", 0]
    assert said.lines[:-1] == [
        "Transom: 2 of 2 files of the datastore store are in 'out' already and stay so (overwrite=True replaces them).",
        "Transom: 2 of 4 files of the datastore store are in 'out' already and stay so (overwrite=True replaces them).",
        "Transom: the datastore store has no file whose name begins with 'none', so nothing is downloaded.",
    ]


def test_an_uploaded_folder_is_a_dataset(tmp_path: Path) -> None:
    store = Store()
    script = (
        OWN + "ds = Datastore.get(ws, 'store')\nfrom azureml.data.datapath import DataPath\n"
        "made = [Dataset.File.upload_directory('data', (ds, 'x/')), Dataset.File.upload_directory('data', DataPath(ds, 'y'),\n"
        "    pattern='*.csv'), Dataset.File.upload_directory('data', ds, pattern='deep/*.csv', overwrite=True)]\n"
        "for each in made:\n    try:\n        each.to_path()\n    except Exception:\n        pass\nprint('null')\n"
    )
    with desk(tmp_path, dataset__gather=lambda facts: {}, **store.answers()) as at:
        assert at.run(HERE, script).told is None
        places = [facts["places"] for facts in at.facts("dataset/gather")]
    assert places == [
        [{"datastore": "store", "path": "x"}],
        [{"datastore": "store", "path": "y/**/*.csv"}],
        [{"datastore": "store", "path": "deep/c.csv"}],
    ]
    assert sorted(store.files) == [
        "deep/c.csv",
        *(f"x/{name}" for name in ("a.csv", "b.csv", "deep/.hidden", "deep/c.csv")),
        *(f"y/{name}" for name in ("a.csv", "b.csv", "deep/c.csv")),
    ]


def test_paths_and_references_are_made_from_one_another(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.data.datapath import DataPath, DataPathComputeBinding\n"
        "from azureml.data.data_reference import DataReference\nds = Datastore.get(ws, 'store')\n"
        "ref = ds.path('a/b', data_reference_name='r')\nbinding = DataPathComputeBinding(mode='download', overwrite=True)\n"
        "refs = [ref, ref.path('c/'), ref.as_mount(), ref.as_download('/x', overwrite=True), ref.as_upload(), ds.as_mount(),\n"
        "    ds.as_download(), ds.as_upload(), DataReference(ds), DataPath(ds, 'p').create_data_reference('n', binding),\n"
        "    binding.create_data_reference(datapath=DataPath(ds, 'p')), DataReference.create('m', DataPath(ds, 'q')),\n"
        "    DataPath.create_from_data_reference(ref).create_data_reference()]\n"
        "assert DataPathComputeBinding.create_from_data_reference(refs[3]).path_on_compute == '/x'\n"
        "print(json.dumps([[each.data_reference_name, each.path_on_datastore, each.mode, each.overwrite] for each in refs]))\n"
    )
    with desk(tmp_path) as at:
        assert at.run(python, script).told == [
            ["r", "a/b", "mount", False],
            ["r", "a/b/c", "mount", False],
            ["r", "a/b", "mount", False],
            ["r", "a/b", "download", True],
            ["r", "a/b", "upload", False],
            ["store", None, "mount", False],
            ["store", None, "download", False],
            ["store", None, "upload", False],
            ["store", None, "mount", False],
            ["n", "p", "download", True],
            ["store", "p", "download", True],
            ["m", "q", "mount", False],
            ["r", "a/b", "mount", False],
        ]


@pytest.mark.parametrize(
    ("statement", "kind", "text"),
    [
        ("ds.upload('date')", "FileNotFoundError", "There is no 'date' in the working directory"),
        ("ds.upload_files(['data/x.csv'])", "FileNotFoundError", "There is no 'data/x.csv' in the working directory"),
        ("ds.upload_files(['data'])", "IsADirectoryError", "'data' is a folder: datastore.upload(src_dir)"),
        (
            "ds.upload_files(['data/a.csv'], 'data/deep')",
            "UserErrorException",
            "'data/a.csv' does not lie in the folder",
        ),
        ("Datastore.get(ws, None)", "UserErrorException", "The name of a datastore is a text"),
        ("Datastore.get('ws', 'store')", "UserErrorException", "'ws' (of type str) is no workspace"),
        ("Datastore('store')", "UserErrorException", "'store' (of type str) is no workspace"),
        (
            "Dataset.File.upload_directory('data', 'store')",
            "UserErrorException",
            "The datastore is given as text, 'store'.",
        ),
        ("ds.unregister()", "NotThere", "`transom datastore remove NAME`"),
        ("ds.set_as_default()", "NotThere", "The default is `workspaceblobstore`"),
        ("Datastore.register_azure_blob_container(ws, 'a', 'b')", "NotThere", "`transom datastore add NAME URL`"),
        ("Datastore.get(ws, 'db').upload('data')", "NotThere", "Dataset.Tabular.from_sql_query((datastore, query))"),
        ("ds.account", "NotThere", "AzureBlobDatastore.account is not there. Did you mean account_"),
    ],
)
def test_what_cannot_be_is_told(statement: str, kind: str, text: str, tmp_path: Path) -> None:
    script = OWN + (
        f"ds = Datastore.get(ws, 'store')\ntry:\n    {statement}\nexcept Exception as wrong:\n"
        "    print(json.dumps([type(wrong).__name__, str(wrong)]))\n"
    )
    with desk(tmp_path, **Store().answers()) as at:
        found = at.run(HERE, script).told
    assert found[0] == kind
    assert text in found[1]


def test_an_upload_that_is_refused_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(facts: dict[str, Any]) -> dict[str, Any]:
        raise serving.refused("The datastore store takes no more: the disk is full.", "Make room.")

    script = OWN + (
        "try:\n    Datastore.get(ws, 'store').upload('data')\nexcept Exception as wrong:\n"
        "    print(json.dumps([type(wrong).__name__, str(wrong)]))\n"
    )
    with desk(tmp_path, datastore__upload=full) as at:
        found = at.run(HERE, script).told
    assert found == ["UserErrorException", "The datastore store takes no more: the disk is full. Make room."]
    assert os.listdir(tmp_path / "run1" / "handed") == []
