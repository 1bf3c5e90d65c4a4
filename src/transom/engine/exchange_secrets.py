"""Which texts of an outcome could tell a secret that the job was told, and are masked before anybody sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from transom.model.runs import Cause, ChildRun, Failure, Frame, Outcome


def without_secrets(outcome: Outcome, facts: Mapping[str, Any], secrets: Sequence[str]) -> tuple[Outcome, Any]:
    """The outcome, and the facts of its failure, as they may be kept and shown."""
    if not secrets:
        return outcome, facts
    from transom.store.masking import masked  # what most jobs never need

    def mask(told: Any) -> Any:
        return masked(told, secrets)

    def frames(told: tuple[Frame, ...]) -> tuple[Frame, ...]:
        return tuple(replace(each, code=mask(each.code)) for each in told)

    def cause(told: Cause) -> Cause:
        return replace(told, message=mask(told.message), frames=frames(told.frames))

    def failure(told: Failure) -> Failure:
        causes = tuple(map(cause, told.causes))
        return replace(told, message=mask(told.message), frames=frames(told.frames), causes=causes)

    def child(told: ChildRun) -> ChildRun:
        return replace(told, name=mask(told.name), metrics=mask(dict(told.metrics)), tags=mask(dict(told.tags)))

    hidden = replace(
        outcome,
        failure=None if outcome.failure is None else failure(outcome.failure),
        metrics=mask(dict(outcome.metrics)),
        tags=mask(dict(outcome.tags)),
        properties=mask(dict(outcome.properties)),
        warnings=tuple(map(mask, outcome.warnings)),
        children=tuple(map(child, outcome.children)),
    )
    return hidden, mask(dict(facts))
