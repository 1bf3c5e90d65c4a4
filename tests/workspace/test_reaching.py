"""What native components reach by an address: which files that is, what a source says of itself, what is delivered."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from tests.workspace.web import CARS, answering, served

from transom.components.native import CannotApply, Stopped
from transom.settings import Settings
from transom.workspace.datastores import add_datastore
from transom.workspace.opening import Workspace
from transom.workspace.reaching import Reach
from transom.workspace.reaching_marks import ONLY_NOW
from transom.workspace.secrets import set_secret


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Workspace(tmp_path / "workspace", Settings(secrets="file"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pipeline"
    (folder / "sales" / "2020").mkdir(parents=True)
    (folder / "sales" / "2020" / "may.csv").write_text("a\n5\n")
    (folder / "sales" / "all.csv").write_text("a\n1\n")
    (folder / "sales" / "notes.txt").write_text("words")
    return folder


@pytest.fixture
def reach(workspace: Workspace, folder: Path) -> Reach:
    return Reach(workspace, workspace.settings, folder)


def names(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*") if each.is_file())


def left_aside(workspace: Workspace) -> list[Path]:
    aside = workspace.blobs.folder / "aside"
    return [path for path in aside.rglob("*") if (path.is_file() or path.is_symlink()) and path.name != "lock"]


def memory_files(**files: bytes) -> None:
    system = fsspec.filesystem("memory")
    if system.exists("/place"):
        system.rm("/place", recursive=True)
    for name, content in files.items():
        system.pipe(f"/place/{name.replace('__', '/')}.csv", content)


class _WithEtag(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        if self.server.etag:  # type: ignore[attr-defined]
            self.send_header("ETag", self.server.etag)  # type: ignore[attr-defined]
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written."""


@contextlib.contextmanager
def folder_served(folder: Path, etag: str = "") -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_WithEtag, directory=str(folder))) as server:
        server.etag = etag  # type: ignore[attr-defined]
        with answering(server):
            yield server


def test_a_relative_path_starts_at_the_folder_of_the_pipeline(
    reach: Reach, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with reach.fetched("sales/all.csv", None) as path:
        assert path == folder / "sales" / "all.csv"
    with reach.fetched(f"file://{folder}/sales", None) as path:
        assert names(path) == ["2020/may.csv", "all.csv", "notes.txt"]
    with pytest.raises(CannotApply) as wrong, reach.fetched("sales/al.csv", None):
        pass
    assert wrong.value.problem == f"There is no file or folder {folder}/sales/al.csv."
    assert "the pipeline's folder" in wrong.value.advice
    assert "all.csv" in wrong.value.advice


def test_a_pattern_means_the_files_of_all_folders(reach: Reach, folder: Path, workspace: Workspace):
    with reach.fetched("sales/**/*.csv", None) as path:
        assert names(path) == ["2020/may.csv", "all.csv"]
        assert (path / "all.csv").read_text() == "a\n1\n"
    assert not path.exists()
    assert (folder / "sales" / "all.csv").exists()
    with reach.fetched("sales/*.csv", None) as path:
        assert names(path) == ["all.csv"]
    with pytest.raises(CannotApply, match=r"There is no file .*\*\.parquet"), reach.fetched("sales/*.parquet", None):
        pass
    (folder / "sales" / "[1].csv").write_text("a\n9\n")
    with reach.fetched("sales/[1].csv", None) as path:
        assert path == folder / "sales" / "[1].csv"


def test_a_pattern_follows_no_link_to_a_folder(reach: Reach, folder: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").write_text("a\n1\n")
    (folder / "sales" / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "sales" / "round").symlink_to(folder)
    with reach.fetched("sales/**/*.csv", None) as path:
        assert names(path) == ["2020/may.csv", "all.csv"]


def test_a_file_of_the_web_is_fetched_under_its_name_and_removed(reach: Reach, workspace: Workspace):
    with served() as server:
        with reach.fetched(f"http://{server.place}/file/cars.csv?key=hidden", None) as path:
            assert (path.name, path.read_bytes()) == ("cars.csv", CARS)
        assert left_aside(workspace) == []
        with (
            pytest.raises(CannotApply, match=r"cannot be fetched: the server answers 404") as wrong,
            reach.fetched(f"http://{server.place}/missing/cars.csv?key=hidden", None),
        ):
            pass
        assert "hidden" not in str(wrong.value) + wrong.value.advice


def test_a_secret_is_a_token_or_the_password_of_a_user(reach: Reach, workspace: Workspace):
    set_secret(workspace, "token", "t0ken")
    with served() as server:
        with reach.fetched(f"http://{server.place}/closed/cars.csv", "token"):
            assert server.asked[-1][1]["Authorization"] == "Bearer t0ken"
        with reach.fetched(f"http://me@{server.place}/closed/cars.csv", "token"):
            assert server.asked[-1][1]["Authorization"] == "Basic bWU6dDBrZW4="
        with pytest.raises(CannotApply, match="has a password in it") as wrong:
            reach.mark(f"http://me:hidden@{server.place}/file/cars.csv", None)
        assert "hidden" not in wrong.value.problem + wrong.value.advice
        with pytest.raises(CannotApply, match="There is no secret nobody"):
            reach.mark(f"http://{server.place}/file/cars.csv", "nobody")


def test_files_of_fsspec_are_fetched_one_many_or_by_a_pattern(reach: Reach, workspace: Workspace):
    memory_files(one=b"a\n1\n", below__two=b"a\n2\n")
    with reach.fetched("memory://place/one.csv", None) as path:
        assert (path.name, path.read_text()) == ("one.csv", "a\n1\n")
    with reach.fetched("memory://place", None) as path:
        assert names(path) == ["below/two.csv", "one.csv"]
    with reach.fetched("memory://place/**/*.csv", None) as path:
        assert names(path) == ["below/two.csv", "one.csv"]
    with reach.fetched("memory://place/below/*.csv", None) as path:
        assert names(path) == ["two.csv"]
    with pytest.raises(CannotApply, match="There is no file memory://place/none"):
        reach.mark("memory://place/none.csv", None)
    assert left_aside(workspace) == []


def test_places_of_datastores_are_fetched(reach: Reach, workspace: Workspace, folder: Path):
    add_datastore(workspace, "shop", str(folder / "sales"))
    with reach.fetched("azureml://datastores/shop/paths/2020/may.csv", None) as path:
        assert (path.name, path.read_text()) == ("may.csv", "a\n5\n")
    with reach.fetched("azureml://subscriptions/x/workspaces/y/datastores/shop/paths/**/*.csv", None) as path:
        assert names(path) == ["2020/may.csv", "all.csv"]
    with reach.fetched("azureml://datastores/shop/paths/2020", None) as path:
        assert names(path) == ["may.csv"]
    with pytest.raises(CannotApply, match="There is no datastore shap"):
        reach.mark("azureml://datastores/shap/paths/a.csv", None)
    with pytest.raises(CannotApply, match="leads out of the folder"):
        reach.mark("azureml://datastores/shop/paths/../a.csv", None)
    with pytest.raises(CannotApply, match="names no place of a datastore"):
        reach.mark("azureml://shop/a.csv", None)


def test_the_mark_of_files_is_that_of_their_content(reach: Reach, folder: Path):
    file = folder / "sales" / "all.csv"
    before = reach.mark("sales/all.csv", None)
    os.utime(file, (1, 1))
    assert reach.mark("sales/all.csv", None) == before
    file.write_text("a\n2\n")
    os.utime(file, (1, 1))
    assert reach.mark("sales/all.csv", None) != before
    of_all = reach.mark("sales/**/*.csv", None)
    assert of_all["files"] == "2"
    (folder / "sales" / "notes.txt").write_text("other words")
    assert reach.mark("sales/**/*.csv", None) == of_all
    file.rename(folder / "sales" / "other.csv")
    assert reach.mark("sales/**/*.csv", None) != of_all
    assert reach.mark("sales", None)["files"] == "3"
    (folder / "empty.csv").touch()
    assert reach.mark("empty.csv", None)["size"] == "0"


def test_the_mark_of_a_web_file_is_what_the_server_says(reach: Reach, folder: Path):
    file = folder / "sales" / "all.csv"
    os.utime(file, (1_000_000_000, 1_000_000_000))
    with folder_served(folder / "sales", etag='"x1"') as server:
        address = f"http://127.0.0.1:{server.server_port}/all.csv"
        assert reach.mark(address, None) == {
            "etag": '"x1"',
            "modified": "Sun, 09 Sep 2001 01:46:40 GMT",
            "size": "4",
        }
        server.etag = ""  # type: ignore[attr-defined]
        old = reach.mark(address, None)
        assert old == reach.mark(address, None) == {"modified": "Sun, 09 Sep 2001 01:46:40 GMT", "size": "4"}
        file.write_text("b\n1\n")
        assert ONLY_NOW in reach.mark(address, None), "what was changed within this second may change again in it"
    with served() as server:
        first, second = (reach.mark(f"http://{server.place}/file/cars.csv", None) for _ in range(2))
        assert first != second
        assert first["why"] == "the server says neither an ETag nor when the file was changed"


def test_the_mark_of_fsspec_and_of_datastores_changes_with_their_files(
    reach: Reach, workspace: Workspace, folder: Path
):
    memory_files(one=b"a\n1\n", two=b"a\n2\n")
    before = reach.mark("memory://place/*.csv", None)
    assert reach.mark("memory://place/*.csv", None) == before
    assert ONLY_NOW not in before
    time.sleep(0.01)
    fsspec.filesystem("memory").pipe("/place/two.csv", b"a\n3\n")
    assert reach.mark("memory://place/*.csv", None) != before
    add_datastore(workspace, "shop", str(folder / "sales"))
    of_store = reach.mark("azureml://datastores/shop/paths/all.csv", None)
    (folder / "sales" / "all.csv").write_text("a\n7\n")
    assert reach.mark("azureml://datastores/shop/paths/all.csv", None) != of_store


def test_the_mark_of_a_database_never_repeats_and_says_so(reach: Reach, folder: Path):
    sqlite3.connect(folder / "shop.db").close()
    (folder / "shop.db").touch()
    first, second = (reach.mark("sqlite:///shop.db", None) for _ in range(2))
    assert first[ONLY_NOW] != second[ONLY_NOW]
    assert first["why"] == "a database does not say whether the rows of a query have changed"
    with pytest.raises(CannotApply, match=r"There is no file or folder .*/shap\.db"):
        reach.mark("sqlite:///shap.db", None)


def test_a_file_is_delivered_whole_and_replaces_one_only_where_it_may(reach: Reach, folder: Path, tmp_path: Path):
    file = tmp_path / "made.csv"
    file.write_text("a\n8\n")
    assert reach.delivered(file, "out/new/cars.csv", None, overwrite=False) == str(folder / "out/new/cars.csv")
    assert (folder / "out/new/cars.csv").read_text() == "a\n8\n"
    assert file.exists()
    file.write_text("a\n9\n")
    with pytest.raises(CannotApply, match="is there already"):
        reach.delivered(file, "out/new/cars.csv", None, overwrite=False)
    assert (folder / "out/new/cars.csv").read_text() == "a\n8\n"
    reach.delivered(file, "out/new/cars.csv", None, overwrite=True)
    assert (folder / "out/new/cars.csv").read_text() == "a\n9\n"
    assert names(folder / "out") == ["new/cars.csv"]
    with pytest.raises(CannotApply, match="is a folder already"):
        reach.delivered(file, "sales", None, overwrite=True)
    with pytest.raises(CannotApply, match="cannot be made"):
        reach.delivered(file, "sales/all.csv/cars.csv", None, overwrite=True)


def test_a_folder_of_other_files_is_never_replaced(reach: Reach, folder: Path, tmp_path: Path):
    made = tmp_path / "made"
    made.mkdir()
    (made / "_meta.yaml").write_text("type: DataFrameDirectory")
    with pytest.raises(CannotApply, match="holds files that are no"):
        reach.delivered(made, "sales/", None, overwrite=True)
    assert (folder / "sales" / "all.csv").exists()
    for _ in range(2):
        reach.delivered(made, "table/", None, overwrite=True)
    assert names(folder / "table") == ["_meta.yaml"]


def test_files_are_delivered_to_fsspec_and_to_datastores(
    reach: Reach, workspace: Workspace, folder: Path, tmp_path: Path
):
    memory_files()
    file = tmp_path / "made.csv"
    file.write_text("a\n8\n")
    assert reach.delivered(file, "memory://place/new/cars.csv", None, overwrite=False) == "memory://place/new/cars.csv"
    assert fsspec.filesystem("memory").cat("/place/new/cars.csv") == b"a\n8\n"
    with pytest.raises(CannotApply, match="is there already"):
        reach.delivered(file, "memory://place/new/cars.csv", None, overwrite=False)
    add_datastore(workspace, "shop", str(folder / "sales"))
    reach.delivered(file, "azureml://datastores/shop/paths/new/cars.csv", None, overwrite=False)
    assert (folder / "sales/new/cars.csv").read_text() == "a\n8\n"
    reach.delivered(file, "azureml://datastores/workspaceblobstore/paths/cars.csv", None, overwrite=False)
    with reach.fetched("azureml://datastores/workspaceblobstore/paths/cars.csv", None) as path:
        assert path.read_text() == "a\n8\n"
    with pytest.raises(CannotApply, match="a web server, which is read only"):
        reach.delivered(file, "https://example.org/cars.csv", None, overwrite=True)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "The address is empty"),
        ("a\0b", "null byte"),
        ("nosuchthing://a/b.csv", "nosuchthing"),
        ("sqlite:///sales/x.db", "There is no file"),
        ("postgresql://me:p@ss:word@host/db", "password"),
        ("sftp://host/x.csv", "paramiko"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_in_one_sentence(reach: Reach, address: str, said: str):
    with pytest.raises(CannotApply) as wrong:
        reach.mark(address, None)
    assert said in wrong.value.problem + wrong.value.advice
    assert "\n" not in wrong.value.problem
    assert "p@ss:word" not in wrong.value.problem


def test_rows_are_committed_at_the_end_of_the_block_and_never_where_it_raises(reach: Reach, folder: Path):
    with reach.connected("sqlite:///shop.db?mode=rwc", None) as connection:
        connection.exec_driver_sql("create table cars (make text)")

    def stopped_within() -> None:
        with reach.connected("sqlite:///shop.db", None) as connection:
            connection.exec_driver_sql("drop table cars")
            connection.exec_driver_sql("create table bikes (make text)")
            raise Stopped

    with pytest.raises(Stopped):
        stopped_within()
    with sqlite3.connect(folder / "shop.db") as found:
        assert found.execute("select name from sqlite_master").fetchall() == [("cars",)]
    found.close()
    told = r"sqlite:///shop\.db refuses it: no such table: bikes"
    with pytest.raises(CannotApply, match=told), reach.connected("sqlite:///shop.db", None) as connection:
        connection.exec_driver_sql("select * from bikes")


@pytest.mark.parametrize(
    "statement",
    ["select nme from cars", "selct 1", "insert into cars values (null)", "insert into cars values ('a', 'b')"],
)
def test_what_a_database_says_of_a_statement_does_not_blame_the_address(reach: Reach, folder: Path, statement: str):
    with reach.connected("sqlite:///shop.db?mode=rwc", None) as connection:
        connection.exec_driver_sql("create table cars (make text not null)")
    with pytest.raises(CannotApply) as wrong, reach.connected("sqlite:///shop.db", None) as connection:
        connection.exec_driver_sql(statement)
    assert wrong.value.problem.startswith("The database sqlite:///shop.db refuses it: ")
    assert wrong.value.advice == "Check the query, or the rows and column names."


def test_a_database_that_cannot_be_read_at_all_is_not_the_fault_of_a_statement(reach: Reach, folder: Path):
    (folder / "shop.db").write_bytes(b"no database" * 100)
    with pytest.raises(CannotApply) as wrong, reach.connected("sqlite:///shop.db", None) as connection:
        connection.exec_driver_sql("select 1 from cars")
    assert wrong.value.problem == "The database sqlite:///shop.db cannot be used: file is not a database."
    assert wrong.value.advice == "Check its address, and whether it can be reached."


def test_a_file_of_sqlite_that_nothing_was_written_to_is_not_left(reach: Reach, folder: Path):
    with pytest.raises(CannotApply), reach.connected("sqlite:///new.db?mode=rwc", None) as connection:
        connection.exec_driver_sql("select * from bikes")
    assert not (folder / "new.db").exists()


def test_a_database_of_a_datastore_is_written_to(reach: Reach, workspace: Workspace, folder: Path):
    sqlite3.connect(folder / "shop.db").close()
    (folder / "shop.db").touch()
    add_datastore(workspace, "shop", f"sqlite:///{folder}/shop.db")
    with reach.connected("azureml://datastores/shop", None) as connection:
        connection.exec_driver_sql("create table cars (make text)")
    with reach.connected("sqlite:///shop.db", None) as connection:
        assert connection.exec_driver_sql("select count(*) from cars").scalar() == 0
    with pytest.raises(CannotApply, match="is no database"), reach.connected("shop.db", None):
        pass


def test_what_is_fetched_is_given_up_on_a_stop(workspace: Workspace, folder: Path):
    memory_files(one=b"a\n1\n")
    reach = Reach(workspace, workspace.settings, folder, stopped=lambda: True)
    with pytest.raises(Stopped), reach.fetched("memory://place/one.csv", None):
        pass
    with served() as server, pytest.raises(Stopped), reach.fetched(f"http://{server.place}/file/cars.csv", None):
        pass
    assert left_aside(workspace) == []
