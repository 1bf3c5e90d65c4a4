"""How a run travels as one zip file, `transom runs bundle`, and is made again from it somewhere else.

The file of a script's run, and of one step with a script, is told in `reproducing_scripts`; that of a pipeline's run,
and of another step, in `reproducing_pipelines`.
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from transom.errors import ResultUnwritable, WrongUse
from transom.model.records import PIPELINE
from transom.workspace.reproducing_files import VERSION, Replayed, Replaying, opened_bundle
from transom.workspace.reproducing_scripts import FORMAT, ScriptWriting, replay_script

if TYPE_CHECKING:
    from transom.model.records import RunRecord
    from transom.settings import Settings
    from transom.workspace.runs import Runs

__all__ = ["Replayed", "Replaying", "replay_bundle", "write_bundle"]


class _Writing(Protocol):
    warnings: list[str]

    def write(self, archive: ZipFile) -> None:
        """Write all parts of a bundle."""


def write_bundle(
    runs: Runs, record: RunRecord, target: Path, sample: int | None = None, step: str | None = None
) -> dict[str, Any]:
    """Write what it takes to make a run again, or one `step` of a pipeline's run.

    `sample` keeps so many first rows of each input. Gives {"path", "bytes", "warnings"}. Raises ContentRemoved,
    ResultUnwritable, Unknown for a step, and WrongUse for what goes on or cannot be made again.
    """
    if record.ended is None:
        raise WrongUse(problem=f"The run {record.id} is going on.", advice="Bundle it when it has ended.")
    if sample is not None and sample < 0:
        raise WrongUse(problem=f"A sample of {sample} rows is none.", advice="Give 0 or more, such as 1000.")
    writing = _writing(runs, record, sample, step)
    if not target.name:
        raise ResultUnwritable(path=target, reason="it is a folder")
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with ZipFile(aside, "x", ZIP_DEFLATED) as archive:
            writing.write(archive)
        aside.replace(target)
    except OSError as wrong:
        raise ResultUnwritable(path=target, reason=wrong.strerror or str(wrong)) from None
    finally:
        aside.unlink(missing_ok=True)
    return {"path": str(target), "bytes": target.stat().st_size, "warnings": writing.warnings}


def _writing(runs: Runs, record: RunRecord, sample: int | None, step: str | None) -> _Writing:
    if record.begun.kind != PIPELINE and step is None:
        return ScriptWriting(runs, record, sample)
    from transom.workspace.reproducing_pipelines import PipelineWriting
    from transom.workspace.reproducing_steps import is_plain_script, record_of_step, step_to_bundle

    if step is None:
        return PipelineWriting(runs, record, sample)
    found = step_to_bundle(runs, record, step)
    if is_plain_script(found):
        return ScriptWriting(runs, record_of_step(runs, record, found), sample, step)
    return PipelineWriting(runs, record, sample, step)


def replay_bundle(path: Path, settings: Settings, how: Replaying) -> Replayed:
    """Make a run again from its bundle. Raises NotThere, RunBundleInvalid, and what running it raises."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="transom-")))
        bundle = stack.enter_context(opened_bundle(path))
        told = bundle.told
        if told.get("version") == VERSION and told.get("format") == FORMAT:
            return replay_script(bundle, folder, settings, how)
        from transom.workspace.reproducing_pipelines import FORMAT as OF_PIPELINES

        if told.get("version") == VERSION and told.get("format") == OF_PIPELINES:
            from transom.workspace.reproducing_again import replay_pipeline

            return replay_pipeline(bundle, folder, settings, how)
        raise bundle.wrong("it was not written by `transom runs bundle`, or by a newer Transom")
