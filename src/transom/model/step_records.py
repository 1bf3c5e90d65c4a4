"""What is recorded of one step of a pipeline run: what it depended on, how it ended, what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: The states of steps that have an outcome which can be taken again.
GOOD = ("succeeded", "reused")


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step that begins to be executed: its key, and the document of what that is made of."""

    name: str
    key: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step that has ended. `outcome` is the document of its outcome, `log` the digest of what it printed.

    `reused` is the (run, step) whose outcome was taken. `script` is the digest of its script, `peak_memory` in bytes.
    """

    name: str
    status: str
    why: str = ""
    key: str | None = None
    content: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None
    log: str | None = None
    reused: tuple[str, str] | None = None
    attempts: int = 0
    seconds: float = 0.0
    script: str = ""
    peak_memory: int | None = None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as it is recorded: of which run, at which place, and all that is known of it."""

    run: str
    place: int
    name: str
    component: str
    status: str
    why: str = ""
    key: str | None = None
    content: Mapping[str, Any] | None = None
    outcome: Mapping[str, Any] | None = None
    log: str | None = None
    reused: tuple[str, str] | None = None
    attempts: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    seconds: float = 0.0
