"""What to do where a script does not fit the component of its own that it belongs to: how its names are written."""

from __future__ import annotations

from dataclasses import replace

from transom.model.runs import Failure, FailureKind, Job

#: So many names stand in an advice, so many characters of it are one's own.
_MOST_NAMES = 8


def with_remedy(failure: Failure, job: Job) -> Failure:
    """The failure with what to do, where it is about the keywords or the results of a job that has its own."""
    if failure.kind is FailureKind.ENTRY_POINT_SIGNATURE:
        remedy = f"Write `{definition(job.entry_point, job.keywords or ())}`, or name in component.yaml what it takes."
        return replace(failure, remedy=remedy)
    if failure.kind is FailureKind.RESULT_INVALID and _is_of_the_whole(failure, job):
        return replace(failure, remedy=f"Write `{_returned(job.outputs)}`, each a DataFrame.")
    return failure


def definition(entry_point: str, keywords: tuple[str, ...]) -> str:
    """The first line of a function that takes these keywords."""
    return f"def {entry_point}({_some(list(keywords))}):"


def _is_of_the_whole(failure: Failure, job: Job) -> bool:
    """Whether what was returned is no table: of a table that cannot be kept its columns tell what to do."""
    starts = tuple(f"{output}: the script returned" for output in job.outputs)
    return failure.message.startswith(("The script returned", *starts))


def _returned(outputs: tuple[str, ...]) -> str:
    if not outputs:
        return "return"
    if len(outputs) == 1:
        return f"return {outputs[0]}"
    return f"return {{{_some([f'{name!r}: {name}' for name in outputs])}}}"


def _some(parts: list[str]) -> str:
    return ", ".join([*parts[:_MOST_NAMES], *(["…"] if len(parts) > _MOST_NAMES else [])])
