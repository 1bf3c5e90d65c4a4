"""Where jobs are executed: the one seam between the scheduler and whatever executes a step.

A backend is given a job, and gives a future of how it ended. Cancelling that future stops nothing: a job is stopped by
the flag of its `store.live` folder.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeAlias

from transom.model.runs import Job, NativeJob

if TYPE_CHECKING:
    from transom.engine.step import Executed

#: A script, or a native component.
AnyJob: TypeAlias = Job | NativeJob
#: Executes a job, whole, in the thread that calls it: what a worker does.
Execute: TypeAlias = "Callable[[AnyJob], Executed]"


class Backend(Protocol):
    """Executes jobs somewhere."""

    def submit(self, job: AnyJob) -> Future[Executed]:
        """Execute a job when there is room; the future raises what kept it from being executed at all."""
        ...

    def close(self) -> None:
        """No other job comes; returns when those that were submitted have ended."""
        ...
