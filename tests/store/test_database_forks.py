"""A forked child never works with what its parent had open."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from tests.store.databases import cars
from tests.store.rows import add_profile, at, profile_names

from transom.store.database import Database
from transom.store.forking import GATE
from transom.store.registry import Registry


def forked(work: object) -> str:
    """What a function returns in a forked child, or the name of what it raises there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = str(work())  # type: ignore[operator]
        except BaseException as wrong:
            said = f"{type(wrong).__name__}: {wrong}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


def test_a_forked_child_has_connections_of_its_own(database: Database) -> None:
    with database.writing() as connection:
        add_profile(connection, "parent")

    def work() -> object:
        opened = [os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")]
        if database.path is not None and any(each.startswith(str(database.path)) for each in opened):
            return opened
        with database.writing() as connection:
            add_profile(connection, "child")
        return profile_names(database)

    assert forked(work) == "['child', 'parent']"
    assert profile_names(database) == ["child", "parent"]
    with database.writing() as connection:
        add_profile(connection, "parent again")


def test_children_and_parent_write_at_once(registry: Registry) -> None:
    children = []
    for letter in "abc":
        child = os.fork()
        if child == 0:
            try:
                for number in range(20):
                    registry.add_dataset(cars(digest=f"{letter}{number:063}"))
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    for number in range(20):
        registry.add_dataset(cars(digest=f"d{number:063}"))
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert [each.version for each in registry.versions("cars")] == list(range(80, 0, -1))


def test_a_fork_waits_for_the_transactions_of_other_threads(database: Database) -> None:
    inside = threading.Event()

    def write() -> None:
        with database.writing() as connection:
            add_profile(connection, "thread")
            inside.set()
            time.sleep(0.5)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait()
    assert forked(lambda: profile_names(database)) == "['thread']"
    thread.join()


def test_a_child_that_was_forked_within_a_transaction_is_refused(path: Path) -> None:
    database = at(path)

    def work() -> object:
        return profile_names(database)

    with database.writing() as connection:
        add_profile(connection, "a")
        said = forked(work)
    assert said.startswith("WorkspaceUnusable: ")
    assert "forked while its database was in use" in said
    assert profile_names(database) == ["a"]
    assert not GATE.is_torn
    assert forked(work) == "['a']"
