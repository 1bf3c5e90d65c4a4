"""What other processes do with a database while a test looks on; the first line that they print says that they do."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import sys
from pathlib import Path

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from tests.store.databases import begun, cars, digest, ended

from transom.errors import TransomError
from transom.model.runs import KeptFile
from transom.store.database import Database
from transom.store.history import History
from transom.store.registry import Registry


def add_versions(url: str, letter: str, count: str) -> None:
    """Add so many versions of `cars`, each with a content that only this process has."""
    registry = Registry(Database(url), "w")
    _wait()
    for number in range(int(count)):
        registry.add_dataset(cars(digest=f"{letter}{number:063}"))


def run_for_ever(url: str) -> None:
    """Record runs of many files until it is killed."""
    history = History(Database(url), "w")
    print("begins", flush=True)
    for number in itertools.count():
        history.begin(begun(f"run-{number}"))
        files = tuple(KeptFile(f"{name}.txt", "text/plain", name, digest("f")) for name in range(50))
        history.end(f"run-{number}", ended(files=files))


def open_it(url: str, backups: str) -> None:
    """Open a database that may have to be upgraded, and say which workspace it is of."""
    database = Database(url, Path(backups))
    print(Registry(database, "w").workspace_facts().id, flush=True)


def killed_at_statement(url: str, backups: str, number: str) -> None:
    """Open a database; kill this process just before its so-many-th statement, if there are so many."""
    counted = itertools.count()

    @event.listens_for(Engine, "before_cursor_execute")
    def kill(*facts: object) -> None:
        if next(counted) == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(url, Path(backups))
    database.close()
    print(next(counted), flush=True)


def hold(url: str) -> None:
    """Write, and do not end until a line comes."""
    database = Database(url)
    with database.writing() as connection:
        _count(connection)
        _wait()


def keep_open(url: str) -> None:
    """Have a connection to the database, which idles, until a line comes."""
    database = Database(url)
    with database.reading() as connection:
        _count(connection)
    _wait()


def _count(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT count(*) FROM runs")


def fill(url: str, most_bytes: str) -> None:
    """Record runs until no file may become larger; say what the error says, then what was recorded."""
    database = Database(url)
    history = History(database, "w")
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), resource.RLIM_INFINITY))
    done = 0
    try:
        for number in range(1000):
            history.begin(begun(f"run-{number}"))
            history.end(f"run-{number}", ended(document={"text": "x" * 20_000}))
            done += 1
    except TransomError as told:
        print(f"{type(told).__name__}: {told}", flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(done, len([each for each in history.list() if each.ended is not None]), flush=True)


def _wait() -> None:
    print("begins", flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    VERBS = (add_versions, run_for_ever, open_it, killed_at_statement, hold, keep_open, fill)
    {verb.__name__: verb for verb in VERBS}[sys.argv[2]](sys.argv[1], *sys.argv[3:])
