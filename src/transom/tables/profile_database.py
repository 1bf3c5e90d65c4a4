"""How DuckDB is asked about Arrow columns: shut off from files and networks, within little memory, to be stopped."""

from __future__ import annotations

import os
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

#: What DuckDB may have in memory; what needs more goes to temporary files. Mapped tables do not count.
MEMORY_BYTES = 1 << 30
#: How often it is asked whether to stop, in seconds.
_LOOK_SECONDS = 0.05
#: The name of the registered columns.
TABLE = "given"

Rows: TypeAlias = list[tuple[Any, ...]]


class Database:
    """A database in memory that holds nothing; it is asked about the columns that are registered at the time."""

    def __init__(self, connection: Any, stop: Callable[[], bool] | None) -> None:
        self._connection = connection
        self._stop = stop
        # It works in another thread, so that this one can look whether to stop, and hear Ctrl-C.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="statistics")

    def give(self, columns: pa.Table) -> None:
        """Register columns under the name TABLE, in place of earlier ones; nothing is copied. Raises duckdb.Error."""
        self._run(lambda: self._connection.register(TABLE, columns))

    def ask(self, query: str) -> Rows:
        """The rows of an answer. Raises duckdb.Error, and CancelledError once `stop` says so."""
        return self._run(lambda: self._connection.execute(query).fetchall())  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the work and forget the columns."""
        self._worker.shutdown()
        self._connection.close()

    def _run(self, work: Callable[[], Any]) -> Any:
        self._look()
        running = self._worker.submit(work)
        try:
            while True:
                try:
                    return running.result(_LOOK_SECONDS)
                except TimeoutError:
                    if running.done():
                        raise
                self._look()
        finally:
            self._interrupt(running)

    def _look(self) -> None:
        if self._stop is not None and self._stop():
            raise CancelledError

    def _interrupt(self, running: Future[Any]) -> None:
        """End what still runs; an interrupt that comes before the query has begun is forgotten, hence again."""
        while not running.done():
            self._connection.interrupt()
            try:
                running.exception(_LOOK_SECONDS)
            except TimeoutError:
                pass


@contextmanager
def database(stop: Callable[[], bool] | None = None) -> Iterator[Database]:
    """A database for the time of the block; `stop` is asked often whether to give up."""
    import duckdb  # 0.2 s; only who wants statistics waits for it

    with TemporaryDirectory(prefix="transom-statistics-") as folder:
        connection = duckdb.connect(":memory:", config=_CONFIGURATION | {"temp_directory": folder, "threads": _cores()})
        # Only now: a database without access to files is not told of a folder any more.
        for setting in ("enable_progress_bar = false", "enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"SET {setting}")
        opened = Database(connection, stop)
        try:
            yield opened
        finally:
            opened.close()


_CONFIGURATION: dict[str, Any] = {
    "memory_limit": f"{MEMORY_BYTES}B",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "preserve_insertion_order": False,
}


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
