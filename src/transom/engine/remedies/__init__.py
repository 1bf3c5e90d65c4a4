"""What to do about a failure: one visible list of what is looked at, the most particular first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from transom.engine.remedies.context import FailureContext
from transom.model.runs import Failure

__all__ = ["FailureContext", "remedy"]

_ADVICE: tuple[Callable[[Failure, FailureContext], str | None], ...] = ()


def remedy(failure: Failure, context: FailureContext) -> Failure:
    """The failure with its remedy, where something useful is known; one that has a remedy keeps it."""
    if failure.remedy:
        return failure
    for advice in _ADVICE:
        found = advice(failure, context)
        if found:
            return replace(failure, remedy=found)
    return failure
