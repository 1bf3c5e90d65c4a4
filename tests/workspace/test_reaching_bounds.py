"""What a stranger's pipeline reaches with native components under each policy: each test is an attack, or its price."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import fsspec
import pytest
from tests.cli.transom import Desk
from tests.workspace.web import served

from transom.components.native import CannotApply
from transom.model.policies import Network, Policy
from transom.settings import Settings
from transom.workspace.datastores import add_datastore
from transom.workspace.opening import Workspace
from transom.workspace.reaching import Reach
from transom.workspace.reaching_bounds import Bounds
from transom.workspace.requests import RunRequest
from transom.workspace.secrets import set_secret

APART = [Policy.CONFINED, Policy.STRICT]
HELD = [Policy.GUARDED, *APART]


class Ground:
    """A home with keys, a folder with a pipeline in it, and a workspace beside that."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "project"
        self.workspace = Workspace(self.folder / ".transom", Settings(secrets="file", data_folder=home / "own"))
        self.key = home / ".ssh" / "id_rsa"
        for path, text in {
            self.key: "private",
            home / "other" / "theses.csv": "a\n1\n",
            home / "own" / "packages" / "x.csv": "a\n1\n",
            self.folder / "cars.csv": "a\n1\n",
            self.folder / ".transom" / "runs" / "x.csv": "a\n1\n",
        }.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def reach(self, policy: Policy, **wishes: object) -> Reach:
        request = RunRequest(Path("pipeline.yml"), policy=policy, **wishes)  # type: ignore[arg-type]
        bounds = Bounds.of_run(request, self.workspace, self.folder)
        return Reach(self.workspace, self.workspace.settings, self.folder, None, bounds)

    def content(self, reach: Reach, address: str, secret: str | None = None) -> str:
        with reach.fetched(address, secret) as path:
            return path.read_text()


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    monkeypatch.chdir(tmp_path)
    return Ground(home)


def refused(work: Callable[[], object], *told: str) -> CannotApply:
    """The error, which says in one sentence the policy and what else is `told`, and in its advice what to do."""
    with pytest.raises(CannotApply) as found:
        work()
    said = f"{found.value.problem} {found.value.advice}"
    assert "\n" not in said
    assert "under the policy" in found.value.problem
    for each in told:
        assert each in said
    return found.value


def reads_neither_content_nor_mark(ground: Ground, reach: Reach, address: str, *told: str) -> None:
    refused(lambda: ground.content(reach, address), *told)
    refused(lambda: reach.mark(address, None), *told)


@pytest.mark.parametrize("policy", HELD)
@pytest.mark.parametrize(
    "address",
    [
        "~/.ssh/id_rsa",
        "../.ssh/id_rsa",
        "./../project/../.ssh/id_rsa",
        "file://{home}/.ssh/id_rsa",
        "//{home}/.ssh/id_rsa",
    ],
)
def test_no_key_is_read_by_whatever_way(ground: Ground, policy: Policy, address: str):
    where = address.format(home=ground.home)
    reads_neither_content_nor_mark(ground, ground.reach(policy), where, str(ground.key), policy, "--allow-read")


@pytest.mark.parametrize("policy", HELD)
def test_no_key_is_read_by_a_link_of_the_cloned_folder(ground: Ground, policy: Policy):
    reach = ground.reach(policy)
    (ground.folder / "link.csv").symlink_to(ground.key)
    (ground.folder / "again.csv").symlink_to("link.csv")
    (ground.folder / "keys").symlink_to(ground.key.parent)
    for address in ("link.csv", "again.csv", "keys/id_rsa"):
        reads_neither_content_nor_mark(ground, reach, address, f"leads to {ground.key}")
    for address in ("*.csv", ".", "*/../link.csv", "keys", "keys/*"):
        refused(lambda address=address: ground.content(reach, address), "policy")  # type: ignore[misc]


@pytest.mark.parametrize("policy", HELD)
def test_no_key_is_read_by_a_link_in_a_dataframe_directory(ground: Ground, policy: Policy):
    folder = ground.folder / "table"
    folder.mkdir()
    (folder / "_meta.yaml").write_text("type: DataFrameDirectory\n")
    (folder / "schema").symlink_to(ground.key.parent)
    refused(lambda: ground.content(ground.reach(policy), "table"), "leads to")


@pytest.mark.parametrize("policy", HELD)
@pytest.mark.parametrize(
    "address",
    [
        "/proc/self/environ",
        "/proc/1/environ",
        "/proc/self/root{home}/project/cars.csv",
        "/proc/self/cwd/home/project/cars.csv",
        "/dev/shm/x.csv",
        "/run/x.csv",
        "{home}/own/packages/x.csv",
        ".transom/runs/x.csv",
        "{home}/.config/transom/config.toml",
    ],
)
def test_neither_processes_nor_what_is_transoms_own_is_read(ground: Ground, policy: Policy, address: str):
    where = address.format(home=ground.home)
    reads_neither_content_nor_mark(ground, ground.reach(policy), where)


@pytest.mark.parametrize("policy", HELD)
def test_a_link_of_the_kernel_is_followed_by_no_link_of_a_folder(ground: Ground, policy: Policy):
    descriptor = os.open(ground.key, os.O_RDONLY)
    try:
        (ground.folder / "x.csv").symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
        refused(lambda: ground.content(ground.reach(policy), "x.csv"))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("policy", HELD)
def test_a_second_name_of_a_hidden_file_is_hidden(ground: Ground, policy: Policy):
    hidden = ground.home / ".netrc"
    hidden.write_text("login me")
    os.link(hidden, ground.folder / "x.csv")
    reads_neither_content_nor_mark(ground, ground.reach(policy), "x.csv")
    reach = ground.reach(policy)
    refused(lambda: reach.delivered(ground.folder / "cars.csv", "x.csv", None, overwrite=True))
    assert ground.content(ground.reach(policy, allow_read=(ground.folder / "x.csv",)), "x.csv") == "login me"


@pytest.mark.parametrize("policy", HELD)
def test_a_pattern_and_a_folder_leave_out_what_is_hidden(ground: Ground, policy: Policy):
    reach = ground.reach(policy)
    with reach.fetched("**/*.csv", None) as path:
        assert [str(each.relative_to(path)) for each in path.rglob("*.csv")] == ["cars.csv"]
    mark = reach.mark(".", None)
    (ground.folder / ".transom" / "runs" / "y.csv").write_text("a\n")
    assert reach.mark(".", None) == mark
    with reach.fetched(".", None) as path:
        assert [str(each.relative_to(path)) for each in path.rglob("*.csv")] == ["cars.csv"]


@pytest.mark.parametrize("policy", APART)
def test_a_confined_pipeline_reads_its_own_folder_and_what_is_allowed(ground: Ground, policy: Policy):
    reach = ground.reach(policy)
    assert ground.content(reach, "cars.csv") == "a\n1\n"
    for address in (
        "../other/theses.csv",
        "../other/missing.csv",
        "/etc/passwd",
        "../other/*.csv",
        "/",
        "*/../../other",
    ):
        reads_neither_content_nor_mark(ground, reach, address)
    for option in ("allow_read", "allow_write"):
        allowed = ground.reach(policy, **{option: (ground.home / "other",)})
        assert ground.content(allowed, "../other/theses.csv") == "a\n1\n"
        (ground.folder / "link.csv").unlink(missing_ok=True)
        (ground.folder / "link.csv").symlink_to(ground.home / "other" / "theses.csv")
        assert ground.content(allowed, "link.csv") == "a\n1\n"


@pytest.mark.parametrize("policy", HELD)
def test_a_hidden_place_is_read_when_it_is_allowed_by_name(ground: Ground, policy: Policy):
    assert ground.content(ground.reach(policy, allow_read=(ground.key,)), "~/.ssh/id_rsa") == "private"
    refused(lambda: ground.content(ground.reach(policy, allow_read=(ground.home,)), "~/.ssh/id_rsa"))


def test_a_guarded_pipeline_reads_what_the_person_can(ground: Ground):
    assert ground.content(ground.reach(Policy.GUARDED), "../other/theses.csv") == "a\n1\n"
    with ground.reach(Policy.GUARDED).fetched("/etc/passwd", None) as path:
        assert path.exists()


def test_an_open_pipeline_reads_and_writes_everything(ground: Ground):
    reach = ground.reach(Policy.OPEN)
    assert ground.content(reach, "~/.ssh/id_rsa") == "private"
    reach.delivered(ground.folder / "cars.csv", "~/.ssh/cars.csv", None, overwrite=True)
    assert (ground.home / ".ssh" / "cars.csv").exists()
    set_secret(ground.workspace, "token", "t0ken")
    with served() as server:
        assert ground.content(reach, f"http://{server.place}/file/cars.csv", "token")


@pytest.mark.parametrize("policy", HELD)
@pytest.mark.parametrize(
    "address",
    [
        "~/.ssh/authorized.txt",
        "~/.kube/new/x.csv",
        ".transom/x.csv",
        "~/.local/lib/x.csv",
        ".git/x.csv",
        "/etc/x.csv",
        "/dev/shm/x.csv",
        "link/x.csv",
    ],
)
def test_nothing_is_written_where_keys_or_programs_are(ground: Ground, policy: Policy, address: str):
    (ground.folder / "link").symlink_to(ground.key.parent)
    reach, file = ground.reach(policy), ground.folder / "cars.csv"
    refused(lambda: reach.delivered(file, address, None, overwrite=True), "written", policy, "--allow-write")
    assert not Path(ground.folder, os.path.expanduser(address)).exists()


@pytest.mark.parametrize("policy", HELD)
def test_what_a_link_leads_to_is_not_written(ground: Ground, policy: Policy):
    (ground.folder / "out.csv").symlink_to(ground.key)
    ground.reach(policy).delivered(ground.folder / "cars.csv", "out.csv", None, overwrite=True)
    assert ground.key.read_text() == "private"
    assert not (ground.folder / "out.csv").is_symlink()


@pytest.mark.parametrize("policy", APART)
def test_a_confined_pipeline_writes_below_its_own_folder_and_what_is_allowed(ground: Ground, policy: Policy):
    file, other = ground.folder / "cars.csv", ground.home / "other"
    reach = ground.reach(policy)
    reach.delivered(file, "new/folder/out.csv", None, overwrite=True)
    assert (ground.folder / "new" / "folder" / "out.csv").exists()
    refused(lambda: reach.delivered(file, "../other/out.csv", None, overwrite=True), f"--allow-write {other}")
    only_read = ground.reach(policy, allow_read=(other,))
    refused(lambda: only_read.delivered(file, "../other/out.csv", None, overwrite=True))
    ground.reach(policy, allow_write=(other,)).delivered(file, "../other/out.csv", None, overwrite=True)
    assert (other / "out.csv").exists()


@pytest.mark.parametrize("policy", HELD)
def test_what_is_advised_to_allow_a_write_is_enough(ground: Ground, policy: Policy):
    file = ground.folder / "cars.csv"
    told = refused(
        lambda: ground.reach(policy).delivered(file, "../other/.own/deep/x.csv", None, overwrite=True), "make it first"
    )
    allowed = Path(told.advice.rpartition("--allow-write ")[2].rstrip("`."))
    assert allowed == ground.home / "other" / ".own"
    allowed.mkdir()
    ground.reach(policy, allow_write=(allowed,)).delivered(file, "../other/.own/deep/x.csv", None, overwrite=True)
    assert (allowed / "deep" / "x.csv").exists()


def test_a_guarded_pipeline_writes_where_a_persons_data_is(ground: Ground):
    file = ground.folder / "cars.csv"
    ground.reach(Policy.GUARDED).delivered(file, "../other/new/out.csv", None, overwrite=True)
    assert (ground.home / "other" / "new" / "out.csv").exists()


def _ask(reach: Reach, url: str) -> list[object]:
    with reach.connected(url, None) as connection:
        return list(connection.exec_driver_sql("select 1").all())


@pytest.mark.parametrize("policy", HELD)
def test_a_file_of_sqlite_is_a_file(ground: Ground, policy: Policy):
    for path in (
        ground.folder / "shop.db",
        ground.home / ".mozilla" / "cookies.sqlite",
        ground.home / "other" / "o.db",
    ):
        path.parent.mkdir(exist_ok=True)
        with sqlite3.connect(path) as connection:
            connection.execute("create table t (a)")
        connection.close()
    (ground.folder / "link.db").symlink_to(ground.home / ".mozilla" / "cookies.sqlite")
    reach = ground.reach(policy)
    assert _ask(reach, "sqlite:///shop.db")
    for place in ("~/.mozilla/cookies.sqlite", "link.db", "~/.mozilla/new.db?mode=rwc", ".transom/workspace.db"):
        refused(lambda place=place: _ask(reach, f"sqlite:///{place}"))  # type: ignore[misc]
    if policy in APART:
        refused(lambda: _ask(reach, "sqlite:///../other/o.db"))
        allowed = ground.reach(policy, allow_read=(ground.home / "other",))
        assert _ask(allowed, "sqlite:///../other/o.db")
        refused(lambda: _ask(allowed, "sqlite:///../other/o.db?mode=rwc"), "written")
        with (
            pytest.raises(CannotApply, match="readonly"),
            allowed.connected("sqlite:///../other/o.db", None) as connection,
        ):
            connection.exec_driver_sql("insert into t values (1)")


@pytest.mark.parametrize("policy", HELD)
def test_rows_become_no_program(ground: Ground, policy: Policy):
    (ground.folder / "__init__.py").touch()
    (ground.folder / "link.db").symlink_to("site.pth")
    reach = ground.reach(policy)
    for name in ("site.pth", "Makefile", "__init__.py"):
        refused(lambda name=name: _ask(reach, f"sqlite:///{name}?mode=rwc"), "ends in .db")  # type: ignore[misc]
    assert (ground.folder / "__init__.py").read_bytes() == b""
    refused(lambda: _ask(reach, "sqlite:///link.db?mode=rwc"), "ends in .db")
    assert _ask(reach, "sqlite:///new.db?mode=rwc")
    with (
        pytest.raises(CannotApply, match="readonly"),
        reach.connected("sqlite:///__init__.py?mode=rw", None) as connection,
    ):
        connection.exec_driver_sql("create table t (a)")
    assert (ground.folder / "__init__.py").read_bytes() == b""


@pytest.mark.parametrize("policy", HELD)
@pytest.mark.parametrize(
    "url",
    [
        "duckdb+engine:///x.db",
        "shillelagh+apsw://",
        "mysql+pymysql://evil.example/db?local_infile=1",
        "mysql+mysqldb://evil.example/db?read_default_file=/home/me/.my.cnf",
        "mssql+pyodbc:///?odbc_connect=DRIVER={/tmp/evil.so}",
        "mssql+pyodbc://host/db?driver=/tmp/evil.so",
        "postgresql+psycopg://evil.example/db?sslkey=/home/me/.ssh/id_rsa",
    ],
)
def test_a_driver_is_told_nothing_that_reads_files_or_loads_programs(ground: Ground, policy: Policy, url: str):
    refused(lambda: _ask(ground.reach(policy), url), "may not be used")


@pytest.mark.parametrize("policy", APART)
def test_no_server_is_reached_where_the_network_is_closed(ground: Ground, policy: Policy):
    reach, option = ground.reach(policy), "--network open"
    with served() as server:
        reads_neither_content_nor_mark(ground, reach, f"http://{server.place}/file/cars.csv", option)
        assert server.asked == []
    for address in ("s3://bucket/x.csv", "sftp://me@host/x.csv", "zip://a.csv::https://evil.example/a.zip"):
        reads_neither_content_nor_mark(ground, reach, address, option)
        refused(lambda a=address: reach.delivered(ground.folder / "cars.csv", a, None, overwrite=True))  # type: ignore[misc]
    refused(lambda: _ask(reach, "postgresql+psycopg://me@127.0.0.1:1/db"), option)


def test_a_guarded_pipeline_without_network_reaches_none(ground: Ground):
    reach = ground.reach(Policy.GUARDED, network=Network.NONE)
    refused(lambda: reach.mark("http://127.0.0.1:1/x.csv", None), "--network open")


def test_a_confined_pipeline_with_the_network_open_reaches_servers(ground: Ground):
    reach = ground.reach(Policy.CONFINED, network=Network.OPEN)
    with served() as server:
        assert ground.content(reach, f"http://{server.place}/file/cars.csv")


@pytest.mark.parametrize("policy", HELD)
@pytest.mark.parametrize(
    "address",
    [
        "simplecache::file://{home}/.ssh/id_rsa",
        "filecache::{home}/.ssh/id_rsa",
        "dir://{home}/.ssh",
        "dir::file://{home}/.ssh",
        "reference://x::file://{home}/project/cars.csv",
        "generic://file://{home}/.ssh/id_rsa",
        "git://{home}/project",
        "zip://key::file://{home}/.ssh/keys.zip",
        "zip://key::{home}/.ssh/keys.zip",
        "zip://key::link.zip",
        "zip://key::file://{home}/project/../.ssh/keys.zip",
        "libarchive://key::file://{home}/project/a.zip",
        "nobody://knows/x.csv",
    ],
)
def test_no_chain_of_filesystems_leads_around(ground: Ground, policy: Policy, address: str):
    with zipfile.ZipFile(ground.key.with_name("keys.zip"), "w") as archive:
        archive.writestr("key", "private")
    Path("link.zip").symlink_to(ground.key.with_name("keys.zip"))
    reach = ground.reach(policy, network=Network.NONE if policy is Policy.STRICT else Network.OPEN)
    where = address.format(home=ground.home)
    reads_neither_content_nor_mark(ground, reach, where)
    refused(lambda: reach.delivered(ground.folder / "cars.csv", where, None, overwrite=True))


@pytest.mark.parametrize("policy", HELD)
def test_what_lies_in_memory_or_in_an_archive_of_the_folder_is_read(ground: Ground, policy: Policy):
    fsspec.filesystem("memory").pipe("/bounds/x.csv", b"a\n3\n")
    with zipfile.ZipFile(ground.folder / "a.zip", "w") as archive:
        archive.writestr("in.csv", "a\n4\n")
    assert ground.content(ground.reach(policy), "memory://bounds/x.csv") == "a\n3\n"
    fsspec.filesystem("memory").rm("/bounds", recursive=True)
    place = f"zip://in.csv::file://{ground.folder}/a.zip"
    with ground.reach(policy).fetched(place, None) as path:
        assert path.read_text() == "a\n4\n"


@pytest.mark.parametrize("policy", APART)
def test_secrets_and_datastores_are_those_that_were_named(ground: Ground, policy: Policy):
    set_secret(ground.workspace, "token", "t0ken")
    add_datastore(ground.workspace, "mine", str(ground.home / "other"))
    place = "azureml://datastores/mine/paths/theses.csv"
    reach = ground.reach(policy)
    refused(lambda: ground.content(reach, "cars.csv", "token"), "The secret token", "--secret token")
    reads_neither_content_nor_mark(ground, reach, place, "The datastore mine", "--secret datastore/mine")
    refused(lambda: reach.delivered(ground.folder / "cars.csv", place, None, overwrite=True))
    with sqlite3.connect(ground.home / "other" / "o.db"):
        add_datastore(ground.workspace, "base", f"sqlite:///{ground.home}/other/o.db")
    refused(lambda: _ask(reach, "azureml://datastores/base"), "--secret datastore/base")
    named = ground.reach(policy, secrets=("token", "datastore/mine", "datastore/base"))
    assert ground.content(named, "cars.csv", "token") == "a\n1\n"
    assert ground.content(named, place) == "a\n1\n"
    assert _ask(named, "azureml://datastores/base")
    reach.delivered(
        ground.folder / "cars.csv", "azureml://datastores/workspaceblobstore/paths/x.csv", None, overwrite=True
    )


def test_a_guarded_pipeline_has_the_secrets_of_the_person(ground: Ground):
    set_secret(ground.workspace, "token", "t0ken")
    assert ground.content(ground.reach(Policy.GUARDED), "cars.csv", "token") == "a\n1\n"


def test_a_policy_that_is_forbidden_is_told_by_each_step(ground: Ground):
    settings = Settings(secrets="file", data_folder=ground.home / "own", loosest_policy="confined")
    ground.workspace = Workspace(ground.folder / ".transom", settings)
    with pytest.raises(CannotApply, match="open"):
        ground.content(ground.reach(Policy.OPEN), "cars.csv")


def test_marks_are_as_without_bounds(ground: Ground):
    free = Reach(ground.workspace, ground.workspace.settings, ground.folder)
    for address in ("cars.csv", "*.csv"):
        assert json.dumps(free.mark(address, None)) == json.dumps(ground.reach(Policy.GUARDED).mark(address, None))


PIPELINE = """\
type: pipeline
jobs:
  keys:
    component: import_data
    inputs: {path: "~/.ssh/keys.csv"}
  copy:
    component: export_data
    inputs: {dataset: "${{parent.jobs.keys.outputs.dataset}}", path: ../other/out.csv}
"""


def test_a_run_holds_its_components_to_its_policy(tmp_path: Path):
    desk = Desk(tmp_path / "folder")
    desk.write("pipeline.yml", PIPELINE)
    keys = desk.write("../home/.ssh/keys.csv", "a\n1\n")
    desk.write("../other/x.csv", "a\n")
    run = partial(desk.transom, "pipeline", "run", "pipeline.yml", HOME=str(tmp_path / "home"))
    said = run()
    assert said.code == 1
    assert f"{keys.resolve()} may not be read under the policy guarded" in said.out + said.err
    assert "--allow-read" in said.out + said.err
    said = run("--policy", "confined", "--allow-read", str(keys))
    assert said.code == 1
    assert "out.csv may not be written under the policy confined" in " ".join((said.out + said.err).split())
    assert run("--policy", "confined", "--allow-read", str(keys), "--allow-write", "../other").code == 0
    assert (tmp_path / "other" / "out.csv").read_text() == "a\n1\n"
    assert run("--policy", "open").code == 0
