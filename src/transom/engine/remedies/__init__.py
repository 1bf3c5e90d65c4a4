"""What to do about a failure: one visible list of what is looked at, the most particular first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from transom.engine.remedies.brevity import bounded
from transom.engine.remedies.columns import columns
from transom.engine.remedies.confinement import confined
from transom.engine.remedies.context import FailureContext
from transom.engine.remedies.endings import endings, full, syntax
from transom.engine.remedies.files import encodings, files, permissions
from transom.engine.remedies.known import departed_names, known_before, modules, names
from transom.engine.remedies.ports import ports
from transom.engine.remedies.values import conversions, values
from transom.model.runs import Failure

__all__ = ["ADVICE", "FailureContext", "remedy"]

#: Each is asked in turn; the first that knows something is heard.
ADVICE: tuple[Callable[[Failure, FailureContext], str | None], ...] = (
    endings,
    full,
    syntax,
    ports,
    confined,
    known_before,
    departed_names,
    columns,
    names,
    modules,
    files,
    permissions,
    encodings,
    conversions,
    values,
)


#: Patterns look at so much of a message only: a script could make one on which they take hours.
_LONGEST_MESSAGE = 10_000


def remedy(failure: Failure, context: FailureContext) -> Failure:
    """The failure with its remedy, where something useful is known; one that has a remedy keeps it."""
    if failure.remedy:
        return failure
    looked_at = replace(failure, message=failure.message[:_LONGEST_MESSAGE])
    for advice in ADVICE:
        found = advice(looked_at, context)
        if found:
            return replace(failure, remedy=bounded(found))
    return failure
