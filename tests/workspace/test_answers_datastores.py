"""What a script does with datastores, secrets, runs and environments through the workspace, and what it may not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.workspace.asking import Asker

from transom.errors import ContentRemoved, EnvironmentUnknown, NameInvalid, NotAllowed, Unknown, WrongUse
from transom.model.policies import Policy
from transom.model.records import RunBegun, RunEnded
from transom.model.runs import KeptFile, Status
from transom.settings import Settings
from transom.workspace import contents
from transom.workspace.datastores import add_datastore
from transom.workspace.opening import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Workspace(tmp_path / "workspace", Settings(secrets="file"))


@pytest.fixture
def script(workspace: Workspace) -> Asker:
    return Asker(workspace)


def upload(script: Asker, path: str, content: bytes, *, overwrite: bool = False, name: str | None = None) -> dict:
    files = [{"path": path, "content": script.handed(content)}]
    return script.ask("datastore/upload", name=name, files=files, overwrite=overwrite)


def test_the_default_datastore_is_told_of_without_a_place_of_this_machine(script: Asker, workspace: Workspace):
    told = script.ask("datastore/get", name=None)
    assert told == {
        "name": "workspaceblobstore",
        "type": "AzureBlob",
        "url": "azureml://datastores/workspaceblobstore",
        "is_default": True,
    }
    assert str(workspace.folder) not in str(script.ask("datastore/list"))
    with pytest.raises(Unknown):
        script.ask("datastore/get", name="nothing")


def test_nothing_secret_of_a_datastore_is_told(script: Asker, workspace: Workspace):
    add_datastore(workspace, "web", "https://me:geheim@host/data?sig=streng", {"X-Key": "leise"})
    told = str(script.ask("datastore/list")) + str(script.ask("datastore/get", name="web"))
    assert not [word for word in ("geheim", "streng", "leise") if word in told]


def test_uploaded_files_are_listed_downloaded_and_not_written_over_unless_said(script: Asker, workspace: Workspace):
    assert upload(script, "./data//a.txt", b"1") == {"uploaded": ["data/a.txt"], "skipped": []}
    assert upload(script, "data/a.txt", b"2") == {"uploaded": [], "skipped": ["data/a.txt"]}
    assert upload(script, "data/a.txt", b"3", overwrite=True)["uploaded"] == ["data/a.txt"]
    upload(script, "b.txt", b"4", name="workspacefilestore")
    assert script.ask("datastore/names", name=None, prefix="data")["names"] == ["data/a.txt"]
    assert script.ask("datastore/names", name="workspacefilestore", prefix=None)["names"] == ["b.txt"]
    given = script.ask("datastore/download", name=None, prefix=None)
    assert given["names"] == ["data/a.txt"]
    assert workspace.blobs.bytes(given["files"]["contents"][0]["digest"]) == b"3"
    assert script.ask("datastore/download", name=None, prefix="nothing")["names"] == []


@pytest.mark.parametrize("path", ["../x", "a/../../x", "a\0b", "", "/", "x" * 300])
def test_nothing_is_uploaded_to_a_name_that_leads_elsewhere(script: Asker, workspace: Workspace, path: str):
    with pytest.raises(WrongUse):
        upload(script, path, b"1", overwrite=True)
    assert not workspace.datastores.exists() or not any(workspace.datastores.rglob("x*"))


def test_an_upload_of_several_files_is_checked_before_any_is_written(script: Asker):
    files = [{"path": "a", "content": script.handed(b"1")}, {"path": "../b", "content": script.handed(b"1")}]
    with pytest.raises(WrongUse):
        script.ask("datastore/upload", name=None, files=files, overwrite=True)
    assert script.ask("datastore/names", name=None, prefix=None)["names"] == []


def test_an_upload_leaves_room_on_the_disk(script: Asker, monkeypatch):
    monkeypatch.setattr(contents, "SPARED_DISK_BYTES", 1 << 62)
    with pytest.raises(Exception, match="are free on its disk"):
        upload(script, "a", b"1")


# Secrets


def test_a_secret_is_marked_so_that_no_log_shows_it(script: Asker, workspace: Workspace):
    workspace.secrets.set("token", "geheim")
    assert script.ask("secret/get", name="token") == {"value": "geheim", "secret": True}
    assert Asker(workspace, Policy.OPEN).ask("secret/list") == {"names": ["token"]}
    with pytest.raises(Unknown, match="Did you mean token"):
        script.ask("secret/get", name="tokn")


@pytest.mark.parametrize("policy", [Policy.CONFINED, Policy.STRICT])
def test_a_script_that_is_kept_apart_reads_the_secrets_that_were_named_for_it(workspace: Workspace, policy: Policy):
    workspace.secrets.set("token", "geheim")
    workspace.secrets.set("other", "streng")
    asker = Asker(workspace, policy, secrets=("token",))
    assert asker.ask("secret/get", name="token")["value"] == "geheim"
    assert asker.ask("secret/list") == {"names": ["token"]}
    for name in ("other", "nothing"):  # nor is it told which there are
        with pytest.raises(NotAllowed, match=f"--secret '{name}'"):
            asker.ask("secret/get", name=name)


@pytest.mark.parametrize("policy", list(Policy))
def test_what_a_datastore_is_reached_with_is_no_secret_of_scripts(workspace: Workspace, policy: Policy):
    add_datastore(workspace, "web", "https://me:geheim@host/data")
    asker = Asker(workspace, policy, secrets=("datastore/web",))
    assert asker.ask("secret/list")["names"] == []
    with pytest.raises(NameInvalid):
        asker.ask("secret/get", name="datastore/web")


# Runs


def a_run(workspace: Workspace, run: str, experiment: str, *, ended: bool = True) -> None:
    now = datetime.now(UTC)
    script = workspace.blobs.put_bytes(b"def azureml_main(): pass")
    workspace.history.begin(RunBegun(run, now, "clean.py", script, "azureml_main", experiment))
    if ended:
        digest = workspace.blobs.put_bytes(b"line")
        files = (KeptFile("graphics/line.png", "image/png", 4, digest),)
        document = {"metrics": {"accuracy": 0.93}}
        workspace.history.end(run, RunEnded(Status.SUCCEEDED, now, 1.0, document, files=files, tags={"a": "b"}))


def test_runs_are_told_of_by_experiment_and_id(script: Asker, workspace: Workspace):
    a_run(workspace, "run-1", "cars")
    a_run(workspace, "run-2", "planes")
    a_run(workspace, "run-3", "cars", ended=False)
    assert script.ask("experiment/list") == {"experiments": ["cars", "planes"]}
    assert [each["id"] for each in script.ask("run/list", experiment="cars")["runs"]] == ["run-3", "run-1"]
    assert len(script.ask("run/list", experiment=None)["runs"]) == 3
    told = script.ask("run/get", id="run-1")
    assert {name: told[name] for name in ("experiment", "status", "script", "metrics", "tags", "files")} == {
        "experiment": "cars",
        "status": "succeeded",
        "script": "clean.py",
        "metrics": {"accuracy": 0.93},
        "tags": {"a": "b"},
        "files": ["graphics/line.png"],
    }
    running = script.ask("run/get", id="run-3")
    assert (running["status"], running["ended"], running["files"]) == ("running", None, [])
    for identity in ("run-4", "latest", "run-", ""):
        with pytest.raises((Unknown, WrongUse)):
            script.ask("run/get", id=identity)


def test_a_file_of_a_run_is_given_until_it_is_removed(script: Asker, workspace: Workspace):
    a_run(workspace, "run-1", "cars")
    given = script.ask("run/file", id="run-1", name="graphics/line.png")["file"]
    assert given["name"] == "line.png"
    assert workspace.blobs.bytes(given["content"]) == b"line"
    with pytest.raises(WrongUse, match=r"Its files: graphics/line\.png"):
        script.ask("run/file", id="run-1", name="../clean.py")
    workspace.history.contents_removed(["run-1"])
    with pytest.raises(ContentRemoved):
        script.ask("run/file", id="run-1", name="graphics/line.png")


def test_environments_are_told_of(script: Asker):
    assert "host" in script.ask("environment/list")["names"]
    told = script.ask("environment/get", name="designer-2020")
    assert (told["name"], told["python"], told["packages"]["pandas"]) == ("designer-2020", "3.6", "0.25.3")
    assert len(told["digest"]) == 64
    with pytest.raises(EnvironmentUnknown):
        script.ask("environment/get", name="nothing")
