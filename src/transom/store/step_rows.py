"""How the record of a step is written into a row, and read from it; which contents a row names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from transom.model.step_records import StepBegun, StepEnded, StepRecord
from transom.store.history_rows import RUNNING, Columns

WAITING = "waiting"
#: What of a row a step changes when it begins, and when it has ended.
BEGINNING = (
    *("status", "key", "content", "began", "script"),
    *("why", "outcome", "log", "reused_run", "reused_step", "attempts", "ended", "seconds", "peak_memory"),
)
ENDING = (
    *("status", "why", "key", "content", "outcome", "log", "reused_run", "reused_step", "attempts", "ended"),
    *("seconds", "script", "peak_memory"),
)
#: What of a row an outcome needs that is taken again.
FOUND = ("name", "place", "component", "status", "key", "outcome", "log")
_STOPPED = "stopped"
_LEFT = {
    WAITING: "Transom was ended before this step began",
    RUNNING: "Transom was ended while this step was being executed",
}
_DIGEST = re.compile(r'"([0-9a-f]{64})"')
_LASTING = re.compile(r'"(?:script|lock)":"([0-9a-f]{64})"')


def begun_step_columns(begun: StepBegun, now: datetime) -> Columns:
    """What a step that begins changes of its row: of an earlier try nothing stays."""
    nothing = dict.fromkeys(("outcome", "log", "reused_run", "reused_step", "ended", "peak_memory"))
    told = {"status": RUNNING, "key": begun.key, "content": begun.content, "began": now}
    script = begun.content.get("script")
    return {**nothing, **told, "script": script or "", "why": "", "attempts": 0, "seconds": 0.0}


def ended_step_columns(ended: StepEnded, now: datetime) -> Columns:
    """What a step that has ended changes of its row."""
    reused_run, reused_step = ended.reused or (None, None)
    return {
        "status": ended.status,
        "why": ended.why,
        "key": ended.key,
        "content": ended.content,
        "outcome": ended.outcome,
        "log": ended.log,
        "reused_run": reused_run,
        "reused_step": reused_step,
        "attempts": ended.attempts,
        "ended": now,
        "seconds": ended.seconds,
        "script": ended.script,
        "peak_memory": ended.peak_memory,
    }


def step_of(row: Row[Any]) -> StepRecord:
    """The record of a row that has the run's id and, as `run_status`, its status.

    What waits or is executed in a run that is over was left by a Transom that was killed.
    """
    is_left = row.run_status != RUNNING and row.status in _LEFT
    return StepRecord(
        run=row.id,
        place=row.place,
        name=row.name,
        component=row.component,
        status=_STOPPED if is_left else row.status,
        why=_LEFT[row.status] if is_left else row.why,
        key=row.key,
        content=row.content,
        outcome=row.outcome,
        log=row.log,
        reused=None if row.reused_run is None else (row.reused_run, row.reused_step),
        attempts=row.attempts,
        began=row.began,
        ended=row.ended,
        seconds=row.seconds,
    )


def found_of(row: Row[Any]) -> StepRecord:
    """The record of a row of which only the run's id and `FOUND` were read."""
    return StepRecord(
        run=row.id,
        place=row.place,
        name=row.name,
        component=row.component,
        status=row.status,
        key=row.key,
        outcome=row.outcome,
        log=row.log,
    )


def digests_in(*texts: str | None) -> Iterator[str]:
    """Whatever in the texts of documents could be the digest of a content: reading each would take far longer."""
    for text in texts:
        if text is not None:
            yield from _DIGEST.findall(text)


def lasting_digests_in(content: str | None) -> list[str]:
    """The digests in the text of a step's content that stay as long as its record: of its script and of a lock."""
    return [] if content is None else _LASTING.findall(content)
