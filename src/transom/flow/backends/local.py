"""The backend of this machine: jobs are executed by threads, each of which waits for the process of its job."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from transom.flow.backends import AnyJob, Execute

if TYPE_CHECKING:
    from transom.engine.step import Executed


class LocalBackend:
    """Executes as many jobs at a time as it has threads; see Backend."""

    def __init__(self, execute: Execute, threads: int) -> None:
        self._execute = execute
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="step")

    def submit(self, job: AnyJob) -> Future[Executed]:
        """See Backend."""
        return self._threads.submit(self._execute, job)

    def close(self) -> None:
        """See Backend."""
        self._threads.shutdown(wait=True)
