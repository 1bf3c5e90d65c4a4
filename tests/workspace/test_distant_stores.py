"""Places of fsspec as they really are: a server of S3 with keys that no folder has, and files that grow while written."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.local import LocalFileSystem

from transom.components.native import CannotApply, Stopped
from transom.errors import DatastoreFailed
from transom.model.file_sets import FileSet
from transom.settings import Settings
from transom.workspace.contents_sources import arrived
from transom.workspace.datastores import add_datastore
from transom.workspace.datastores_distant import DistantPlace
from transom.workspace.datastores_distant_kinds import made as filesystem_of
from transom.workspace.datastores_distant_kinds import missing_package
from transom.workspace.datastores_names import parts_of
from transom.workspace.datastores_places import Found
from transom.workspace.opening import Workspace
from transom.workspace.reaching import Reach
from transom.workspace.secrets import set_secret

KEY, SECRET = "AKIAOFTHISTEST", "wJalrXUtnFEMI+K7MDENG/of-this-test"
CSV = b"make,price\naudi,1\n"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    workspace = Workspace(tmp_path / "workspace", Settings(secrets="file"))
    workspace.make()
    return workspace


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of S3."""
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install s3fs")
    moto = pytest.importorskip("moto.server", reason="there is no server of S3: pip install 'moto[server]'")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A filesystem with the empty buckets `data` and `out`, which nobody else uses now."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    system = fsspec.filesystem(
        "s3", key=KEY, secret=SECRET, endpoint_url=server, skip_instance_cache=True, use_listings_cache=False
    )
    for name in ("data", "out"):
        if system.exists(name):
            system.rm(name, recursive=True)
        system.mkdir(name)
    return system


@pytest.fixture
def reach(workspace: Workspace, bucket: Any, server: str, tmp_path: Path) -> Reach:
    set_secret(workspace, "keys", f'{{"key": "{KEY}", "secret": "{SECRET}", "endpoint_url": "{server}"}}')
    return Reach(workspace, workspace.settings, tmp_path)


def contents(path: Path) -> dict[str, bytes]:
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def test_an_object_that_stands_for_a_folder_is_none_of_its_files(bucket: Any, reach: Reach) -> None:
    for name in ("many/", "many/below/", "other"):
        bucket.call_s3("put_object", Bucket="data", Key=name, Body=b"")
    bucket.pipe({"data/many/a.csv": CSV, "data/many/below/b.csv": CSV, "data/other/c.csv": CSV})
    for address, names in (
        ("s3://data/many", {"a.csv", "below/b.csv"}),
        ("s3://data/many/", {"a.csv", "below/b.csv"}),
        ("s3://data", {"many/a.csv", "many/below/b.csv", "other/c.csv"}),
        ("s3://data/**/*.csv", {"many/a.csv", "many/below/b.csv", "other/c.csv"}),
    ):
        with reach.fetched(address, "keys") as path:
            assert set(contents(path)) == names, address


def test_a_name_that_is_a_file_and_a_folder_is_said(bucket: Any, reach: Reach) -> None:
    bucket.pipe({"data/x/both": b"words", "data/x/both/a.csv": CSV})
    with pytest.raises(CannotApply, match="both in it is a file and a folder"), reach.fetched("s3://data/x", "keys"):
        pytest.fail("it was fetched")
    with reach.fetched("s3://data/x/both/*", "keys") as path:
        assert contents(path) == {"a.csv": CSV}


@pytest.mark.parametrize(
    "name", ["a b.csv", "ü.csv", "a#1.csv", "a?b.csv", "a%20b.csv", "a*b.csv", "a[1].csv", "a+b.csv"]
)
def test_a_file_is_found_by_its_own_name_whatever_signs_are_in_it(bucket: Any, reach: Reach, name: str) -> None:
    bucket.pipe({f"data/odd/{name}": CSV, "data/odd/ab.csv": b"another\n1\n"})
    with reach.fetched(f"s3://data/odd/{name}", "keys") as path:
        assert path.name == name
        assert path.read_bytes() == CSV


def test_an_export_to_a_bucket_that_is_not_there_makes_none(bucket: Any, reach: Reach, tmp_path: Path) -> None:
    (tmp_path / "made.csv").write_bytes(CSV)
    with pytest.raises(CannotApply, match="no such container") as raised:
        reach.delivered(tmp_path / "made.csv", "s3://daat/made.csv", "keys", overwrite=True)
    assert "check its name" in str(raised.value.advice)
    assert sorted(bucket.ls("")) == ["data", "out"]


def test_an_export_is_refused_where_a_folder_is_and_where_a_file_is_that_shall_stay(
    bucket: Any, reach: Reach, tmp_path: Path
) -> None:
    bucket.pipe({"out/x.csv/below.csv": CSV, "out/y.csv": b"old"})
    (tmp_path / "made.csv").write_bytes(CSV)
    with pytest.raises(CannotApply, match="is a folder there"):
        reach.delivered(tmp_path / "made.csv", "s3://out/x.csv", "keys", overwrite=True)
    with pytest.raises(CannotApply, match="is there already"):
        reach.delivered(tmp_path / "made.csv", "s3://out/y.csv", "keys", overwrite=False)
    assert bucket.cat("out/y.csv") == b"old"
    reach.delivered(tmp_path / "made.csv", "s3://out/y.csv", "keys", overwrite=True)
    assert bucket.cat("out/y.csv") == CSV


def test_the_mark_of_many_files_changes_with_any_of_them(bucket: Any, reach: Reach) -> None:
    bucket.pipe({f"data/small/{number}.csv": CSV for number in range(20)})
    before = reach.mark("s3://data/small/*.csv", "keys")
    bucket.pipe({"data/small/7.csv": CSV})  # of another time, and the same content
    assert reach.mark("s3://data/small/*.csv", "keys") == before
    bucket.pipe({"data/small/7.csv": CSV.upper()})  # as long as it was
    assert reach.mark("s3://data/small/*.csv", "keys") != before


def test_a_download_and_an_upload_stop_when_they_are_asked_to(bucket: Any, reach: Reach, tmp_path: Path) -> None:
    bucket.pipe({"data/large.csv": bytes(3 << 20), "out/large.csv": b"old"})
    asked = iter([False, False, True])
    with pytest.raises(Stopped), reach.until(lambda: next(asked)).fetched("s3://data/large.csv", "keys"):
        pytest.fail("it was fetched")
    (tmp_path / "large.csv").write_bytes(bytes(3 << 20))
    with pytest.raises(Stopped):
        reach.until(lambda: True).delivered(tmp_path / "large.csv", "s3://out/large.csv", "keys", overwrite=True)
    assert bucket.cat("out/large.csv") == b"old"


def test_a_folder_at_an_address_is_a_folder_here_and_keeps_its_contents(
    bucket: Any, workspace: Workspace, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_ENDPOINT_URL", server)):
        monkeypatch.setenv(name, value)  # the credentials of the person's own surroundings
    bucket.pipe({"data/many/a.csv": CSV, "data/many/below/b.csv": CSV})
    with arrived("s3://data/many", workspace.blobs) as there:
        assert there.path is not None
        assert contents(there.path) == {"a.csv": CSV, "below/b.csv": CSV}
        taken = there.take(workspace.blobs)
    assert taken.files == FileSet.of(taken.files.files)
    assert [each.name for each in taken.files.files] == ["a.csv", "below/b.csv"]
    assert not there.path.exists()
    assert workspace.blobs.path(taken.files.files[0].digest).read_bytes() == CSV


def test_a_server_that_is_down_is_an_error_without_a_key_in_it(workspace: Workspace, tmp_path: Path) -> None:
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install s3fs")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://{SECRET.replace('/', '%2F')}.invalid:{nobody.getsockname()[1]}"
        options = {
            "key": KEY,
            "secret": SECRET,
            "endpoint_url": address,
            "config_kwargs": {"retries": {"max_attempts": 0}},
        }
        place = DistantPlace.at("lake", "s3://data/x.csv", options, (KEY, SECRET, address))
        with pytest.raises(DatastoreFailed) as raised:
            place.find(())
    assert SECRET not in str(raised.value)
    assert KEY not in str(raised.value)


class _Growing(LocalFileSystem):  # type: ignore[misc]
    """A folder of this machine that is written as SFTP is: a file is there from its first byte on."""

    protocol = ("sftp",)
    breaks = False

    def put_file(self, lpath: str, rpath: str, callback: Any = None, **_: Any) -> None:
        if not self.breaks:
            super().put_file(lpath, rpath, callback=callback)
            return
        Path(rpath).write_bytes(Path(lpath).read_bytes()[:5])
        raise OSError("the connection is gone")


@pytest.fixture
def growing(tmp_path: Path) -> tuple[DistantPlace, _Growing, Path]:
    folder = tmp_path / "there"
    folder.mkdir()
    system = _Growing(skip_instance_cache=True)
    return DistantPlace("sf", "sftp://host/there", system, str(folder)), system, folder


def test_where_files_grow_one_takes_its_place_at_once_and_what_broke_off_leaves_the_old_one(
    growing: tuple[DistantPlace, _Growing, Path], tmp_path: Path
) -> None:
    place, system, folder = growing
    (tmp_path / "new.csv").write_bytes(CSV)
    (folder / "x.csv").write_bytes(b"old")
    system.breaks = True
    with pytest.raises(DatastoreFailed, match="the connection is gone"):
        place.put(("x.csv",), tmp_path / "new.csv", overwrite=True)
    assert contents(folder) == {"x.csv": b"old"}
    system.breaks = False
    assert place.put(("x.csv",), tmp_path / "new.csv", overwrite=True)
    assert place.put(("below", "y.csv"), tmp_path / "new.csv", overwrite=False)
    assert not place.put(("x.csv",), tmp_path / "new.csv", overwrite=False)
    assert contents(folder) == {"x.csv": CSV, "below/y.csv": CSV}


def test_a_file_of_which_less_came_than_there_is_is_no_content(
    growing: tuple[DistantPlace, _Growing, Path], workspace: Workspace
) -> None:
    place, _, folder = growing
    (folder / "x.csv").write_bytes(CSV)
    with pytest.raises(DatastoreFailed, match=r"only 18 of 1,000 bytes came"):
        place.keep(Found(("x.csv",), 1000), workspace.blobs)


class _Refusing(LocalFileSystem):  # type: ignore[misc]
    def info(self, path: str, **_: Any) -> dict[str, Any]:
        raise PermissionError("Forbidden")


def test_what_may_not_be_looked_at_is_not_taken_for_what_is_not_there(tmp_path: Path) -> None:
    place = DistantPlace("lake", "s3://data", _Refusing(skip_instance_cache=True), str(tmp_path))
    (tmp_path / "new.csv").write_bytes(CSV)
    with pytest.raises(DatastoreFailed, match="Forbidden"):
        place.find(parts_of("x.csv"))
    with pytest.raises(DatastoreFailed, match="Forbidden"):
        place.put(("x.csv",), tmp_path / "new.csv", overwrite=False)
    assert place.put(("x.csv",), tmp_path / "new.csv", overwrite=True)  # who may write only


def test_what_an_address_and_its_options_both_say_is_said_once_and_as_the_address_has_it(tmp_path: Path) -> None:
    class Server(LocalFileSystem):  # type: ignore[misc]
        protocol = "ourserver"

        def __init__(self, host: str, port: int, username: str, password: str = "", **more: Any) -> None:
            super().__init__(**more)
            self.said = (host, port, username, password)

        @staticmethod
        def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
            said = fsspec.utils.infer_storage_options(path)
            return {name: said[name] for name in ("host", "port", "username") if name in said}

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            return str(tmp_path)

    fsspec.register_implementation("ourserver", Server, clobber=True)
    options = {"port": "2222", "username": "other", "password": "p"}
    made, _ = filesystem_of("ourserver://me@host:22/x", options)
    assert made.said == ("host", 22, "me", "p")
    made, _ = filesystem_of("ourserver://host/x", options)
    assert made.said == ("host", 2222, "other", "p")


def test_the_package_that_is_missing_is_named() -> None:
    for address, package in (
        ("s3://b/x.csv", "s3fs"),
        ("abfss://c@a.dfs.core.windows.net/x.csv", "adlfs"),
        ("wasbs://c@a.blob.core.windows.net/x.csv", "adlfs"),
        ("gs://b/x.csv", "gcsfs"),
        ("sftp://h/x.csv", "paramiko"),
        ("smb://h/x.csv", "smbprotocol"),
    ):
        assert missing_package(address, ImportError()) == f"Install it beside Transom: `pip install {package}`."


def test_all_of_a_datastore_of_files_has_a_mark_of_its_files(workspace: Workspace, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    lake.mkdir()
    (lake / "x.csv").write_bytes(CSV)
    add_datastore(workspace, "lake", str(lake))
    reach = Reach(workspace, workspace.settings, tmp_path)
    for address in ("azureml://datastores/lake", "azureml://datastores/lake/paths/"):
        assert set(reach.mark(address, None)) == {"digest", "size"}
        with reach.fetched(address, None) as path:
            assert contents(path) == {"x.csv": CSV}
