"""What tests of databases do again and again: open a file, and write and read the smallest rows that there are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, insert, select

from transom.store.database import Database
from transom.store.schema import profiles


def at(path: Path) -> Database:
    """The database of a file, with its backups beside it."""
    return Database.at(path, path.parent / "backups")


def add_profile(connection: Connection, name: str) -> None:
    connection.execute(insert(profiles).values(digest=name, document={}))


def add_two_and_fail(connection: Connection) -> None:
    add_profile(connection, "c")
    add_profile(connection, "d")
    raise ZeroDivisionError


def profile_names(database: Database) -> list[str]:
    with database.reading() as connection:
        return sorted(connection.execute(select(profiles.c.digest)).scalars())
