"""Databases to test with: files of SQLite, and a private PostgreSQL server; and values to put into them."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transom.model.additions import NewDataset, NewModel
from transom.model.assets import DatasetKind
from transom.model.records import RunBegun, RunEnded, RunInput
from transom.model.runs import Column, KeptFile, Result, Status, TableShape
from transom.store.database import Database

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Where:
    """Where a database is, or will be: any number of processes may open it."""

    url: str

    def open(self) -> Database:
        return Database(self.url)


class Server:
    """A PostgreSQL server of its own, which listens on a socket in its folder only."""

    def __init__(self) -> None:
        self._user = _ordinary_user()
        # Not below pytest's folder: the path of a socket is short, and the server is another user than root.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._count = 0
        if self._user is not None:
            os.chown(self.folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._do("initdb", "-D", "data", "-A", "trust", "-U", "tester", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-c listen_addresses= -c fsync=off -c unix_socket_directories={self.folder}"
        self._do("pg_ctl", "-D", "data", "-w", "-l", "log.txt", "-o", options, "start")

    def stop(self) -> None:
        self._do("pg_ctl", "-D", "data", "-m", "immediate", "stop")

    def url(self) -> str:
        """The address of a fresh database: a schema of its own."""
        import psycopg

        self._count += 1
        name = f"of_test_{os.getpid()}_{self._count}"
        with psycopg.connect(f"host={self.folder} user=tester dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql+psycopg://tester@/postgres?host={self.folder}&options=-csearch_path%3D{name}"

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def _do(self, program: str, *words: str) -> None:
        with (self.folder / f"{program}.txt").open("w") as said:
            done = subprocess.run(
                [str(_program(program)), *words],
                cwd=self.folder,
                user=self._user,
                stdout=said,
                stderr=said,
                check=False,
            )
        if done.returncode:
            raise RuntimeError((self.folder / f"{program}.txt").read_text())


def why_no_server() -> str:
    """What is missing for a server; empty where nothing is."""
    missing = [name for name in ("initdb", "pg_ctl", "postgres") if _program(name) is None]
    if missing:
        return f"PostgreSQL is not installed: there is no {', '.join(missing)}"
    if importlib.util.find_spec("psycopg") is None:
        return "the driver psycopg is not installed"
    if os.getuid() == 0 and _ordinary_user() is None:
        return "PostgreSQL refuses to be run by root, and there is no other user"
    return ""


def _program(name: str) -> Path | None:
    found = shutil.which(name)
    beside = shutil.which("pg_ctl")
    if found is None and beside is not None:  # some systems link only a few of them
        path = Path(beside).resolve().with_name(name)
        return path if path.exists() else None
    return None if found is None else Path(found).resolve()


def _ordinary_user() -> str | None:
    """Whom root lets run the server; None where the tests are not run by root, or there is nobody."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


def writer(where: Where, verb: str, *words: str, **options: Any) -> subprocess.Popen[str]:
    """Another process that works on a database; see writers.py."""
    command = [sys.executable, "-m", "tests.store.writers", where.url, verb, *words]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def digest(letter: str) -> str:
    """What looks like the digest of a content."""
    return letter * 64


SHAPE = TableShape(3, (Column("make", "object"), Column("price \udc80", "float64")), ("key", None))
CREATED = datetime(2026, 11, 25, 12, 30, 15, 123456, tzinfo=UTC)


def cars(content: str = "a", **changed: Any) -> NewDataset:
    """A dataset `cars` with this content."""
    new = NewDataset("cars", DatasetKind.TABLE, digest(content), 1000, shape=SHAPE, source="cars.csv", format="CSV")
    return replace(new, **changed)


def engine_model(content: str = "a", **changed: Any) -> NewModel:
    """A model `engine` with this content."""
    return replace(NewModel("engine", digest(content), 1000), **changed)


def begun(run: str, **changed: Any) -> RunBegun:
    """A run of this id that begins."""
    return replace(RunBegun(run, CREATED, "/home/me/clean.py", digest("c"), "azureml_main", "Default"), **changed)


def ended(**changed: Any) -> RunEnded:
    """How a run ended that had everything that a run can have."""
    told = RunEnded(
        status=Status.SUCCEEDED,
        ended=CREATED,
        seconds=1.25,
        document={"status": "succeeded", "metrics": {"accuracy": 0.5}, "text": "\ud83d \x00 é"},
        environment="host",
        environment_digest=digest("e"),
        python="3.11.7",
        policy="guarded",
        lock=digest("1"),
        log=digest("2"),
        peak_memory=5 * 1024**3,
        inputs=(
            RunInput("dataset1", "cars@2", digest("3"), 1000, SHAPE, kept=True, dataset="some id"),
            RunInput("dataset2", "large.csv", digest("4"), 5 * 1024**3, SHAPE, sample=digest("5")),
            RunInput("script_bundle", "lib.zip", digest("6"), 10, kept=True),
        ),
        results={"result_dataset": Result(SHAPE, digest("7")), "result_dataset2": Result(SHAPE, digest("8"))},
        files=(
            KeptFile("plot.png", "image/png", 20, digest("9")),
            KeptFile("deep/a.txt", "text/plain", 0, digest("0")),
        ),
        tags={"stage": "test", "bare": None},
    )
    return replace(told, **changed)
