"""A database of each kind: a file, and a schema of a server that is started for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.databases import KINDS, Server, Where, why_no_server

from transom.store.database import Database
from transom.store.history import History
from transom.store.registry import Registry


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of the tests' own."""
    reason = why_no_server()
    if reason:
        pytest.skip(reason)
    server = Server()
    yield server
    server.remove()


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """Where a fresh database can be opened, of each kind."""
    if request.param == "sqlite":
        return Where(f"sqlite:///{tmp_path}/workspace.db")
    server: Server = request.getfixturevalue("server")
    return Where(server.url())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of a database lies, or will."""
    return tmp_path / "workspace.db"


@pytest.fixture
def database(where: Where) -> Iterator[Database]:
    """A fresh database of each kind."""
    database = where.open()
    yield database
    database.close()


@pytest.fixture
def registry(database: Database) -> Registry:
    """What is registered in it."""
    return Registry(database, "/home/me/.transom")


@pytest.fixture
def history(database: Database) -> History:
    """What was run in it."""
    return History(database, "/home/me/.transom")
