"""Runs one hostile script after the other as a worker does, and tells of each what it achieved and what it harmed.

A program, started by `running`: its arguments are a folder and an interpreter. It is the process that orders the jobs, and so one of
the things that they attack; that is why it is not the process of the tests. It reads requests, a JSON object a line:
{"name", "policy", "network", "warm", "limits", "sibling", "dataset", "connects_in", "allow_read", "allow_write"} (the
last two are names of the bait), and answers each with a line, the verdict.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil
from tests.engine.running import zip_of
from tests.hostile.bait import HERE, Bait
from tests.hostile.exchanged import Exchanged

from transom.engine.bundles import BundleLimits
from transom.engine.checks.surroundings import Surroundings, environment_facts
from transom.engine.confinement import Grounds
from transom.engine.job_folder import JobFolder
from transom.engine.packages import Packages
from transom.engine.process import CHILD, Process, start
from transom.engine.read_only import remove_tree
from transom.engine.remedies import FailureContext, remedy
from transom.engine.step import Allowance, Executed, run_job
from transom.engine.warm import Spares
from transom.engine.warm_process import Origin
from transom.model.policies import Confinement, Network, Policy
from transom.model.runs import Job, Limits, Outcome, UsedEnvironment
from transom.model.scripts import Source
from transom.settings import Settings
from transom.store.blobs import FolderBlobs
from transom.store.live import Live
from transom.workspace import results
from transom.workspace.confining import premises_of

#: What jobs of the suite may use unless a case says otherwise: little, so that it is soon exceeded.
LIMITS = {"timeout": 8.0, "memory": 400e6, "processes": 100, "file_size": 64e6, "disk": 128e6, "outputs": 64e6}
_LOG_BYTES = 4_000_000
_LEFT_BYTES = 10_000_000
_STOP_SECONDS = 0.3
_MOST_LOOKED_AT = 5_000_000
#: What else the machine does may hold this process up, in seconds.
_LONGEST_STANDSTILL = 3.0
#: The kernel's flag of a process that executes nothing more.
_PF_EXITING = 4
_SIBLING = """
import json, os, socket, time
SECRET = {secret!r}
def azureml_main(a=None, b=None):
    with open("secret.txt", "w") as stream:
        stream.write(SECRET)
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(os.environ["TRANSOM_LINK"])
        link.sendall(b'{{"question": "dataset/open", "facts": {{}}}}\\n')
        given = json.loads(link.makefile().readline())["answer"]["files"]["path"]
    with open(given) as held:
        print("ready", flush=True)
        while not os.path.exists("over"):
            time.sleep(0.05)
"""
#: What scripts are told of how far to go by themselves, so that none does harm where nothing stops it.
_ENOUGH = {
    "most_processes": 2000,
    "too_many_processes": 250,
    "most_disk": 1 << 30,
    "most_files": 4000,
    "most_log": 60_000_000,
    "most_result": 300 << 20,
}


@dataclass
class Verdict:
    """What came of one hostile script.

    `achieved` and `refused` are what it said itself, `harm` is what the test found wrong outside of the job, and
    `unclean` what an honest job that followed met.
    """

    name: str
    status: str = ""
    kind: str | None = None
    message: str = ""
    achieved: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    harm: list[str] = field(default_factory=list)
    unclean: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    enforced: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    cold_because: str | None = None
    seconds: float = 0.0
    log: str = ""


def confined_process(
    spares: Spares | None, interpreter: str, folder: Path, grounds: Grounds
) -> tuple[Process, str | None]:
    """A process for one job, warm where there are spares; and why it is cold although there are."""
    if spares is not None:
        return spares.take(folder, grounds)
    JobFolder(folder).prepare()
    return start(interpreter, folder, grounds), None


class Ground:
    """A workspace with bait around it, where jobs are run."""

    def __init__(self, folder: Path, interpreter: str) -> None:
        self.interpreter = interpreter
        self.bait = Bait(folder)
        self.blobs = FolderBlobs(self.bait.workspace / "blobs")
        self.exchanged = Exchanged(self.bait, self.blobs)
        self.packages = Packages(self.bait.data / "packages")
        self._spares: dict[tuple[Policy, Network], Spares] = {}
        self._siblings: dict[tuple[Policy, Network], Sibling] = {}
        self._baselines: dict[tuple[Policy, Network], str] = {}
        self._count = 0
        self._bundle = {path.name: path.read_text("utf-8") for path in (HERE / "bundle").glob("*.py")}
        self.make_input()
        self.surroundings = Surroundings(environment_facts(interpreter))
        self.pulse = Pulse()
        os.chdir(folder)
        for name, what in (("AZURE_CLIENT_SECRET", "variable"), ("DATABASE_PASSWORD", "inherited")):
            os.environ[name] = self.bait.secret(what)
        self.state = _own_state(self.bait)
        bait = self.bait.told
        bait.update(_ENOUGH, child_folder=str(CHILD), interpreter=interpreter, warm_folder="", warm_pid=-1)
        bait.update(sibling_folder="/nowhere", sibling_pids=[])

    def make_input(self) -> None:
        """The input: a table that is kept among the blobs, and must stay as it is."""
        import pyarrow as pa

        table = pa.table({"x": list(range(5000)), "y": [0.5] * 5000, "text": ["some text"] * 5000})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        self.input = self.blobs.put_bytes(sink.getvalue().to_pybytes())
        place = self.blobs.path(self.input)
        found = place.stat()
        self.input_before = (found.st_mode, found.st_mtime_ns)
        self.bait.told.update(input_digest=self.input[:16], input_path=str(place), input_size=found.st_size)

    def grounds(self, asked: Mapping[str, Any]) -> Grounds:
        """What a job may touch."""
        policy = Policy(asked["policy"])
        network = Network(asked.get("network") or policy.network)
        confinement = Confinement(
            policy,
            network,
            tuple(self.bait.told[name] for name in asked.get("allow_read", ())),
            tuple(self.bait.told[name] for name in asked.get("allow_write", ())),
            named=bool(asked.get("named")),
        )
        limits = Limits() if policy is Policy.OPEN else Limits(**{**LIMITS, **asked.get("limits", {})})
        return Grounds(confinement, limits, premises_of(Settings(data_folder=self.bait.data), self.bait.workspace))

    def spares(self, grounds: Grounds) -> Spares:
        """The warm process of a policy, with the limits that most cases have."""
        kind = (grounds.confinement.policy, grounds.confinement.network)
        if kind not in self._spares:
            plain = self.grounds({"policy": kind[0], "network": kind[1], "named": grounds.confinement.named})
            self._spares[kind] = Spares(Origin(self.interpreter), self.bait.workspace / "warm", plain)
        return self._spares[kind]

    def judged(self, asked: Mapping[str, Any]) -> Verdict:
        """Run one script, and look what it did."""
        verdict = Verdict(asked["name"])
        grounds = self.grounds(asked)
        kind = (grounds.confinement.policy, grounds.confinement.network)
        spares = self.spares(grounds)
        if kind not in self._baselines:
            self._baselines[kind] = self._found(spares)
        sibling = self._sibling(kind, spares) if asked.get("sibling") else self._siblings.get(kind)
        self._tell_of(spares, sibling)
        watched = _Watched(self, spares, sibling)
        began = time.monotonic()
        self.pulse.longest = 0.0
        with contextlib.ExitStack() as around:
            for name, manager in (("connects_in", self._connecting_in), ("credentials", self._changing_credentials)):
                if asked.get(name):
                    around.enter_context(manager())
            self._run(asked, grounds, spares if asked["warm"] else None, verdict)
        if self.pulse.longest > _LONGEST_STANDSTILL:
            verdict.harm.append(f"the host stood still for {self.pulse.longest:.1f} s")
        verdict.seconds = time.monotonic() - began
        verdict.harm += watched.harm()
        if sibling is not None and sibling.over:
            del self._siblings[kind]
        found = self._found(spares)
        if found != self._baselines[kind]:
            verdict.unclean.append(_difference(self._baselines[kind], found))
            self._restart(kind)
        return verdict

    def _run(self, asked: Mapping[str, Any], grounds: Grounds, spares: Spares | None, verdict: Verdict) -> None:
        script = (HERE / "scripts" / f"{asked['name']}.py").read_bytes()
        place, outcome, log = None, None, b""
        try:
            place, process_folder, outcome, verdict.cold_because = self._executed(
                script, grounds, spares, dataset=bool(asked.get("dataset")), limits=asked.get("limits", {})
            )
            log = (place / "log.txt").read_bytes()
            verdict.harm += self._left(place, process_folder, outcome, log)
        except Exception:
            verdict.harm.append(f"Transom itself failed: {traceback.format_exc()[-1500:]}")
        if outcome is None:
            return
        lines = log.decode("utf-8", "replace").splitlines()
        verdict.status, verdict.warnings = outcome.status.value, [each[:300] for each in outcome.warnings][:20]
        verdict.achieved = [line[:300] for line in lines if line.startswith("ACHIEVED: ")]
        verdict.refused = [line[:300] for line in lines if line.startswith("REFUSED: ")]
        verdict.log = "\n".join(lines[-12:])[-1500:]
        if outcome.failure is not None:
            verdict.kind, verdict.message = outcome.failure.kind.value, outcome.failure.message[:500]
        if outcome.confinement is not None:
            verdict.enforced, verdict.missing = list(outcome.confinement.by), list(outcome.confinement.missing)

    def _executed(
        self, script: bytes, grounds: Grounds, spares: Spares | None, *, dataset: bool, limits: Mapping[str, Any]
    ) -> tuple[Path, Path, Outcome, str | None]:
        """As a workspace does: the run's folder, the job's folder, the outcome, why it started cold."""
        self._count += 1
        place = self.bait.workspace / "runs" / f"run{self._count}"
        place.mkdir(parents=True)
        live = Live(place, limit_bytes=_LOG_BYTES)
        process, why_cold = confined_process(spares, self.interpreter, place / "job", grounds)
        try:
            texts = {**self._bundle, "bait.json": json.dumps(self.bait.told)}
            bundle = zip_of(texts, place / "bundle.zip")
            all_limits = {} if grounds.confinement.policy is Policy.OPEN else {**LIMITS, **limits}
            job = Job(
                id=place.name,
                script=self.blobs.put_bytes(script),
                script_shown="script.py",
                environment=UsedEnvironment("tests", "3", "0" * 64, self.interpreter),
                datasets={"dataset1": self.input} if dataset else {},
                bundle=self.blobs.put_bytes(self._with_wheel(bundle)),
                bundle_shown="bundle",
                limits=Limits(**{"timeout": 30.0, **all_limits}),
            )
            allowance = Allowance(BundleLimits(), _LEFT_BYTES, _STOP_SECONDS, self.packages, self.exchanged.folder)
            with self.exchanged.answering() as answers:
                executed = run_job(job, self.blobs, live, process, allowance, answers)
        finally:
            process.discard()
        live.finish()
        return place, process.folder, self._with_remedy(executed, script, grounds), why_cold

    def _with_remedy(self, executed: Executed, script: bytes, grounds: Grounds) -> Outcome:
        """The outcome with what a workspace would say of its failure."""
        outcome = executed.outcome
        if outcome.failure is None:
            return outcome
        source = Source("script.py", script, script.decode())
        context = FailureContext(source, self.surroundings, executed.facts, confinement=grounds.confinement)
        return replace(outcome, failure=remedy(outcome.failure, context))

    def _with_wheel(self, bundle: bytes) -> bytes:
        """The bundle, with a wheel in it that the script may have installed."""
        import io
        from zipfile import ZipFile

        content = io.BytesIO(bundle)
        with ZipFile(content, "a") as archive:
            archive.write(self.bait.told["foreign_wheel"], os.path.basename(self.bait.told["foreign_wheel"]))
        return content.getvalue()

    def _left(self, place: Path, folder: Path, outcome: Outcome, log: bytes) -> list[str]:
        """What is wrong with what the job left, when it is kept as a workspace keeps it."""
        harm = []
        kept = results.kept(place, outcome, "", self.blobs)
        said = json.dumps(kept.document(), default=str).encode() + log
        for path in _files_below(place):
            if path.stat().st_size < _MOST_LOOKED_AT and path.name not in ("bundle.zip", "log.txt"):
                said += path.read_bytes()
            if path.is_symlink() or not path.is_file():
                harm.append(f"{path.name} is kept, and no file")
        for result in outcome.results.values():
            said += self.blobs.path(result.digest).read_bytes()[:_MOST_LOOKED_AT]
        if outcome.results and outcome.results["result_dataset"].shape.rows < _MOST_LOOKED_AT:
            kept.tables["result_dataset"].to_arrow().validate(full=True)
        harm += [f"the secret {each} came out" for each in sorted(self.bait.leaks_in(said))]
        if len(log) > _LOG_BYTES + 1_000_000:
            harm.append(f"the log has {len(log)} bytes")
        if not kept.succeeded and os.path.lexists(folder / "work"):
            (folder / "work").rename(place / "work")
        harm += _dangerous(place, self.bait.workspace / "blobs")
        for each in (folder, place):
            remove_tree(each)
            if os.path.lexists(each):
                harm.append(f"the folder {each.name} cannot be removed")
                _make_removable(each)
                remove_tree(each)
        return harm

    # -- around the job --------------------------------------------------------------------------------------------

    def _found(self, spares: Spares) -> str:
        """What an honest job finds, on the same warm process."""
        script = (HERE / "looks_around.py").read_bytes()
        try:
            place, folder, outcome, why_cold = self._executed(script, spares.grounds, spares, dataset=False, limits={})
        except Exception:
            return f"failed: {traceback.format_exc()[-1000:]}"
        log = (place / "log.txt").read_text("utf-8")
        remove_tree(folder)
        remove_tree(place)
        if outcome.failure is not None:
            return f"failed: {outcome.failure.kind}: {outcome.failure.message} {log[-500:]}"
        found = next((line for line in log.splitlines() if line.startswith("found ")), "nothing was found")
        return found if why_cold is None else f"{found} cold: {why_cold}"

    def _tell_of(self, spares: Spares, sibling: Sibling | None) -> None:
        told = self.bait.told
        warm = spares._warm
        told.update(warm_pid=-1 if warm is None else warm.pid, warm_folder=str(warm.folder) if warm else "/nowhere")
        if warm is not None:
            told["locks"] = [*self.bait.told["locks"][:2], str(warm.folder / "lock")]
        if sibling is not None:
            told.update(sibling_folder=str(sibling.folder), sibling_pids=sibling.pids)

    def _sibling(self, kind: tuple[Policy, Network], spares: Spares) -> Sibling:
        if kind not in self._siblings:
            self._siblings[kind] = Sibling(self, spares)
        return self._siblings[kind]

    def _restart(self, kind: tuple[Policy, Network]) -> None:
        sibling = self._siblings.pop(kind, None)
        if sibling is not None:
            sibling.end()
        self._spares.pop(kind).close()
        self._baselines.pop(kind)

    @contextlib.contextmanager
    def _connecting_in(self) -> Iterator[None]:
        """Try to connect to what a job listens at, all the time."""
        over = threading.Event()

        def connect() -> None:
            addresses = [
                (socket.AF_INET, ("127.0.0.1", self.bait.told["port_to_listen_at"])),
                (socket.AF_UNIX, "\0" + self.bait.told["name_to_listen_at"]),
            ]
            while not over.wait(0.02):
                for family, address in addresses:
                    with contextlib.suppress(OSError), socket.socket(family) as made:
                        made.connect(address)

        thread = threading.Thread(target=connect)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @contextlib.contextmanager
    def _changing_credentials(self) -> Iterator[None]:
        """Make credentials where none were, write some anew as programs do, and others again and again."""
        made, replaced = Path(self.bait.told["made_later"]), Path(self.bait.told["replaced"])
        made.write_text(self.bait.secret("madelater"))
        _write_anew(Path(self.bait.told["written_anew"]))
        over = threading.Event()

        def write() -> None:
            while not over.wait(0.05):
                _write_anew(replaced)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            made.unlink()
            self.bait.before = dict(self.bait.snapshots())

    def close(self) -> None:
        """End everything."""
        for sibling in self._siblings.values():
            sibling.end()
        for spares in self._spares.values():
            spares.close()
        self.bait.close()


def _write_anew(path: Path) -> None:
    aside = path.with_name("aside")
    aside.write_bytes(path.read_bytes())
    aside.chmod(0o600)
    aside.replace(path)


class Pulse(threading.Thread):
    """Beats many times a second as long as this process does anything for anybody; `longest` is its longest pause."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self.start()

    def run(self) -> None:
        """Beat."""
        before = time.monotonic()
        while True:
            time.sleep(0.02)
            now = time.monotonic()
            self.longest, before = max(self.longest, now - before), now


class Sibling:
    """An honest job that runs at the same time in the same warm process, and has a secret."""

    def __init__(self, ground: Ground, spares: Spares) -> None:
        place = ground.bait.workspace / "runs" / "sibling" / os.urandom(4).hex()
        place.mkdir(parents=True)
        self._live = Live(place)
        process, _ = spares.take(
            place / "job", ground.grounds({"policy": spares.grounds.confinement.policy, "limits": {"timeout": 3600.0}})
        )
        self.folder = process.folder
        script = _SIBLING.format(secret=ground.bait.secret("sibling")).encode()
        job = Job(
            id="sibling",
            script=ground.blobs.put_bytes(script),
            script_shown="sibling.py",
            environment=UsedEnvironment("tests", "3", "0" * 64, ground.interpreter),
        )
        given = ground.exchanged
        allowance = Allowance(BundleLimits(), _LEFT_BYTES, _STOP_SECONDS, ground.packages, given.folder)
        answers = {"dataset/open": lambda _: {"files": {"content": given.secret, "name": "secret.csv"}}}
        self._thread = threading.Thread(
            target=lambda: run_job(job, ground.blobs, self._live, process, allowance, answers)
        )
        self._thread.start()
        while self._thread.is_alive() and "ready" not in (place / "log.txt").read_text():
            time.sleep(0.01)
        with contextlib.suppress(psutil.Error):
            above = psutil.Process(process.supervisor)
            self.pids = [each.pid for each in (above, *above.children(recursive=True))]
        self.before = self._state()

    @property
    def over(self) -> bool:
        """Whether it has ended, which it does only when it is told to."""
        return not self._thread.is_alive()

    def _state(self) -> tuple[list[str], str]:
        log = self._live.log.read_text("utf-8")
        return sorted(os.listdir(self.folder / "work")), log

    def harm(self) -> list[str]:
        """What happened to it."""
        if self.over:
            return ["the sibling was ended"]
        before, self.before = self.before, self._state()
        return [] if self.before == before else [f"the sibling was changed: {self.before}"]

    def end(self) -> None:
        """Let it end."""
        self._live.ask_to_stop()
        self._thread.join(20)


class _Watched:
    """What is watched while a job runs: the other processes, what lies outside, this process itself."""

    def __init__(self, ground: Ground, spares: Spares, sibling: Sibling | None) -> None:
        self.ground = ground
        self.spares = spares
        self.sibling = sibling
        self.warm = spares.pid
        self.warm_limits = None if self.warm is None else resource.prlimit(self.warm, resource.RLIMIT_NOFILE)

    def harm(self) -> list[str]:
        """What came of it."""
        bait = self.ground.bait
        found = [*_left_processes(bait.told["left_process"]), *bait.was_reached(), *bait.changed_files(), *self._warm()]
        found += _left_files(bait.told["left_name"])
        before, self.ground.state = self.ground.state, _own_state(bait)
        if self.ground.state != before:
            found.append(f"the host was changed: {self.ground.state}")
        found += _spoilt_input(self.ground)
        found += self.ground.exchanged.harm(sum(not each.over for each in self.ground._siblings.values()))
        return found + (self.sibling.harm() if self.sibling is not None else [])

    def _warm(self) -> list[str]:
        if self.warm is None:
            return []
        if self.spares.pid != self.warm or not psutil.pid_exists(self.warm):
            return ["the warm process was ended"]
        if psutil.Process(self.warm).status() == psutil.STATUS_STOPPED:
            os.kill(self.warm, signal.SIGCONT)
            return ["the warm process was stopped"]
        if resource.prlimit(self.warm, resource.RLIMIT_NOFILE) != self.warm_limits:
            resource.prlimit(self.warm, resource.RLIMIT_NOFILE, self.warm_limits)
            return ["the limits of the warm process were changed"]
        return []


def _spoilt_input(ground: Ground) -> list[str]:
    from transom.store.blobs import digest_of

    place = ground.blobs.path(ground.input)
    found = place.stat()
    if (found.st_mode, found.st_mtime_ns) == ground.input_before and digest_of(place) == ground.input:
        return []
    place.unlink()
    ground.make_input()
    return ["the input was changed among the blobs"]


def _own_state(bait: Bait) -> dict[str, Any]:
    """What a job could change of the process that orders it, and of the machine."""
    return {
        "limits": [resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_NPROC)],
        "cores": sorted(os.sched_getaffinity(0)),
        "niceness": os.nice(0),
        "killed first": Path("/proc/self/oom_score_adj").read_text(),
        "machine": socket.gethostname(),
        "mounts": Path("/proc/self/mountinfo").read_text().count(str(bait.folder)),
        "groups": [str(path) for path in Path("/sys/fs/cgroup").glob(f"*/{bait.told['left_name']}")],
    }


def _left_processes(name: str) -> list[str]:
    """Processes of a job that still execute something; they are ended."""
    found = [pid for pid in _living(name) if _lives_on(pid)]
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return [f"the process {pid} was left" for pid in found[:5]]


def _living(name: str) -> Iterator[int]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.name() == name:
                yield process.pid


def _lives_on(pid: int) -> bool:
    """Whether it is neither a zombie nor leaving: the kernel takes its time to take memory down."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] not in "ZX" and not int(fields[6]) & _PF_EXITING


def _left_files(name: str) -> list[str]:
    found = []
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock"):
        path = os.path.join(folder, name)
        for each in (path, f"{path}.py"):
            if os.path.lexists(each):
                os.unlink(each)
                found.append(f"{each} was left")
    return found


def _files_below(place: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(place):
        if Path(folder) == place:
            folders[:] = [name for name in folders if name not in ("job", "work")]
        for name in names:
            yield Path(folder) / name


def _make_removable(place: Path) -> None:
    """Take flags away that keep files from being removed."""
    import array
    import fcntl

    for folder, _, names in os.walk(place):
        for name in names:
            with contextlib.suppress(OSError), open(os.path.join(folder, name), "rb") as stream:
                fcntl.ioctl(stream, 0x40086602, array.array("L", [0]))


def _dangerous(*places: Path) -> list[str]:
    """Files that would run with the rights of their owner, or are devices."""
    import stat

    found = []
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_ISUID | stat.S_ISGID):
                    os.chmod(path, 0o600)
                    found.append(f"{path} has the rights of its owner")
                if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
                    os.unlink(path)
                    found.append(f"{path} is a device")
                with contextlib.suppress(OSError):
                    if "security.capability" in os.listxattr(path, follow_symlinks=False):
                        found.append(f"{path} has capabilities")
    return found


def _difference(before: str, after: str) -> str:
    if not (before.startswith("found ") and after.startswith("found ")):
        return f"{after[:700]} (before: {before[:200]})"
    first, second = (json.JSONDecoder().raw_decode(text[len("found ") :])[0] for text in (before, after))
    changed = {name: (first[name], second.get(name)) for name in first if first[name] != second.get(name)}
    return f"{changed}"[:900] + after[after.rindex("}") + 1 :]


def main(folder: str, interpreter: str) -> None:
    """Answer until there are no more requests."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    ground = Ground(Path(folder), interpreter)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        verdict = ground.judged(json.loads(line))
        print(json.dumps(verdict.__dict__), file=answers, flush=True)
    ground.close()
    remove_tree(Path(folder))
