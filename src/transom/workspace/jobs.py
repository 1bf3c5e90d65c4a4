"""How every job of a workspace is executed: what its parent allows it, who answers its script, what is told of both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from transom.engine.archives import BundleLimits
from transom.engine.packages import Packages
from transom.model.runs import Job, Outcome
from transom.settings import PACKAGES, Settings
from transom.workspace.asked_before import Asked
from transom.workspace.opening import Workspace
from transom.workspace.questions import Answer, on_demand

if TYPE_CHECKING:
    from transom.engine.process import Process
    from transom.engine.step import Allowance, Executed
    from transom.store.live import Live


def executed(
    workspace: Workspace,
    job: Job,
    live: Live,
    process: Process,
    told: Callable[[], Mapping[str, Any]],
    asked: Asked | None = None,
) -> Executed:
    """Execute a job in a process that waits for it; see `engine.step.run_job`, also for what is raised.

    `told` gives the facts of the job's `answering.RunContext`, when its script asks for the first time; `asked` notes
    then what it asks, which its outcome tells.
    """
    from transom.engine.step import run_job  # it loads Arrow

    answers = _answers(workspace, told)
    if asked is not None:
        answers = asked.noting(answers)
    ended = run_job(job, workspace.blobs, live, process, _allowance(workspace), answers)
    outcome = ended.outcome
    if asked is not None:
        outcome = replace(outcome, properties={**outcome.properties, **asked.properties})
    warnings = (*outcome.warnings, *_cut(live, workspace.settings), *_missing(outcome, workspace.settings))
    return replace(ended, outcome=replace(outcome, warnings=warnings))


def _cut(live: Live, settings: Settings) -> Iterator[str]:
    if live.dropped_bytes:
        yield (
            f"The log was cut at {settings.log_bytes:,} bytes; {live.dropped_bytes:,} more were printed. "
            "The setting log_bytes raises that."
        )


def _missing(outcome: Outcome, settings: Settings) -> Iterator[str]:
    """What of its policy this machine does not enforce: it is said once, but the outcome has it every time."""
    enforced = outcome.confinement
    if enforced is None or not enforced.missing:
        return
    said = settings.data_folder / "said" / f"{enforced.policy}-{'-'.join(enforced.missing)}".replace(" ", "_")
    if said.exists():
        return
    with contextlib.suppress(OSError):
        said.parent.mkdir(parents=True, exist_ok=True)
        said.touch()
    yield (
        f"This machine cannot enforce all of the policy {enforced.policy}: it has no means for "
        f"{', '.join(enforced.missing)}. `transom doctor` tells more; this is said once."
    )


def _allowance(workspace: Workspace) -> Allowance:
    """What a job is allowed besides its own limits."""
    from transom.engine.step import Allowance

    settings = workspace.settings
    packages = Packages(settings.data_folder / PACKAGES)
    return Allowance(BundleLimits.of(settings), settings.left_bytes, settings.stop_seconds, packages, workspace.given)


def _answers(workspace: Workspace, told: Callable[[], Mapping[str, Any]]) -> dict[str, Answer]:
    """What the workspace answers to one job; who answers is imported when its script asks for the first time."""

    @cache
    def load() -> Mapping[str, Answer]:
        from transom.workspace.answering import RunContext, answers_of

        return answers_of(workspace, RunContext(**told()))

    return on_demand(load)
