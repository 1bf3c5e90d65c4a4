"""How the run of one script lies in its bundle, and is made again from it.

The file holds `run.json` (what was asked for, the digests of what went in and came out), `script/NAME`,
`script_bundle.zip`, `inputs/PORT.arrow`, `environment.lock`, `log.txt` and `outcome.json`. All of it is read as what
strangers made: paths come from its names of ports only, and a policy in it can make a run stricter, never looser.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import ContentRemoved
from transom.model.assets import Sdk
from transom.model.scripts import INPUT_PORTS
from transom.workspace.inputs import BUNDLE_PORT
from transom.workspace.reproducing_files import (
    LOCK,
    LOG,
    OUTCOME,
    RUN,
    VERSION,
    Bundle,
    Replayed,
    Replaying,
    as_json,
    as_list,
    as_object,
    environment_here,
    lock_text,
    masked,
    masked_text,
    policy_of,
    write_table,
    write_zip,
)
from transom.workspace.requests import RunRequest
from transom.workspace.running import Runner
from transom.workspace.runs import Runs, metrics_of

if TYPE_CHECKING:
    from zipfile import ZipFile

    from transom.model.records import RunInput, RunRecord
    from transom.settings import Settings

FORMAT = "transom run"
_BUNDLE = "script_bundle.zip"
_LOCK_HERE = "requirements.txt"


class ScriptWriting:
    """The parts of one bundle as they are written; `step` is that of a pipeline which the record is of."""

    def __init__(self, runs: Runs, record: RunRecord, sample: int | None, step: str | None = None) -> None:
        self.runs = runs
        self.record = record
        self.sample = sample
        self.step = step
        self.warnings: list[str] = []

    def write(self, archive: ZipFile) -> None:
        """Write all parts. Raises ContentRemoved."""
        record, runs = self.record, self.runs
        assert record.ended is not None
        name = Path(record.begun.script_shown).name or "script.py"
        archive.writestr(f"script/{name}", runs.content(record, record.begun.script, "its script"))
        inputs = [self._input(archive, each) for each in record.ended.inputs]
        lock = runs.lock(record)
        if lock:
            archive.writestr(LOCK, lock_text(lock, record.ended.environment, record.ended.python))
        if record.ended.log is not None or self.step is None:  # else it is that of the whole run
            with suppress(ContentRemoved):
                archive.writestr(LOG, masked_text(runs.log(record)).encode("utf-8", "backslashreplace"))
        archive.writestr(OUTCOME, as_json(record.ended.document))
        archive.writestr(RUN, as_json(self._told(name, inputs)))
        packages = record.begun.request.get("packages")
        if masked(packages) != packages:
            self.warnings.append("Passwords and queries of the addresses of packages were left out.")

    def _told(self, name: str, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        ended, begun = self.record.ended, self.record.begun
        assert ended is not None
        told = {
            "format": FORMAT,
            "version": VERSION,
            "run": self.record.id,
            "step": self.step,
            "created": begun.created.isoformat(),
            "script": name,
            "entry_point": begun.entry_point,
            "request": dict(begun.request),
            "inputs": inputs,
            "environment": {
                "name": ended.environment,
                "python": ended.python,
                "digest": ended.environment_digest,
                "policy": ended.policy,
            },
            "status": ended.status.value,
            "results": {port: each.digest for port, each in ended.results.items()},
            "metrics": metrics_of(self.record),
        }
        return {key: value for key, value in told.items() if value is not None}

    def _input(self, archive: ZipFile, each: RunInput) -> dict[str, Any]:
        told = {"port": each.port, "shown": each.shown, "digest": each.digest, "whole": False, "there": False}
        if each.port == BUNDLE_PORT:
            write_zip(archive, _BUNDLE, self.runs.path(self.record, each.digest, "its bundle"))
            return told | {"whole": True, "there": True}
        digest = each.digest if each.kept else each.sample
        if digest is None:
            self.warnings.append(f"{each.port} ({each.shown}) was not kept, so it is not in the bundle.")
            return told
        path = self.runs.path(self.record, digest, each.port)
        write_table(archive, f"inputs/{each.port}.arrow", path, self.sample)
        whole = each.kept and (self.sample is None or (each.shape is not None and each.shape.rows <= self.sample))
        if not whole:
            self.warnings.append(f"Of {each.port} ({each.shown}) the first rows only are in the bundle.")
        return told | {"whole": whole, "there": True}


def replay_script(bundle: Bundle, folder: Path, settings: Settings, how: Replaying) -> Replayed:
    """Make the run of a script again, its files unpacked below `folder`. Raises what `Runner.run` raises."""
    request = _request(bundle, folder)
    told = as_object(bundle.told.get("environment"))
    environment, notes = environment_here(told, folder / _LOCK_HERE, settings, how.environment)
    request = replace(request, environment=environment, policy=policy_of(how.policy, told.get("policy")))
    result = Runner(settings).run(request)
    return _compared(bundle.told, result.id, result.outcome, notes)


def _request(bundle: Bundle, folder: Path) -> RunRequest:
    """The run as it was asked for."""
    name = os.path.basename(bundle.text(bundle.told.get("script"), "script"))
    script = bundle.unpacked(f"script/{name}", folder / (name or "script.py"))
    tables = {
        port: bundle.unpacked(f"inputs/{port}.arrow", folder / f"{port}.arrow")
        for port in INPUT_PORTS
        if f"inputs/{port}.arrow" in bundle.names
    }
    zipped = bundle.unpacked(_BUNDLE, folder / _BUNDLE) if _BUNDLE in bundle.names else None
    if LOCK in bundle.names:
        bundle.unpacked(LOCK, folder / _LOCK_HERE)
    asked = as_object(bundle.told.get("request"))
    return RunRequest(
        script=script,
        entry_point=bundle.text(bundle.told.get("entry_point"), "entry_point"),
        tables=tables,
        bundle=zipped,
        packages=tuple(each for each in as_list(asked.get("packages")) if isinstance(each, str)),
        bundle_requirements=asked.get("bundle_requirements") is True,
        sdk=next((each for each in Sdk if each == asked.get("sdk")), None),
    )


def _compared(told: dict[str, Any], run: str, outcome: Any, notes: tuple[str, ...]) -> Replayed:
    """How what came out compares with what came out first."""
    status, step = outcome.status.value, told.get("step")
    of = f"The step {step} of the run" if isinstance(step, str) else "The run"
    sentences = [f"{of} {told.get('run')} was made again as {run}.", *notes]
    cut = [each for each in map(as_object, as_list(told.get("inputs"))) if each.get("whole") is not True]
    if cut:
        sentences.append("Inputs are in the bundle in part only, so other results are to be expected.")
    expected = as_object(told.get("results"))
    same = {port: made.digest == expected.get(port) for port, made in outcome.results.items()}
    different = sorted(port for port, equal in same.items() if not equal)
    equal = status == told.get("status") and not different
    if status != told.get("status"):
        sentences.append(f"It {status} now; it was {told.get('status')}.")
    if different:
        sentences.append(f"Another table came out of {' and '.join(different)}.")
    if equal:
        sentences.append("The same came out.")
    return Replayed(run, str(told.get("run")), status, equal, tuple(sentences), same)
