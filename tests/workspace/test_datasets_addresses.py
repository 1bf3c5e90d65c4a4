"""How what lies at an address becomes a dataset: of a web server, of any place that fsspec knows, of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from tests.workspace.web import CARS, Server, served

from transom.errors import FetchFailed, NotThere, StoreUnwritable, WrongUse
from transom.model.assets import DatasetKind
from transom.settings import Settings
from transom.workspace import contents, datastores_web
from transom.workspace.contents import file_set
from transom.workspace.contents_sources import source_of
from transom.workspace.datasets import table_path
from transom.workspace.datasets_adding import Added, Addition, add_dataset
from transom.workspace.opening import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace", Settings())


@pytest.fixture
def web() -> Iterator[Server]:
    with served() as server:
        yield server


def added(workspace: Workspace, address: str, **more: object) -> Added:
    return add_dataset(workspace, Addition("cars", address, **more))  # type: ignore[arg-type]


def nothing_is_left(workspace: Workspace) -> bool:
    aside = (workspace.blobs.folder / "aside").rglob("*")
    return not [path for path in aside if path.is_file() and path.name != "lock"] and not workspace.registry.datasets()


def test_a_table_of_a_web_server_is_named_and_read_by_its_path(workspace: Workspace, web: Server):
    made = added(workspace, f"http://{web.place}/file/cars.csv?token=geheim#part")
    assert made.dataset.shape is not None
    assert made.dataset.shape.rows == 2
    assert made.dataset.source == f"http://{web.place}/file/cars.csv"
    assert web.asked[0][0] == "/file/cars.csv?token=geheim"


def test_what_has_no_ending_of_a_table_is_kept_as_a_file_of_that_name(workspace: Workspace, web: Server):
    dataset = added(workspace, f"http://{web.place}/file/Straße%20%2F%201").dataset
    assert dataset.kind is DatasetKind.FILES
    assert [each.name for each in file_set(workspace.blobs, dataset.digest).files] == ["Straße _ 1"]


def test_redirects_are_followed_and_the_name_is_that_of_the_address(workspace: Workspace, web: Server):
    assert added(workspace, f"http://{web.place}/moved/cars.csv").dataset.kind is DatasetKind.TABLE


def test_the_name_that_a_server_gives_is_not_trusted(workspace: Workspace, web: Server):
    dataset = added(workspace, f"http://{web.place}/named/cars.csv").dataset
    assert (dataset.kind, dataset.format) == (DatasetKind.TABLE, "CSV")


def test_what_a_server_packs_unasked_is_unpacked(workspace: Workspace, web: Server):
    dataset = added(workspace, f"http://{web.place}/packed/cars.bin").dataset
    assert workspace.blobs.bytes(file_set(workspace.blobs, dataset.digest).files[0].digest) == CARS


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing/cars.csv", r"the server answers 404 \(Not Found\)"),
        ("closed/cars.csv", r"the server answers 401 .*wants a login"),
        ("round/cars.csv", "the server answers 302"),
        ("local/cars.csv", "the server answers 302|unknown url type: file"),
        ("short/cars.csv", "the connection broke off"),
        ("strange/cars.csv", "packed as br"),
    ],
)
def test_what_a_server_does_wrong_is_said(workspace: Workspace, web: Server, path: str, said: str):
    with pytest.raises(FetchFailed, match=said):
        added(workspace, f"http://{web.place}/{path}?sig=geheim")
    assert nothing_is_left(workspace)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(workspace: Workspace, web: Server, monkeypatch):
    monkeypatch.setattr(datastores_web, "_PATIENCE", 0.2)
    with pytest.raises(FetchFailed, match=r"did not answer within 0\.2 seconds"):
        added(workspace, f"http://{web.place}/silent/cars.csv")


def test_a_server_that_is_not_there_is_said(workspace: Workspace):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchFailed, match="connection refused"):
        added(workspace, f"http://127.0.0.1:{port}/cars.csv")
    with pytest.raises(FetchFailed, match=r"there is no server nowhere\.invalid"):
        added(workspace, "http://nowhere.invalid/cars.csv")
    for text in ("http://", "http://[", "https:///cars.csv", "http://\x01/"):
        with pytest.raises(FetchFailed, match="cannot be fetched"):
            added(workspace, text)


def test_a_login_goes_to_its_own_server_only_and_is_recorded_nowhere(workspace: Workspace, web: Server):
    assert added(workspace, f"http://me:ge%20heim@{web.place}/closed/cars.csv").dataset.source == (
        f"http://me@{web.place}/closed/cars.csv"
    )
    assert web.asked[-1][1]["Authorization"].startswith("Basic ")
    with served() as other:
        added(workspace, f"http://me:geheim@{web.place}/elsewhere/cars.csv?{other.place}")
        assert other.asked[0][0] == "/file/cars.csv"
        assert "Authorization" not in other.asked[0][1]
    everything = b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())
    assert b"heim" not in everything


def test_an_endless_download_leaves_room_on_the_disk(workspace: Workspace, web: Server, monkeypatch):
    monkeypatch.setattr(contents, "SPARED_DISK_BYTES", 1 << 62)
    with pytest.raises(StoreUnwritable, match="are free on its disk"):
        added(workspace, f"http://{web.place}/file/cars.csv")


def test_a_file_of_a_place_that_fsspec_knows_is_read_as_a_file_is(workspace: Workspace):
    memory = fsspec.filesystem("memory")
    memory.pipe("/addresses/cars.csv", CARS)
    dataset = added(workspace, "memory://addresses/cars.csv").dataset
    assert dataset.shape is not None
    assert dataset.shape.rows == 2
    assert dataset.source == "memory://addresses/cars.csv"
    assert table_path(workspace, dataset).is_file()


def test_a_folder_of_a_place_that_fsspec_knows_is_a_set_of_files(workspace: Workspace):
    memory = fsspec.filesystem("memory")
    memory.pipe("/several/a.csv", CARS)
    memory.pipe("/several/sub/b.csv", CARS)
    dataset = added(workspace, "memory://several").dataset
    assert [each.name for each in file_set(workspace.blobs, dataset.digest).files] == ["a.csv", "sub/b.csv"]
    assert dataset.format == "folder"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory://nothing/there.csv", "memory://nothing/there.csv cannot be fetched: there is nothing"),
        ("gs://bucket/cars.csv", "a package for gs://bucket/cars.csv is missing.*pip install gcsfs"),
        ("abfs://c@a.dfs.core.windows.net/cars.csv", "pip install adlfs"),
        ("sftp://me:geheim@host/cars.csv", "paramiko"),
        ("nonsense://x", "nonsense"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_without_its_password(workspace: Workspace, address: str, said: str):
    with pytest.raises(FetchFailed, match=said) as caught:
        added(workspace, address)
    assert "geheim" not in str(caught.value)


def test_a_password_that_cannot_be_told_apart_is_not_recorded(workspace: Workspace):
    with pytest.raises(WrongUse, match="Write %40 for an @") as caught:
        added(workspace, "ftp://me:ge/hei@m@host/cars.csv")
    assert "hei" not in str(caught.value)


def test_an_address_of_this_machine_is_a_path(workspace: Workspace, tmp_path: Path):
    (tmp_path / "my cars.csv").write_bytes(CARS)
    assert source_of(f"file://{tmp_path}/my%20cars.csv") == tmp_path / "my cars.csv"
    assert source_of("C:cars.csv") == Path("C:cars.csv")
    assert added(workspace, f"file://{tmp_path}/my%20cars.csv").dataset.kind is DatasetKind.TABLE
    with pytest.raises(NotThere):
        added(workspace, f"file://{tmp_path}/other.csv")
