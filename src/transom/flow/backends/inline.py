"""The backend without threads: a job is executed in the call that submits it, one after the other."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from transom.flow.backends import AnyJob, Execute

if TYPE_CHECKING:
    from transom.engine.step import Executed


class InlineBackend:
    """Executes each job at once; see Backend."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def submit(self, job: AnyJob) -> Future[Executed]:
        """See Backend."""
        future: Future[Executed] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(self._execute(job))
        except BaseException as wrong:  # whoever asks the future is told, as by any other backend
            future.set_exception(wrong)
        return future

    def close(self) -> None:
        """See Backend."""
