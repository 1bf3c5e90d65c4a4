"""Which datastores a workspace has, what of them is secret, and what can be done with the files they lead to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from tests.workspace.web import CARS, Server, served

from transom.errors import DatastoreFailed, NameInvalid, NotThere, TransomError, Unknown, WrongUse
from transom.settings import Settings
from transom.workspace.datastores import (
    add_datastore,
    all_datastores,
    datastore_document,
    files_of_datastore,
    find_datastore,
    remove_datastore,
)
from transom.workspace.datastores_names import matches, parts_of
from transom.workspace.datastores_places import Place
from transom.workspace.opening import Workspace

SECRET = "geh/e:im@"


class Vault(MemoryFileSystem):
    """A filesystem that wants a password, and says it when something is wrong."""

    protocol = "vault"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    def __init__(self, password: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.password = password

    def _open(self, path: str, *arguments: Any, **options: Any) -> Any:
        if self.password != SECRET:
            raise PermissionError(f"no entry for {self.password!r} at vault://me:{self.password}@host\nTraceback ...")
        return super()._open(path, *arguments, **options)


@pytest.fixture(autouse=True)
def vault() -> Iterator[None]:
    fsspec.register_implementation("vault", Vault, clobber=True)
    Vault.store.clear()
    yield
    Vault.store.clear()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Workspace(tmp_path / "workspace", Settings(secrets="file"))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"content")
    return path


def place(workspace: Workspace, name: str | None = None) -> Place:
    return files_of_datastore(workspace, find_datastore(workspace, name))


def names(place: Place, text: str = "") -> list[str]:
    return [each.name for each in place.find(parts_of(text))]


def everything(workspace: Workspace) -> bytes:
    return b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())


def test_two_datastores_are_there_from_the_start(workspace: Workspace):
    documents = [datastore_document(each) for each in all_datastores(workspace)]
    assert [(each["name"], each["type"], each["is_default"]) for each in documents] == [
        ("workspaceblobstore", "AzureBlob", True),
        ("workspacefilestore", "AzureFile", False),
    ]
    assert names(place(workspace)) == []
    for verb in (
        lambda: remove_datastore(workspace, "workspaceblobstore"),
        lambda: add_datastore(workspace, "workspacefilestore", "/tmp"),
    ):
        with pytest.raises(WrongUse, match="is built in"):
            verb()


def test_a_file_is_written_whole_or_not_at_all_and_not_over_another_unless_said(workspace: Workspace, content: Path):
    store = place(workspace)
    assert store.put(("sub", "a.txt"), content, overwrite=False)
    assert names(store) == ["sub/a.txt"]
    content.write_bytes(b"other")
    assert not store.put(("sub", "a.txt"), content, overwrite=False)
    found = store.find(("sub", "a.txt"))[0]
    assert workspace.blobs.bytes(store.keep(found, workspace.blobs).digest) == b"content"
    assert store.put(("sub", "a.txt"), content, overwrite=True)
    assert workspace.blobs.bytes(store.keep(found, workspace.blobs).digest) == b"other"
    assert [path.name for path in (workspace.datastores / "workspaceblobstore/sub").iterdir()] == ["a.txt"]
    with pytest.raises(DatastoreFailed, match="cannot be used"):
        store.put(("sub",), content, overwrite=True)
    with pytest.raises(DatastoreFailed, match="cannot be used"):
        store.put(("sub", "a.txt", "below"), content, overwrite=True)


def test_no_link_of_a_folder_leads_out_of_it(workspace: Workspace, content: Path, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    folder = workspace.datastores / "workspaceblobstore"
    folder.mkdir(parents=True)
    (folder / "file").symlink_to(tmp_path / "outside" / "secret.txt")
    (folder / "folder").symlink_to(tmp_path / "outside")
    store = place(workspace)
    assert names(store) == names(store, "file") == names(store, "folder") == names(store, "folder/secret.txt") == []
    for parts in (("folder", "new.txt"), ("folder", "secret.txt")):
        with pytest.raises(DatastoreFailed, match="links are not followed"):
            store.put(parts, content, overwrite=True)
    assert store.put(("file",), content, overwrite=True)
    assert (tmp_path / "outside" / "secret.txt").read_text() == "secret"
    assert sorted(os.listdir(tmp_path / "outside")) == ["secret.txt"]


@pytest.mark.parametrize("text", ["../a", "a/../../b", "..", "a\0b", "x" * 256, "/".join(["a" * 200] * 11), "a\\..\\b"])
def test_a_name_that_leads_elsewhere_is_refused(text: str):
    with pytest.raises(WrongUse, match="names no file here"):
        parts_of(text)


def test_a_slash_at_the_beginning_is_the_root(workspace: Workspace):
    assert parts_of("/weather//./2018.csv") == ("weather", "2018.csv")
    assert parts_of("a\\b") == ("a", "b")
    assert parts_of("") == parts_of("/") == parts_of(".") == ()


@pytest.mark.parametrize(
    ("pattern", "name", "is_meant"),
    [
        ("*.csv", "a.csv", True),
        ("*.csv", "sub/a.csv", False),
        ("**/*.csv", "a.csv", True),
        ("**/*.csv", "b/c/a.csv", True),
        ("**", "b/c/a.csv", True),
        ("b/**", "b/c/a.csv", True),
        ("b/**/a.csv", "b/a.csv", True),
        ("b/**/x/**/a.csv", "b/1/x/2/3/a.csv", True),
        ("b/**/x/**/a.csv", "b/1/2/3/a.csv", False),
        ("20[12]?/a.csv", "2018/a.csv", True),
        ("20[12]?/a.csv", "2038/a.csv", False),
        ("b/*", "b", False),
    ],
)
def test_a_pattern_means_files(pattern: str, name: str, is_meant: bool):
    assert matches(name.split("/"), pattern.split("/")) is is_meant


def test_a_pattern_of_many_stars_takes_no_time():
    assert not matches(["a" * 200] * 50, ["**", "*a*a*a*a*a*a*a*a*b"] * 20)


def test_files_of_a_folder_are_found_by_name_by_folder_and_by_pattern(workspace: Workspace, tmp_path: Path):
    folder = tmp_path / "lake"
    for name in ("2018/1.csv", "2018/2.csv", "2019/1.csv", "2019/notes.txt", "data[1].csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    add_datastore(workspace, "lake", str(folder))
    store = place(workspace, "lake")
    assert names(store, "2018") == names(store, "/2018/") == ["2018/1.csv", "2018/2.csv"]
    assert names(store, "*/1.csv") == ["2018/1.csv", "2019/1.csv"]
    assert names(store, "**/*.txt") == ["2019/notes.txt"]
    assert names(store, "data[1].csv") == ["data[1].csv"]
    assert names(store, "2020") == names(store, "2020/*.csv") == names(store, "2018/1.csv/x") == []
    assert len(names(store)) == 5


def test_a_folder_that_went_away_is_said(workspace: Workspace, tmp_path: Path, content: Path):
    (tmp_path / "lake").mkdir()
    add_datastore(workspace, "lake", str(tmp_path / "lake"))
    (tmp_path / "lake").rmdir()
    for verb in (
        lambda: names(place(workspace, "lake")),
        lambda: place(workspace, "lake").put(("a",), content, overwrite=True),
    ):
        with pytest.raises(DatastoreFailed, match="there is no folder"):
            verb()


def test_what_is_added_must_be_something(workspace: Workspace, tmp_path: Path):
    (tmp_path / "lake").mkdir()
    (tmp_path / "file").write_text("")
    for url, kind, said in (
        (str(tmp_path / "leke"), NotThere, "Did you mean .*lake"),
        (str(tmp_path / "file"), WrongUse, "is a file"),
        ("gopher://x", WrongUse, "gopher is no kind of place"),
        ("gcss://x", WrongUse, "Did you mean gcs"),
        ("gs://bucket", DatastoreFailed, "pip install gcsfs"),
        ("memory://x?sig=1", WrongUse, "no memory address has one"),
        (f"vault://me:{SECRET}@host", WrongUse, "what is the password"),
    ):
        with pytest.raises(kind, match=said):
            add_datastore(workspace, "it", url)
    for name in ("a/b", "", "a@b"):
        with pytest.raises(NameInvalid):
            add_datastore(workspace, name, str(tmp_path / "lake"))
    with pytest.raises(WrongUse, match="takes no options"):
        add_datastore(workspace, "it", str(tmp_path / "lake"), {"key": "1"})
    assert workspace.registry.datastores() == []


def test_a_name_leads_to_one_place_until_it_is_removed(workspace: Workspace, tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    add_datastore(workspace, "lake", str(tmp_path / "one"))
    add_datastore(workspace, "lake", str(tmp_path / "one"))
    with pytest.raises(WrongUse, match="already, and its address is"):
        add_datastore(workspace, "lake", str(tmp_path / "two"))
    remove_datastore(workspace, "lake")
    assert (tmp_path / "one").is_dir()
    with pytest.raises(Unknown):
        find_datastore(workspace, "lake")
    with pytest.raises(Unknown, match="Did you mean workspaceblobstore"):
        find_datastore(workspace, "workspaceblobstor")


def test_a_place_of_fsspec_is_read_and_written(workspace: Workspace, content: Path):
    add_datastore(workspace, "remote", "memory://lake/data")
    store = place(workspace, "remote")
    assert names(store) == []
    assert store.put(("sub", "a.txt"), content, overwrite=False)
    assert not store.put(("sub", "a.txt"), content, overwrite=False)
    assert names(store, "sub") == names(store, "**/*.txt") == names(store, "sub/a.txt") == ["sub/a.txt"]
    kept = store.keep(store.find(("sub", "a.txt"))[0], workspace.blobs)
    assert (workspace.blobs.bytes(kept.digest), kept.size, kept.name) == (b"content", 7, "sub/a.txt")
    assert fsspec.filesystem("memory").cat("/lake/data/sub/a.txt") == b"content"


def test_a_password_and_options_are_kept_among_the_secrets_only(workspace: Workspace, content: Path):
    added = add_datastore(workspace, "remote", "vault://host/data", {"password": SECRET})
    assert added.has_secrets
    assert SECRET not in str(datastore_document(added))
    workspace.registry.datastores()
    assert SECRET.encode() not in everything(workspace)
    store = place(workspace, "remote")
    assert store.put(("a.txt",), content, overwrite=False)
    assert workspace.blobs.bytes(store.keep(store.find(("a.txt",))[0], workspace.blobs).digest) == b"content"
    remove_datastore(workspace, "remote")
    assert workspace.secrets.names() == []


def test_a_datastore_is_forgotten_after_its_secrets_so_that_none_is_left_over(workspace: Workspace, tmp_path: Path):
    add_datastore(workspace, "remote", "vault://host/data", {"password": SECRET})
    listed = workspace.folder / "secrets.json"
    there = listed.read_text()
    listed.write_text("{")  # what ends the removal here ends it where a kill could
    with pytest.raises(TransomError):
        remove_datastore(workspace, "remote")
    listed.write_text(there)
    assert find_datastore(workspace, "remote").has_secrets
    assert workspace.secrets.names() == ["datastore/remote"]
    workspace.secrets.remove("datastore/remote")  # a kill after this one leaves a record, which can be removed
    with pytest.raises(DatastoreFailed, match=r"cannot be read.*Remove it, and add it again"):
        place(workspace, "remote")
    remove_datastore(workspace, "remote")
    with pytest.raises(Unknown):
        find_datastore(workspace, "remote")


def test_a_password_of_an_address_is_kept_among_the_secrets_only(workspace: Workspace):
    added = add_datastore(workspace, "remote", "ftp://me:ge%20heim@host/data")
    assert added.url == "ftp://me@host/data"
    assert b"heim" not in everything(workspace)
    assert "heim" not in str(datastore_document(added))


def test_an_error_of_a_library_is_one_sentence_without_the_password(workspace: Workspace, content: Path):
    wrong = "ein-falsches"
    add_datastore(workspace, "remote", "vault://host/data", {"password": wrong})
    with pytest.raises(DatastoreFailed, match="no entry for") as caught:
        place(workspace, "remote").put(("a.txt",), content, overwrite=False)
    assert wrong not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "***" in caught.value.message


def test_secrets_that_are_gone_are_said(workspace: Workspace):
    add_datastore(workspace, "remote", "vault://host/data", {"password": SECRET})
    workspace.secrets.set("datastore/remote", "no document")
    with pytest.raises(DatastoreFailed, match="damaged among the secrets"):
        place(workspace, "remote")
    workspace.secrets.remove("datastore/remote")
    with pytest.raises(DatastoreFailed, match="cannot be read: There is no secret"):
        place(workspace, "remote")
    remove_datastore(workspace, "remote")


def test_a_web_server_is_read_by_names_with_the_query_that_opens_it(workspace: Workspace, content: Path):
    with served() as web:
        added = add_datastore(workspace, "web", f"http://{web.place}/file/?sig=geheim", {"X-Key": "streng"})
        assert added.url == f"http://{web.place}/file"
        store = place(workspace, "web")
        kept = store.keep(store.find(parts_of("a b/cars.csv"))[0], workspace.blobs)
        assert workspace.blobs.bytes(kept.digest) == CARS
        path, headers = web.asked[0]
        assert path == "/file/a%20b/cars.csv?sig=geheim"
        assert headers["X-Key"] == "streng"
        for text in ("", "*.csv"):
            with pytest.raises(DatastoreFailed, match="lists no files"):
                store.find(parts_of(text))
        with pytest.raises(DatastoreFailed, match="can only be read"):
            store.put(("a",), content, overwrite=True)
        _says_no_more_than_it_may(workspace, web)


def _says_no_more_than_it_may(workspace: Workspace, web: Server) -> None:
    add_datastore(workspace, "closed", f"http://me:geheim@{web.place}/missing")
    store = place(workspace, "closed")
    with pytest.raises(DatastoreFailed, match="404") as caught:
        store.keep(store.find(("a",))[0], workspace.blobs)
    assert "geheim" not in str(caught.value)
    assert b"geheim" not in everything(workspace)
