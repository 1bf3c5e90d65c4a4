"""What a script may touch under each policy, cold and warm, on the newest and the oldest Python."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.running import Done, Worker
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.confinement import Grounds, Premises
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin
from transom.model.policies import Confinement, Network, Policy
from transom.model.runs import Limits

#: Tries what it is told to, and prints what came of each as JSON.
TRIES = """
import json, os, socket, subprocess
def read(path):
    if os.path.isdir(path):
        return sorted(os.listdir(path))
    with open(path) as stream:
        return stream.read()
def write(path):
    with open(path, "a") as stream:
        stream.write("written")
    return "written"
def connect(address):
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        return connection.recv(5).decode()
def unix(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path.replace("@", chr(0)))
        return connection.recv(5).decode()
def variable(name):
    return os.environ.get(name)
def run(command):
    return subprocess.check_output(command, shell=True, stderr=subprocess.STDOUT).decode().strip()
def azureml_main(a=None, b=None):
    with open("Script Bundle/tries.json") as stream:
        tries = json.load(stream)
    found = []
    for what, argument in tries:
        try:
            found.append(globals()[what](argument))
        except (OSError, subprocess.CalledProcessError) as wrong:
            found.append("refused: " + type(wrong).__name__)
    print("found " + json.dumps(found))
"""
REFUSED = "refused: "
CONFINED = (Policy.CONFINED, Policy.STRICT)


class Home:
    """A person's home with a secret, a table and Transom's data folder, outside of /tmp."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / ".local" / "share" / "transom"
        self.secret = folder / ".ssh" / "id_rsa"
        self.table = folder / "tables" / "cars.csv"
        self.database = self.data / "transom.db"
        self.other_job = self.data / "runs" / "other" / "job" / "secret.txt"
        for path in (self.secret, self.table, self.database, self.other_job):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.name)
        (self.data / "packages").mkdir()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home that is this process's own for the test."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="transom-home-") as folder:
        monkeypatch.setenv("HOME", folder)
        yield Home(Path(folder))


@pytest.fixture(params=["host", "host warm", "py36", "py36 warm"])
def way(request: pytest.FixtureRequest) -> tuple[str, bool]:
    """An interpreter, and whether it is warm."""
    oldest = python_of(ENVIRONMENTS[0])
    if request.param.startswith("py36") and oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    return (sys.executable if request.param.startswith("host") else str(oldest)), request.param.endswith("warm")


class Trying:
    """Runs scripts of one home under one policy."""

    def __init__(
        self, home: Home, way: tuple[str, bool], confinement: Confinement, limits: Limits | None = None
    ) -> None:
        self.interpreter, self.is_warm = way
        premises = Premises(home.data, (home.data / "packages",))
        self.grounds = Grounds(confinement, limits or Limits(), premises)
        self.folder = home.data / "runs"
        self.home = home

    def tries(self, *tries: tuple[str, object]) -> list[object]:
        """What came of each try."""
        tried = [(what, str(argument)) for what, argument in tries]
        done = self.run(TRIES, {"tries.json": json.dumps(tried)})
        line = next((line for line in done.log.splitlines() if line.startswith("found ")), None)
        assert line is not None, (done.outcome.failure, done.log)
        found: list[object] = json.loads(line[6:])
        return found

    def run(self, script: str, bundle: dict[str, str] | None = None) -> Done:
        worker = Worker(self.folder, self.interpreter, grounds=self.grounds)
        if not self.is_warm:
            return worker.run(script, bundle=bundle)
        worker.spares = Spares(Origin(self.interpreter), self.home.data / "warm", self.grounds)
        try:
            return worker.run(script, bundle=bundle)
        finally:
            worker.spares.close()


def under(policy: Policy, **more: object) -> Confinement:
    return replace(Confinement(policy, policy.network, named=True), **more)  # type: ignore[arg-type]


def test_guarded_reads_what_the_person_reads_but_no_credentials_and_nothing_of_transom(
    home: Home, way: tuple[str, bool]
) -> None:
    trying = Trying(home, way, under(Policy.GUARDED))
    tries = [("read", path) for path in (home.table, home.secret, home.secret.parent, home.database, home.other_job)]
    found = trying.tries(*tries, ("read", "/etc/shadow"), ("read", home.data), ("variable", "HOME"))
    assert found[0] == "cars.csv"
    assert all(str(each).startswith(REFUSED) for each in found[1:7]), found
    assert found[7] == str(home.folder)


@pytest.mark.parametrize("policy", CONFINED)
def test_confined_does_not_see_the_home_nor_what_lies_beside_its_job(
    home: Home, way: tuple[str, bool], policy: Policy
) -> None:
    trying = Trying(home, way, under(policy))
    places = (home.table, home.secret, home.database, home.other_job, "/etc/shadow", "/etc/hostname", "/root/.bashrc")
    found = trying.tries(*(("read", path) for path in places), ("read", home.folder))
    assert all(str(each).startswith(REFUSED) for each in found[:-1]), found
    assert found[-1] in ([".local"], REFUSED + "PermissionError", REFUSED + "FileNotFoundError")


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_what_is_allowed_can_be_read_and_written_and_nothing_beside_it(
    home: Home, way: tuple[str, bool], policy: Policy
) -> None:
    out = home.folder / "out"
    out.mkdir()
    config = home.secret.parent / "config"
    config.write_text("allowed")
    allowed = under(policy, allow_read=(str(home.table.parent), str(config)), allow_write=(str(out),))
    found = Trying(home, way, allowed).tries(
        *(("read", home.table), ("read", config), ("read", home.secret)),
        *(("write", out / "new.csv"), ("write", home.table), ("write", home.folder / "beside.csv")),
    )
    assert found[:2] == ["cars.csv", "allowed"]
    assert found[3] == "written"
    assert all(str(found[number]).startswith(REFUSED) for number in (2, 4, 5)), found
    assert (out / "new.csv").read_text() == "written"
    assert home.table.read_text() == "cars.csv"
    assert not (home.folder / "beside.csv").exists()


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_a_place_that_is_reached_by_a_link_can_be_allowed(home: Home, way: tuple[str, bool], policy: Policy) -> None:
    link = home.folder / "linked"
    link.symlink_to("tables")
    found = Trying(home, way, under(policy, allow_read=(str(link / "cars.csv"),))).tries(("read", link / "cars.csv"))
    assert found == ["cars.csv"]


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_tmp_can_be_written_to_and_nothing_of_it_is_left(home: Home, way: tuple[str, bool], policy: Policy) -> None:
    name = f"/tmp/{home.folder.name}.txt"
    script = textwrap.dedent(
        f"""
        import os, tempfile, pandas
        def azureml_main(a=None, b=None):
            with open({name!r}, "w") as stream:
                stream.write("here")
            with tempfile.NamedTemporaryFile() as stream:
                assert stream.name.startswith(os.environ["TMPDIR"]), stream.name
            with open({name!r}) as stream:
                return pandas.DataFrame({{"text": [stream.read()]}})
        """
    )
    done = Trying(home, way, under(policy)).run(script)
    assert done.outcome.failure is None, done.outcome.failure
    assert not os.path.exists(name)


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_a_script_sees_its_own_processes_only_and_starts_what_it_likes(
    home: Home, way: tuple[str, bool], policy: Policy
) -> None:
    found = Trying(home, way, under(policy)).tries(
        ("run", "ls -d /proc/[0-9]* | wc -l"), ("run", "echo $$"), ("read", f"/proc/{os.getpid()}/cmdline")
    )
    assert int(str(found[0])) < 10
    assert int(str(found[1])) < 100
    assert found[2] != Path(f"/proc/{os.getpid()}/cmdline").read_text()


@pytest.mark.parametrize("network", list(Network))
def test_a_script_has_the_network_that_it_was_given(home: Home, way: tuple[str, bool], network: Network) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.listen()
        served = Server(server)
        confinement = replace(under(Policy.GUARDED), network=network)
        found = Trying(home, way, confinement).tries(("connect", f"127.0.0.1:{server.getsockname()[1]}"))
        served.stop()
    if network is Network.OPEN:
        assert found == ["hello"]
    else:
        assert str(found[0]).startswith(REFUSED)


class Server:
    """Greets whoever connects, in a process of its own, until it is stopped."""

    def __init__(self, server: socket.socket) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            while True:
                connection, _ = server.accept()
                connection.sendall(b"hello")
                connection.close()

    def stop(self) -> None:
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_sockets_of_others_are_out_of_reach(home: Home, way: tuple[str, bool], policy: Policy) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + home.folder.name)
        server.listen()
        found = Trying(home, way, under(policy)).tries(("unix", "@" + home.folder.name))
    assert found in ([REFUSED + "PermissionError"], [REFUSED + "ConnectionRefusedError"])


@pytest.mark.parametrize("policy", CONFINED)
def test_no_secret_variable_goes_in_unless_it_is_named(
    home: Home, way: tuple[str, bool], policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_KEY", "secret")
    monkeypatch.setenv("STORAGE_NAME", "named")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    trying = Trying(home, way, under(policy, variables=("STORAGE_NAME",)))
    names = ("STORAGE_KEY", "STORAGE_NAME", "OMP_NUM_THREADS", "HOME", "TMPDIR")
    found = trying.tries(*(("variable", name) for name in names), ("run", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'"))
    assert found[:3] == [None, "named", "1"]
    assert all("/job/" in str(each) or "/spare" in str(each) for each in found[3:5]), found
    assert "secret" not in str(found[5])


def test_a_job_with_other_wishes_than_the_spares_is_forked_for_them(home: Home, tmp_path: Path) -> None:
    plain = Trying(home, (sys.executable, True), under(Policy.CONFINED))
    wider = replace(plain.grounds, confinement=under(Policy.CONFINED, allow_read=(str(home.table),)))
    spares = Spares(Origin(sys.executable), home.data / "warm", plain.grounds)
    worker = Worker(home.data / "runs", grounds=wider, spares=spares)
    reads = json.dumps([("read", str(home.table))])
    try:
        for grounds, expected in ((wider, "cars.csv"), (plain.grounds, REFUSED + "FileNotFoundError")) * 2:
            worker.grounds = grounds
            assert f"found {json.dumps([expected])}" in worker.run(TRIES, bundle={"tries.json": reads}).log
    finally:
        spares.close()


@pytest.mark.parametrize("policy", list(Policy))
def test_the_outcome_says_what_policy_held_and_by_what(home: Home, way: tuple[str, bool], policy: Policy) -> None:
    enforced = Trying(home, way, under(policy)).run(TRIES, {"tries.json": "[]"}).outcome.confinement
    assert enforced is not None
    assert (enforced.policy, enforced.network, enforced.missing) == (policy, policy.network, ())
    assert bool(enforced.by) == (policy is not Policy.OPEN)
    assert ("network namespace" in enforced.by) == (policy in CONFINED)


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_a_script_has_no_rights_that_its_user_gets_from_the_system(
    home: Home, way: tuple[str, bool], policy: Policy
) -> None:
    status, uid = Trying(home, way, under(policy)).tries(("read", "/proc/self/status"), ("run", "id -u"))
    told = dict(line.split(":", 1) for line in str(status).splitlines())
    assert {int(told[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert (told["NoNewPrivs"].strip(), told["Seccomp"].strip()) == ("1", "2")
    assert uid == str(os.getuid())


def test_shared_memory_and_private_devices_are_there(home: Home, way: tuple[str, bool]) -> None:
    memory = Limits(memory=64 * 1024**2)
    trying = Trying(home, way, under(Policy.CONFINED), memory)
    found = trying.tries(
        *(("write", "/dev/shm/x"), ("write", "/dev/null"), ("run", "head -c 4 /dev/urandom | wc -c")),
        *(("run", "stat -fc '%b %S' /dev/shm"), ("read", "/dev/shm")),
    )
    assert found[:3] == ["written", "written", "4"]
    blocks, size = map(int, str(found[3]).split())
    assert blocks * size == 32 * 1024**2
    assert found[4] == ["x"]
    assert not os.path.exists("/dev/shm/x")


@pytest.mark.parametrize("policy", [Policy.GUARDED, *CONFINED])
def test_a_link_in_a_hidden_place_leads_to_what_may_be_seen_there(
    home: Home, way: tuple[str, bool], policy: Policy
) -> None:
    elsewhere = home.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "shared.txt").write_text("shared")
    (home.data / "linked").symlink_to(elsewhere)
    trying = Trying(home, way, under(policy))
    trying.grounds = replace(trying.grounds, premises=Premises(home.data, (home.data / "linked",)))
    found = trying.tries(("read", home.data / "linked" / "shared.txt"), ("read", home.database))
    assert found[0] == "shared"
    assert str(found[1]).startswith(REFUSED)


def test_a_spare_that_waited_while_a_secret_was_written_anew_is_not_used(home: Home) -> None:
    secret = home.folder / ".netrc"
    secret.write_text("before")
    trying = Trying(home, (sys.executable, True), under(Policy.GUARDED))
    spares = Spares(Origin(sys.executable), home.data / "warm", trying.grounds)
    worker = Worker(home.data / "runs", grounds=trying.grounds, spares=spares)
    reads = {"tries.json": json.dumps([("read", str(secret)), ("read", str(home.folder / ".pypirc"))])}
    try:
        assert worker.run(TRIES, bundle=reads).outcome.failure is None
        wait_until(lambda: spares.one_waits)
        aside = home.folder / "aside"
        aside.write_text("anew")
        aside.replace(secret)
        (home.folder / ".pypirc").write_text("made since")
        log = worker.run(TRIES, bundle=reads).log
        assert f"found {json.dumps([REFUSED + 'PermissionError'] * 2)}" in log
    finally:
        spares.close()


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened() and time.monotonic() < until:
        time.sleep(0.01)
    assert happened()
