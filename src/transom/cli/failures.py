"""What is said of a failure in a terminal, of a run of a script and of a step of a pipeline alike."""

from __future__ import annotations

from collections.abc import Iterator

from transom.model.runs import Cause, Failure, Frame


def cause_of(cause: Cause) -> str:
    """What led to it, with its type."""
    return _typed(cause.type, cause.message)


def lines_of(failure: Failure) -> Iterator[str]:
    """All that is told below the sentence: the person's own lines, what led to it, what to do."""
    yield from _frames(failure.frames)
    for cause in failure.causes:
        yield f"  because of {cause_of(cause)}"
        yield from _frames(cause.frames)
    if failure.remedy:
        yield f"  try {failure.remedy}"


def _frames(frames: tuple[Frame, ...]) -> Iterator[str]:
    for frame in frames:
        code = f": {frame.code}" if frame.code else ""
        yield f"  {frame.file}:{frame.line} in {frame.function}{code}"


def _typed(kind: str, message: str) -> str:
    return f"{kind}: {message}" if message else kind
