"""What Import Data and Export Data do with a real MariaDB, which commits what makes or drops a table."""

from __future__ import annotations

import datetime
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.components.stepping import Ground
from tests.components.test_databases import done, exported, refused, rows

from transom.components import database_tables
from transom.components.native import Stopped
from transom.workspace.datastores import add_datastore, database_of_datastore, find_datastore


def why_none() -> str:
    """What is missing for a server; empty where nothing is."""
    missing = [name for name in ("mariadbd", "mariadb-install-db") if shutil.which(name) is None]
    if missing:
        return f"MariaDB is not installed: there is no {', '.join(missing)}"
    return "" if importlib.util.find_spec("pymysql") else "the driver pymysql is not installed"


pytestmark = pytest.mark.skipif(bool(why_none()), reason=why_none() or "there is one")


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The address of a server of its own, which listens on a socket in its folder only."""
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="maria-"))
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    options = [f"--datadir={folder}/data", f"--socket={folder}/s", "--skip-networking", f"--pid-file={folder}/pid"]
    with (folder / "said.txt").open("w") as said:
        make = ["mariadb-install-db", "--no-defaults", options[0], "--auth-root-authentication-method=normal"]
        subprocess.run([*make, "--skip-test-db"], user=user, stdout=said, stderr=said, cwd=folder, check=True)
        start = ["mariadbd", "--no-defaults", *options, "--innodb-flush-log-at-trx-commit=0"]
        server = subprocess.Popen(start, user=user, stdout=said, stderr=said, cwd=folder)
    try:
        _wait_for(folder / "s")
        yield f"mariadb+pymysql://root@localhost/shop?unix_socket={folder}/s"
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder)


def _user() -> str | None:
    """Whom root lets run the server."""
    if os.getuid() != 0:
        return None
    return next(each.pw_name for each in pwd.getpwall() if each.pw_name in ("mysql", "nobody"))


def _wait_for(socket: Path) -> None:
    import pymysql

    until = time.monotonic() + 20
    while True:
        try:
            with pymysql.connect(user="root", unix_socket=str(socket)) as connection:
                connection.cursor().execute("create database shop")
            return
        except pymysql.err.OperationalError:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "a key of this test that is long enough")
    return Ground.at(tmp_path)


def tables(ground: Ground, shop: str) -> set[str]:
    return {name for (name,) in rows(ground, shop, "show tables")}


def test_values_arrive_to_the_last_sign(ground: Ground, shop: str):
    moment = datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)
    content: dict[str, Any] = {
        "text": ["é😀" * 40_000, "", None],
        "data": [b"\x00\xff" * 40_000, b"", None],
        "moment": [moment, None, None],
        "zoned": pa.array([moment, None, None], pa.timestamp("us", "UTC")),
        "clock": [datetime.time(1, 2, 3, 4), None, None],
        "exact": [Decimal("123456789012345678901234567.0123456789"), None, None],
        "float": [5e-324, 0.1 + 0.2, None],
        "100%": [1, 2, 3],
    }
    exported(ground, shop, content, "values 1%")
    assert any("The times of the column zoned are in UTC" in line for line in ground.said)
    found = rows(ground, shop, "select * from `values 1%`")
    clock = datetime.timedelta(hours=1, minutes=2, seconds=3, microseconds=4)
    assert found[0] == (
        *(content["text"][0], content["data"][0], moment, moment, clock, content["exact"][0]),
        *(5e-324, 1),
    )
    assert found[1][:2] == ("", b"")


def test_a_table_is_replaced_whole_or_not_at_all(ground: Ground, shop: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database_tables, "_ROWS_AT_A_TIME", 10)
    exported(ground, shop, {"x": [7]}, "cars")
    before = tables(ground, shop)
    assert "already" in refused(exported, ground, shop, {"x": [8]}, "cars").problem
    late = {"x": [0] * 20 + [2**62]}
    wrong = refused(exported, ground, shop, {"x": pa.array(late["x"], pa.timestamp("s"))}, "cars", if_exists="replace")
    assert "no database holds" in wrong.problem
    with pytest.raises(Stopped):
        exported(ground, shop, {"x": list(range(100_000))}, "cars", if_exists="replace", stop_after=0.5)
    assert (
        "Duplicate column" in refused(exported, ground, shop, {"a": [1], "A": [1]}, "cars", if_exists="replace").problem
    )
    assert rows(ground, shop, "select x from cars") == [(7,)]
    exported(ground, shop, {"y": [1]}, "cars", if_exists="replace")
    assert rows(ground, shop, "select y from cars") == [(1,)]
    assert tables(ground, shop) == before


def test_a_table_that_others_lead_to_stays(ground: Ground, shop: str):
    done(
        ground,
        shop,
        "create table one (x int primary key)",
        "create table many (x int, foreign key (x) references one (x))",
    )
    before = tables(ground, shop)
    assert "foreign key" in refused(exported, ground, shop, {"x": [1]}, "one", if_exists="replace").problem
    assert tables(ground, shop) == before
    done(ground, shop, "insert into one values (1)", "insert into many values (1)")
    done(ground, shop, "create view seen as select * from many")
    assert "is a view" in refused(exported, ground, shop, {"x": [1]}, "seen", if_exists="replace").problem


def test_a_step_that_waits_is_stopped(ground: Ground, shop: str):
    exported(ground, shop, {"x": [7]}, "waited")
    before = tables(ground, shop)
    for how in ("append", "replace"):
        with ground.reach().connected(shop, None) as connection:
            connection.exec_driver_sql("lock tables waited write")
            began = time.monotonic()
            with pytest.raises(Stopped):
                exported(ground, shop, {"x": [8]}, "waited", if_exists=how, stop_after=0.3)
            assert time.monotonic() - began < 3
    began = time.monotonic()
    with pytest.raises(Stopped):
        rows(ground, shop, "select sleep(30)", stop_after=0.3)
    assert time.monotonic() - began < 3
    working = "select count(*) from information_schema.processlist where info like 'select sleep%'"
    assert rows(ground, shop, working) == [(0,)]
    assert rows(ground, shop, "select x from waited") == [(7,)]
    assert tables(ground, shop) == before


def test_a_query_only_reads_and_is_told_in_words(ground: Ground, shop: str):
    refused(rows, ground, shop, f"select 1 into outfile '{ground.folder}/x'")
    wrong = refused(rows, ground, shop, "select * from nope")
    assert wrong.problem.endswith("refuses it: Table 'shop.nope' doesn't exist.")
    assert rows(ground, shop, "select '%s' as a, 18446744073709551615 - 1 as b, null as c")[0][0] == "%s"


def test_a_mariadb_that_was_added_as_mysql_is_asked(ground: Ground, shop: str):
    add_datastore(ground.workspace, "shop", f"mysql{shop.removeprefix('mariadb')}")
    place = database_of_datastore(ground.workspace, find_datastore(ground.workspace, "shop"))
    assert place.query("select 1 as x", ground.folder / "rows.arrow", ground.workspace.blobs)
