"""What is recorded in the journal is what the history has afterwards, once, whoever is killed or meddles meanwhile."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.store.rows import at

from transom.errors import Unknown, WorkspaceUnusable
from transom.model.records import RunBegun, RunEnded, RunInput
from transom.model.runs import Column, FailureKind, KeptFile, Result, Status, TableShape
from transom.store.history import History
from transom.store.journal import BROKEN, FORMAT, Journal
from transom.store.revisions import REVISION, is_current

NOON = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
SHAPE = TableShape(2, (Column("a", "int64"), Column("half \ud83d of a pair", "str")), ("key", None))
ENDED = RunEnded(
    status=Status.FAILED,
    ended=NOON + timedelta(seconds=3),
    seconds=3.25,
    document={"metrics": {"loss": float("inf"), "text": "é\ud83d"}, "warnings": []},
    failure_kind=FailureKind.SCRIPT_ERROR,
    message="KeyError: 'price'",
    environment="host",
    environment_digest="e" * 64,
    python="3.11.7",
    policy="guarded",
    lock="1" * 64,
    log="2" * 64,
    peak_memory=3 * 1024**3,
    inputs=(RunInput("dataset1", "cars.csv", "3" * 64, 17, SHAPE, kept=True, sample=None, dataset="id"),),
    results={"result_dataset": Result(SHAPE, "4" * 64)},
    files=(KeptFile("plots/a.png", "image/png", 9, "5" * 64),),
    tags={"stage": "first", "none": None},
)


def begun(run: str, seconds: float = 0.0) -> RunBegun:
    return RunBegun(
        id=run,
        created=NOON + timedelta(seconds=seconds),
        script_shown="/home/me/a \udcff.py",
        script="0" * 64,
        entry_point="azureml_main",
        experiment="Default",
        request={"tables": {"dataset1": "cars.csv"}, "sample": 3},
    )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", tmp_path)


@pytest.fixture
def history(tmp_path: Path, journal: Journal) -> Iterator[History]:
    database = at(tmp_path / "workspace.db")
    yield History(database, "w", journal)
    database.close()


def names(journal: Journal) -> list[str]:
    return sorted(path.name for path in journal.folder.iterdir() if path.name != "lock")


def test_a_run_is_the_same_by_the_journal_as_by_the_history(tmp_path: Path, journal: Journal, history: History) -> None:
    journal.begin(begun("by-journal"))
    assert history.get("by-journal") == replace(history.get("latest"), ended=None)
    assert names(journal) == []
    journal.end("by-journal", ENDED)
    history.begin(begun("by-history"))
    history.end("by-history", ENDED)
    one, other = history.get("by-journal"), history.get("by-history")
    assert one.ended == other.ended
    assert replace(one.begun, id="") == replace(other.begun, id="")
    assert names(journal) == []


def test_every_verb_takes_in_what_other_processes_have_recorded_meanwhile(journal: Journal, history: History) -> None:
    assert history.list() == []
    elsewhere = Journal(journal.folder, "w")
    elsewhere.begin(begun("a"))
    assert [record.id for record in history.running()] == ["a"]
    elsewhere.end("a", ENDED)
    assert history.running() == []
    elsewhere.begin(begun("b", 1))
    assert history.count() == 2
    elsewhere.remove(["b"])
    assert [record.id for record in history.list()] == ["a"]
    assert history.needed_digests() == {digit * 64 for digit in "012345"} - {""}


def test_runs_are_numbered_by_when_they_began(journal: Journal, history: History) -> None:
    for run, seconds in (("b", 2.0), ("c", 3.0), ("a", 1.0)):
        journal.begin(begun(run, seconds))
    journal.end("b", ENDED)
    assert [record.id for record in history.list()] == ["c", "b", "a"]


def test_a_run_that_is_withdrawn_is_nowhere_whoever_took_in_its_beginning(journal: Journal, history: History) -> None:
    journal.begin(begun("a"))
    journal.remove(["a"])
    assert history.list() == []
    journal.begin(begun("b"))
    assert [record.id for record in history.list()] == ["b"]
    journal.remove(["b"])
    assert history.list() == []
    assert names(journal) == []


def test_what_was_taken_in_and_comes_again_is_there_once(tmp_path: Path, journal: Journal, history: History) -> None:
    journal.begin(begun("a"))
    journal.end("a", ENDED)
    kept = {path: path.read_bytes() for path in journal.folder.glob("*.json")}
    before = history.get("a")
    for path, content in kept.items():  # killed after the commit, before it was removed
        path.write_bytes(content)
    assert history.get("a") == before
    assert history.count() == 1
    assert names(journal) == []


def test_an_end_is_whole_without_its_beginning(journal: Journal, history: History) -> None:
    journal.begin(begun("a"))
    journal.end("a", ENDED)
    (journal.folder / "a.begun.json").unlink()
    assert history.get("a").ended == replace(ENDED, document=history.get("a").ended.document)  # type: ignore[union-attr]


def test_a_run_that_ended_before_it_was_given_up_keeps_its_end(journal: Journal, history: History) -> None:
    journal.begin(begun("a"))
    assert len(history.running()) == 1
    journal.end("a", ENDED)
    history.abandon(["a"], FailureKind.ABANDONED, "nobody runs it")
    assert history.get("a").ended.message == ENDED.message  # type: ignore[union-attr]


def _damaged(content: bytes) -> dict[str, bytes]:
    told: dict[str, Any] = json.loads(content)

    def changed(**parts: Any) -> bytes:
        return json.dumps(told | parts).encode()

    return {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "zeros": bytes(len(content)),
        "no object": b"[1]",
        "deep": b"[" * 100_000,
        "of another run": changed(run="b"),
        "telling of another run": changed(begun=told["begun"] | {"id": "../b"}),
        "without a zone": changed(begun=told["begun"] | {"created": "2026-11-26T12:00:00"}),
        "with a number for a text": changed(begun=told["begun"] | {"experiment": 3}),
        "with a list for a request": changed(begun=told["begun"] | {"request": []}),
        "with more": changed(begun=told["begun"] | {"more": 1}),
        "with less": changed(begun={"id": "a"}),
        "of no format": changed(format="1"),
        "of an unknown status": changed(ended=told["ended"] | {"status": "vanished"}),
        "of a number that no column has": changed(ended=told["ended"] | {"peak_memory": 10**30}),
        "with a shape that is none": changed(ended=told["ended"] | {"results": {"result_dataset": [None, "4"]}}),
    }


def test_what_cannot_be_believed_is_put_aside_with_a_sentence_and_the_rest_is_taken_in(
    journal: Journal, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    journal.begin(begun("a"))
    journal.end("a", ENDED)
    place = journal.folder / "a.ended.json"
    cases = _damaged(place.read_bytes())
    (journal.folder / "a.begun.json").unlink()
    place.unlink()
    for number, (name, content) in enumerate(cases.items()):
        place.write_bytes(content)
        journal.begin(begun(f"sound-{number}", number))
        caplog.clear()
        with caplog.at_level(logging.WARNING, "transom"):
            assert history.get(f"sound-{number}").status == "running", name
        assert "a.ended.json" in caplog.text, name
        assert "cannot be read" in caplog.text, name
        assert [path.read_bytes() for path in (journal.folder / BROKEN).iterdir()].count(content) == 1, name
        with pytest.raises(Unknown):
            history.get("a")
    assert names(journal) == [BROKEN]


def test_what_is_no_record_is_put_aside_and_no_link_is_followed(
    tmp_path: Path, journal: Journal, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    journal.begin(begun("a"))
    sound = (journal.folder / "a.begun.json").read_bytes()
    (tmp_path / "elsewhere.json").write_bytes(sound.replace(b'"a"', b'"b"'))
    (journal.folder / "b.begun.json").symlink_to(tmp_path / "elsewhere.json")
    (journal.folder / "notes.txt").write_text("mine")
    (journal.folder / "c.begun.json").mkdir()
    os.mkfifo(journal.folder / "d.begun.json")
    assert [record.id for record in history.list()] == ["a"]
    assert names(journal) == [BROKEN]
    assert len(list((journal.folder / BROKEN).iterdir())) == 4
    assert (tmp_path / "elsewhere.json").exists()


def test_the_records_of_a_newer_transom_are_left_to_it(journal: Journal, history: History) -> None:
    journal.begin(begun("a"))
    place = journal.folder / "a.begun.json"
    place.write_text(json.dumps({"format": FORMAT + 1, "what": "ever"}))
    journal.begin(begun("b"))
    assert [record.id for record in history.list()] == ["b"]
    assert names(journal) == ["a.begun.json"]


def test_what_was_half_written_is_no_record_and_goes_when_it_is_old(journal: Journal, history: History) -> None:
    journal.begin(begun("a"))
    young, old = journal.folder / "x.begun-00000000.part", journal.folder / "y.begun-00000000.part"
    for part in (young, old):
        part.write_text('{"format": 1')
    os.utime(old, (time.time() - 7200,) * 2)
    assert history.count() == 1
    assert names(journal) == [young.name]


def test_a_journal_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("in its place")
    with pytest.raises(WorkspaceUnusable, match="cannot be used"):
        Journal(tmp_path / "journal", tmp_path).begin(begun("a"))


_WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.store.test_journal import ENDED, begun
from transom.store.journal import Journal
journal = Journal(Path(sys.argv[1]), "w")
print("on", flush=True)
number = 0
while True:
    run = f"{sys.argv[2]}-{number}"
    journal.begin(begun(run, number))
    print(run, flush=True)
    if number % 3:
        journal.end(run, ENDED)
    else:
        journal.remove([run])
    number += 1
"""
_READER = """
import sys
from pathlib import Path
from tests.store.rows import at
from transom.store.history import History
from transom.store.journal import Journal
history = History(at(Path(sys.argv[1]).parent / "workspace.db"), "w", Journal(Path(sys.argv[1]), "w"))
print("on", flush=True)
while True:
    history.take_in()
"""


def test_whoever_is_killed_while_others_take_in_nothing_is_lost_or_doubled(journal: Journal, history: History) -> None:
    assert history.list() == []
    processes = [
        subprocess.Popen([sys.executable, "-c", source, str(journal.folder), f"w{number}"], stdout=subprocess.PIPE)
        for number, source in enumerate((_WRITER, _WRITER, _READER, _READER))
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
    time.sleep(1.0)
    said = []
    for process in reversed(processes):  # who takes in first: what is left must be taken in by the next
        process.send_signal(signal.SIGKILL)
        said.append(process.communicate()[0].decode().split())
    recorded = {record.id: record.status for record in history.list()}
    assert not (journal.folder / BROKEN).exists()
    for runs in said[2:]:
        assert len(runs) > 2
        for place, run in enumerate(runs[:-1]):  # the last one may not have come to its end
            assert recorded.get(run) == (None if place % 3 == 0 else "failed"), run
    assert names(journal) in ([], [name for name in names(journal) if name.endswith(".part")])


def test_a_database_is_current_only_if_it_is_one_of_this_revision_that_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a folder ?#%" / "workspace.db"
    path.parent.mkdir()
    assert not is_current(path)
    assert not path.exists()
    database = at(path)
    assert is_current(path)
    for other in ("0001", "0099"):
        with database.apart() as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (other,))
            connection.execute("COMMIT")
        assert not is_current(path), other
    with database.apart() as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (REVISION,))
        connection.execute("COMMIT")
    assert is_current(path)
    database.close()
    for content in (b"", b"no database at all" * 1000):
        path.write_bytes(content)
        assert not is_current(path)
