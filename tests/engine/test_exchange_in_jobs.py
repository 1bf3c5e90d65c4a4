"""A script under any policy asks its workspace, cold and warm, on the newest and the oldest Python, and finds no more."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.engine.running import Done, Worker
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.confinement import Grounds
from transom.engine.exchange import WorkspaceAnswer
from transom.engine.process import CHILD
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin
from transom.errors import WrongUse
from transom.model.policies import Confinement, Policy
from transom.model.runs import Limits, Status
from transom.settings import Settings
from transom.workspace.confining import premises_of

CONFINING = (Policy.GUARDED, Policy.CONFINED)

#: What every script here begins with: how a job's process asks, hands over, and tells what it found.
BEGIN = f"""
import importlib.util, json, os, sys
spec = importlib.util.spec_from_file_location("link", {str(CHILD / "link.py")!r})
link = importlib.util.module_from_spec(spec)
spec.loader.exec_module(link)
def hand(name, content):
    with open(os.path.join(os.environ["TRANSOM_JOB"], "handed", name), "wb") as stream:
        stream.write(content)
    return {{"handed": name}}
def tried(what, *arguments):
    try:
        return what(*arguments)
    except Exception as wrong:
        return type(wrong).__name__
def content(path):
    with open(path) as stream:
        return stream.read()
def tell(*found):
    print("found " + json.dumps(found))
def azureml_main(first=None, second=None):
"""


class Desk:
    """A project with a workspace of its own, in the home of a person with settings; where its jobs run."""

    def __init__(self, folder: Path, interpreter: str, *, warm: bool, policy: Policy) -> None:
        self.project = folder / "project"
        self.workspace = self.project / ".transom"
        self.database = self.workspace / "workspace.db"
        self.key = folder / ".config" / "transom" / "secret.key"
        for path in (self.database, self.key, self.project / "table.csv", self.workspace / "runs/other/log.txt"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.name)
        self.settings = Settings(data_folder=folder / ".local/share/transom", workspace=self.workspace)
        premises = premises_of(self.settings, self.workspace)
        self.grounds = Grounds(Confinement(policy, policy.network, named=policy is not Policy.OPEN), premises=premises)
        self.worker = Worker(
            self.workspace, interpreter, grounds=self.grounds, given=self.workspace / "given", stop_seconds=1.0
        )
        self.warm = warm

    def allow(self, **more: tuple[str, ...]) -> None:
        """Let scripts touch more."""
        self.worker.grounds = replace(self.grounds, confinement=replace(self.grounds.confinement, **more))

    def run(self, body: str, answers: Mapping[str, WorkspaceAnswer] | None = None, **options: Any) -> Done:
        """Run a script whose entry point has this body."""
        script = BEGIN + "".join(f"    {line}\n" for line in body.strip().splitlines())
        if self.warm:
            self.worker.spares = Spares(Origin(self.worker.interpreter), self.workspace / "warm", self.worker.grounds)
        try:
            return self.worker.run(script, answers=answers, **options)
        finally:
            if self.worker.spares is not None:
                self.worker.spares.close()
                self.worker.spares = None

    def found(self, body: str, answers: Mapping[str, WorkspaceAnswer] | None = None, **options: Any) -> list[Any]:
        """What such a script told."""
        done = self.run(body, answers, **options)
        line = next((line for line in done.log.splitlines() if line.startswith("found ")), None)
        assert line is not None, (done.outcome.failure, done.log)
        told: list[Any] = json.loads(line[6:])
        return told

    def gives(self, content: bytes, name: str = "cars.csv") -> Mapping[str, Any]:
        return {"content": self.worker.blobs.put_bytes(content), "name": name}

    def given_folders(self) -> list[str]:
        given = self.workspace / "given"
        given.chmod(0o711)
        names = os.listdir(given)
        given.chmod(0o311)
        return names


@pytest.fixture(params=["host", "host warm", "py36", "py36 warm"])
def way(request: pytest.FixtureRequest) -> tuple[str, bool]:
    """An interpreter, and whether it is warm."""
    oldest = python_of(ENVIRONMENTS[0])
    if request.param.startswith("py36") and oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    return (sys.executable if request.param.startswith("host") else str(oldest)), request.param.endswith("warm")


@pytest.fixture(params=CONFINING)
def policy(request: pytest.FixtureRequest) -> Policy:
    found: Policy = request.param
    return found


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that is this process's own for the test, outside of /tmp."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="transom-desk-") as folder:
        monkeypatch.setenv("HOME", folder)
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
        yield Path(folder)


@pytest.fixture
def desk(home: Path, way: tuple[str, bool], policy: Policy) -> Desk:
    return Desk(home, way[0], warm=way[1], policy=policy)


@pytest.fixture
def host(home: Path, policy: Policy) -> Desk:
    """The same on the newest Python, cold."""
    return Desk(home, sys.executable, warm=False, policy=policy)


@pytest.mark.parametrize("policy", [Policy.OPEN, *CONFINING], indirect=True)
def test_contents_go_both_ways_and_nothing_of_them_is_left(desk: Desk) -> None:
    heard: list[Mapping[str, Any]] = []

    def register(facts: Mapping[str, Any]) -> Mapping[str, Any]:
        heard.append(facts)
        return {"id": 7}

    answers: dict[str, WorkspaceAnswer] = {
        "dataset/open": lambda _: {"table": desk.gives(b"x\n1\n"), "rows": 1},
        "dataset/register": register,
    }
    found = desk.found(
        """
given = link.ask("dataset/open")
registered = link.ask("dataset/register", name="cars", table=hand("a", b"from the script"))
tell(content(given["table"]["path"]), given["rows"], registered, os.listdir(os.environ["TRANSOM_JOB"] + "/handed"))
""",
        answers,
    )
    assert found == ["x\n1\n", 1, {"id": 7}, []]
    assert desk.worker.blobs.bytes(heard[0]["table"]["digest"]) == b"from the script"
    assert (heard[0]["name"], heard[0]["table"]["bytes"]) == ("cars", 15)
    assert desk.given_folders() == []
    assert not (desk.worker.folder / "run1" / "given").exists()


def test_what_was_given_is_read_and_changed_in_no_way(desk: Desk) -> None:
    given = desk.gives(b"whole")
    found = desk.found(
        """
path = link.ask("dataset/open")["file"]["path"]
held = os.open(path, os.O_RDONLY)
folder = os.path.dirname(path)
def write(place):
    with open(place, "r+b") as stream:
        stream.write(b"spoilt")
ways = [(write, path), (write, "/proc/self/fd/%d" % held), (os.chmod, path, 0o666), (os.fchmod, held, 0o666)]
ways += [(os.unlink, path), (os.rename, path, "mine"), (os.link, path, "mine"), (os.utime, held, (1, 1))]
ways += [(os.truncate, path, 0), (os.mkdir, folder + "/more"), (os.chmod, folder, 0o777)]
ways += [(os.chown, path, os.getuid(), os.getgid()), (os.symlink, "x", folder + "/link")]
tell([tried(*way) for way in ways], content(path))
""",
        {"dataset/open": lambda _: {"file": given}},
    )
    assert set(found[0]) <= {"OSError", "PermissionError"}, found
    assert found[1] == "whole"
    assert desk.worker.blobs.path(given["content"]).stat().st_mode & 0o777 == 0o444


def test_a_job_finds_nothing_of_what_another_one_was_given(desk: Desk) -> None:
    other = desk.workspace / "given" / ("0" * 32) / "1"
    other.mkdir(parents=True)
    (other / "secret.csv").write_text("secret")
    found = desk.found(
        """
own = os.path.dirname(os.path.dirname(link.ask("dataset/open")["file"]["path"]))
above = os.path.dirname(own)
tell(os.listdir(own), tried(os.listdir, above), tried(os.chmod, above, 0o755), tried(os.mkdir, above + "/more"))
""",
        {"dataset/open": lambda _: {"file": desk.gives(b"x")}},
    )
    assert found[0] == ["1"]
    assert found[1] == "PermissionError"
    assert set(found[2:]) <= {"OSError", "PermissionError"}
    assert desk.given_folders() == ["0" * 32]


@pytest.mark.parametrize("kind", ["allow_read", "allow_write"])
def test_the_workspace_is_hidden_also_in_a_folder_that_may_be_read_or_written(desk: Desk, kind: str) -> None:
    desk.allow(**{kind: (str(desk.project),)})
    here = desk.workspace
    hidden = [here, desk.database, here / "runs/other/log.txt", here / "blobs", here / "given", desk.key]
    found = desk.found(
        f"""
project = {str(desk.project)!r}
def look(path):
    return os.listdir(path) if os.path.isdir(path) else content(path)
def write(path):
    with open(path, "a") as stream:
        stream.write("x")
tell(content(project + "/table.csv"), content(link.ask("dataset/open")["file"]["path"]), tried(write, project + "/new"))
tell([tried(look, path) for path in {list(map(str, hidden))!r}])
tell([tried(write, path) for path in {[str(desk.database), str(here / "more")]!r}])
with open("own.txt", "w") as stream:
    stream.write("its own folder lies in there, too")
""",
        {"dataset/open": lambda _: {"file": desk.gives(b"given")}},
    )
    assert found[:2] == ["table.csv", "given"]
    assert (found[2] is None) == (kind == "allow_write")
    done = (desk.worker.folder / "run1" / "log.txt").read_text().splitlines()
    tried = [line for line in done if line.startswith("found ")][1:]
    assert len(tried) == 2
    for line in tried:
        assert set(json.loads(line[6:])[0]) <= {"PermissionError", "FileNotFoundError", "OSError"}, line
    assert desk.database.read_text() == "workspace.db"


def test_a_process_that_the_script_starts_asks_too(host: Desk) -> None:
    asks = """
        import importlib.util, os, sys
        spec = importlib.util.spec_from_file_location("link", sys.argv[1])
        link = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(link)
        print(open(link.ask("dataset/open")["file"]["path"]).read(), flush=True)
    """
    lines = "\n".join(line.strip() for line in asks.strip().splitlines())
    done = host.run(
        f"import subprocess\nsubprocess.check_call([sys.executable, '-c', {lines!r}, {str(CHILD / 'link.py')!r}])",
        {"dataset/open": lambda _: {"file": host.gives(b"to a child")}},
    )
    assert done.outcome.status is Status.SUCCEEDED, done.log
    assert "to a child" in done.log


@pytest.mark.parametrize("policy", [Policy.STRICT], indirect=True)
def test_a_strict_script_is_refused_with_what_to_do(desk: Desk) -> None:
    answers: dict[str, WorkspaceAnswer] = {
        "dataset/open": lambda _: {"file": desk.gives(b"x")},
        "workspace/describe": lambda _: {"name": "project"},
    }
    found = desk.found(
        """
try:
    link.ask("dataset/open")
except link.Refused as wrong:
    tell(link.ask("workspace/describe"), str(wrong), wrong.remedy)
""",
        answers,
    )
    assert found[:2] == [{"name": "project"}, "The script may not use the workspace under the policy strict."]
    assert "--policy confined" in found[2]


def test_a_refusal_of_the_workspace_is_a_sentence_and_a_remedy(host: Desk) -> None:
    def refuse(_: Mapping[str, Any]) -> Mapping[str, Any]:
        raise WrongUse(problem="There is no dataset cars.", advice="Add it.")

    found = host.found(
        """
try:
    link.ask("dataset/get", name="cars")
except link.Refused as wrong:
    tell(str(wrong), wrong.remedy)
""",
        {"dataset/get": refuse},
    )
    assert found == ["There is no dataset cars.", "Add it."]


def test_what_a_stopped_job_was_given_is_gone_too(host: Desk) -> None:
    done = host.run(
        'link.ask("dataset/open")\nimport time\ntime.sleep(60)',
        {"dataset/open": lambda _: {"file": host.gives(b"x")}},
        limits=Limits(timeout=2.0),
    )
    assert done.outcome.status is Status.TIMED_OUT
    assert host.given_folders() == []


def test_packages_are_asked_for_as_before_whatever_a_workspace_answers(host: Desk) -> None:
    answered: list[object] = []

    def wrong(facts: Mapping[str, Any]) -> Mapping[str, Any]:
        answered.append(facts)
        return {}

    found = host.found('tell(link.ask("packages/uninstall", names=[]))', {"packages/uninstall": wrong})
    assert (found, answered) == ([{"removed": []}], [])


def test_a_file_that_was_handed_over_counts_as_the_jobs_until_it_is_taken(host: Desk) -> None:
    body = 'hand("large", b"x" * 30000000)\nimport time\ntime.sleep(30)'
    done = host.run(body, limits=Limits(disk=10_000_000))
    assert done.outcome.failure is not None
    assert done.outcome.failure.kind == "disk_exceeded"


def test_a_secret_that_the_script_was_told_is_shown_nowhere(host: Desk) -> None:
    secret = "hush-hush-0123456789"
    done = host.run(
        """
secret = link.ask("secret/get", name="key")["value"]
assert secret.startswith("hush")
print("the secret is", secret)
lines = [{"kind": "log", "name": "m", "value": secret}, {"kind": "tag", "name": "t", "value": "of " + secret}]
lines += [{"kind": "property", "name": secret, "value": secret}, {"kind": "error", "value": secret}]
lines += [{"kind": "child", "child": "1", "name": secret}, {"kind": "tag", "child": "1", "name": "t", "value": secret}]
with open(os.path.join(os.environ["TRANSOM_JOB"], "metrics.jsonl"), "a") as stream:
    stream.writelines(json.dumps(line) + chr(10) for line in lines)
if secret: raise KeyError(secret)  # hush-hush-0123456789
""",
        {"secret/get": lambda _: {"value": secret, "secret": True}},
    )
    assert "the secret is ***" in done.log
    assert secret not in done.log
    assert done.outcome.failure is not None
    assert done.outcome.failure.frames[-1].code.endswith("# ***")
    assert done.outcome.metrics == {"m": "***"}
    assert done.outcome.children[0].tags == {"t": "***"}
    assert secret not in repr(done.executed)


def test_a_secret_that_was_not_told_as_one_is_not_masked(host: Desk) -> None:
    done = host.run('print(link.ask("secret/get"))', {"secret/get": lambda _: {"value": "open and plain"}})
    assert "{'value': 'open and plain'}" in done.log


# What surrounds a job


def test_the_premises_hide_the_workspace_and_the_settings_and_share_what_is_given(home: Path) -> None:
    settings = Settings(data_folder=home / "data")
    premises = premises_of(settings, home / "project" / ".transom")
    assert premises.shared == (home / "data/packages/sets", home / "project/.transom/given")
    assert premises.hidden == (home / "project/.transom", home / ".config/transom")
    assert premises.data_folder == home / "data"
    assert all(place.is_dir() for place in premises.shared)


def test_the_default_workspace_in_the_data_folder_gives_contents_too(home: Path, policy: Policy) -> None:
    desk = Desk(home, sys.executable, warm=False, policy=policy)
    workspace = desk.settings.data_folder / "workspace"
    desk.worker.grounds = replace(desk.grounds, premises=premises_of(desk.settings, workspace))
    desk.worker.folder, desk.worker.given = workspace, workspace / "given"
    found = desk.found(
        f"""
tell(content(link.ask("dataset/open")["file"]["path"]), tried(os.listdir, {str(workspace / "blobs")!r}))
""",
        {"dataset/open": lambda _: {"file": desk.gives(b"given")}},
    )
    assert found[0] == "given"
    assert found[1] in ("PermissionError", "FileNotFoundError")
