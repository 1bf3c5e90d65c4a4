"""Why a step of a run was reused, or was executed: what has changed since it was run the last time, in words."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transom.errors import TransomError, Unknown, WrongUse
from transom.flow.reuse import StepContent, Texts, content_of, differences, key_of
from transom.model.step_records import GOOD, StepRecord

if TYPE_CHECKING:
    from transom.workspace.opening import Workspace

#: Why a step was executed of which nothing had changed.
NOT_KEPT = "what it had made before was not kept"
_LONGEST_TEXT = 1 << 24


@dataclass(frozen=True, slots=True)
class Explaining:
    """Explains the steps of the runs of a workspace."""

    workspace: Workspace

    def step(self, run: str, name: str) -> tuple[StepRecord, str]:
        """A step of a run, and why it was reused or executed. Raises Unknown, WrongUse where there is no such step."""
        found = self.workspace.steps.of_run(run)
        record = next((each for each in found if each.name == name), None)
        if record is not None:
            return record, self.why(record)
        if not found:
            raise WrongUse(problem=f"The run {run} has no steps: it is one of a script.", advice="Name another run.")
        from difflib import get_close_matches

        near = next(iter(get_close_matches(name, [each.name for each in found], 1)), "")
        raise Unknown(
            kind="step", name=name, workspace=self.workspace.folder, listing=f"transom runs show {run}", near=near
        )

    def why(self, record: StepRecord) -> str:
        """The reason in words."""
        if record.status == "reused" and record.reused is not None:
            run, step = record.reused
            of = "" if step == record.name else f", of the step {step}"
            return f"nothing changed: the outcome of the run {run}{of} was reused"
        is_idle = record.status in ("skipped", "stopped", "waiting") and not record.attempts
        if is_idle or record.content is None:
            return record.why or "it was not executed"
        return reason(record.why, self.changes(record.run, {record.name: _content(record)})[record.name])

    def changes(self, run: str, steps: Mapping[str, StepContent | None]) -> dict[str, list[str]]:
        """What changed of each of these steps since it was last run in an earlier run of the same file."""
        earlier = self.workspace.steps.similar(run, [*steps])
        return {name: self._changes(earlier.get(name), now) for name, now in steps.items()}

    def _changes(self, earlier: StepRecord | None, now: StepContent | None) -> list[str]:
        before = None if earlier is None else _content(earlier)
        if earlier is None or before is None or now is None:
            return ["it was not run before"]
        found = differences(before, now, Texts(self._text, self._files))
        if not found and earlier.status not in GOOD:
            return [f"it had {earlier.status} in the run {earlier.run}"]
        if not found and earlier.key != key_of(before):
            return ["the rules of reuse have changed"]
        return found

    def _text(self, digest: str) -> str | None:
        try:
            if self.workspace.blobs.size(digest) > _LONGEST_TEXT:
                return None
            return self.workspace.blobs.bytes(digest).decode("utf-8", "replace")
        except TransomError:
            return None

    def _files(self, digest: str) -> Mapping[str, str] | None:
        """What tells the files of a zip apart, by name; None where it is none."""
        try:
            with zipfile.ZipFile(self.workspace.blobs.path(digest)) as archive:
                entries = [each for each in archive.infolist() if not each.is_dir()]
                return {each.filename: f"{each.CRC}-{each.file_size}" for each in entries}
        except (TransomError, OSError, ValueError, zipfile.BadZipFile):
            return None


def reason(why: str, changes: Sequence[str]) -> str:
    """Why a step was executed: what was known before it was, and what has changed since it was the last time."""
    return "; ".join([*([why] if why else []), *changes]) or NOT_KEPT


def _content(record: StepRecord) -> StepContent | None:
    try:
        return None if record.content is None else content_of(record.content)
    except ValueError:
        return None
