"""What a script leaves in its job folder is forged: nothing in it is believed, followed, or leads out of the folder."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.running import Done, Worker

from transom.engine import leftovers
from transom.engine.job_folder import JobFolder, keep_work
from transom.engine.metrics import folded
from transom.engine.read_only import remove_tree, size_of
from transom.engine.step import _Told
from transom.engine.watching import Ended, StopReason
from transom.model.runs import Debugger, Failure, FailureKind, Job, Limits, Outcome, Status, UsedEnvironment
from transom.model.texts import plain_name
from transom.store.blobs import COPIED_BYTES, FolderBlobs
from transom.store.foreign import folder_at

SECRET = "the secret of somebody else"
ORDINARY = 65534
LEAVE = "    os._exit(0)\n"
#: A script begins so: `job` is its job folder, `say` writes an outcome, `table` an Arrow file.
BEGIN = """
import json, os, sys
job = os.environ["TRANSOM_JOB"]
def say(**told):
    with open(os.path.join(job, "outcome.json"), "w") as stream:
        json.dump(told, stream)
def table(port="result_dataset", content=None, **options):
    import pyarrow as pa
    place = os.path.join(job, "outputs", port + ".arrow")
    if content is not None:
        with open(place, "wb") as stream:
            stream.write(content)
        return place
    data = pa.table({"a": [1, 2, 3]})
    with pa.OSFile(place, "wb") as sink:
        writer = pa.RecordBatchFileWriter(sink, data.schema, **options)
        writer.write_table(data)
        writer.close()
    return place
def both():
    table()
    table("result_dataset2")
def azureml_main(first=None, second=None):
"""


def ran(worker: Worker, body: str) -> Done:
    """What comes of a script whose entry point has this body."""
    return worker.run(BEGIN + "".join(f"    {line}\n" for line in body.strip().splitlines()))


def failure_of(done: Done) -> Failure:
    assert done.outcome.failure is not None
    assert not done.outcome.results
    return done.outcome.failure


class Forged:
    """A job folder as a script may have left it, and what is told of it; `place` is its path."""

    def __init__(self, folder: Path) -> None:
        self.folder = JobFolder(folder / "job")
        self.folder.prepare()
        self.place = self.folder.path
        self.blobs = FolderBlobs(folder / "blobs")
        self.secret = folder / "secret"
        self.secret.mkdir()
        (self.secret / "key.png").write_text(SECRET)
        self.job = Job("job", "0" * 64, "script.py", UsedEnvironment("tests", "3", "0" * 64, sys.executable))

    def say(self, told: object) -> None:
        (self.place / "outcome.json").write_text(told if isinstance(told, str) else json.dumps(told))

    def succeed(self) -> None:
        self.say({"status": "succeeded"})
        for port in ("result_dataset", "result_dataset2"):
            write(self.result(port), pa.table({"a": [1, 2]}))

    def result(self, port: str = "result_dataset") -> Path:
        return self.place / "outputs" / f"{port}.arrow"

    def told(self, ended: Ended | None = None, job: Job | None = None) -> Outcome:
        told = _Told(job or self.job, self.folder, b"a = 1\n", ended or Ended(exit_code=0))
        return told.executed(self.blobs, 10**6, time.monotonic()).outcome

    def failure(self) -> Failure:
        failure = self.told().failure
        assert failure is not None
        return failure

    def left(self) -> tuple[list[str], tuple[str, ...]]:
        """The names of what is kept, and the warnings."""
        found = leftovers.found(self.folder, 10**6)
        return [each.name for each in found.kept(self.blobs)], found.warnings

    def knows_the_secret(self) -> bool:
        return any(SECRET.encode() in self.blobs.bytes(digest) for digest in self.blobs.digests())


@pytest.fixture
def forged(tmp_path: Path) -> Forged:
    return Forged(tmp_path)


def write(path: Path, table: pa.Table, **options: Any) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, **options) as writer:
        writer.write_table(table)


# Scripts that leave with an end of their own


def test_a_success_that_a_script_wrote_itself_counts_only_with_its_tables(worker: Worker) -> None:
    failure = failure_of(ran(worker, 'say(status="succeeded")\nos._exit(0)'))
    assert failure.kind is FailureKind.RESULT_INVALID
    assert failure.message.startswith("result_dataset is not there as a table")


def test_a_success_that_a_script_wrote_itself_with_its_tables_harms_nobody(worker: Worker) -> None:
    done = ran(worker, 'both()\nsay(status="succeeded", results={"result_dataset": {"rows": 10**9}})\nos._exit(0)')
    assert done.outcome.status is Status.SUCCEEDED
    assert done.outcome.results["result_dataset"].shape.rows == 3


@pytest.mark.parametrize(
    ("end", "how"), [("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), 9)", "SIGKILL"), ("os.abort()", "SIGABRT")]
)
def test_a_success_that_was_written_does_not_win_over_how_the_process_ended(host: Worker, end: str, how: str) -> None:
    failure = failure_of(ran(host, f'both()\nsay(status="succeeded")\n{end}'))
    assert failure.kind is FailureKind.PROCESS_DIED
    assert how in failure.message


def test_a_success_that_was_written_does_not_win_over_a_killed_supervisor(worker: Worker) -> None:
    body = """
both()
say(status="succeeded")
try:
    os.kill(os.getppid(), 9)
finally:
    os._exit(9)
"""
    failure = failure_of(ran(worker, body))
    assert failure.kind is FailureKind.PROCESS_DIED


def test_a_failure_that_was_written_does_not_hide_how_the_process_ended(host: Worker) -> None:
    body = 'say(status="failed", failure={"kind": "script_error", "message": "harmless"})\nos.kill(os.getpid(), 11)'
    assert failure_of(ran(host, body)).signal == "SIGSEGV"


def test_a_success_that_was_written_does_not_win_over_a_stop(forged: Forged) -> None:
    forged.succeed()
    limited = replace(forged.job, limits=Limits(timeout=1.0))
    assert forged.told(Ended(signal=9, stopped=StopReason.TIMED_OUT), limited).status is Status.TIMED_OUT
    assert forged.told(Ended(exit_code=0, stopped=StopReason.CANCELLED)).status is Status.CANCELLED
    assert forged.told(Ended(signal=9)).status is Status.FAILED


@pytest.mark.parametrize("kind", ["timed_out", "memory_exceeded", "disk_exceeded", "cancelled", "bundle_invalid", "x"])
def test_what_only_the_parent_can_know_is_not_taken_from_a_script(forged: Forged, kind: str) -> None:
    forged.say({"status": "failed", "failure": {"kind": kind, "message": "m"}})
    outcome = forged.told()
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.PROCESS_DIED


def test_who_leaves_a_debugger_has_cancelled(forged: Forged) -> None:
    forged.say({"status": "failed", "failure": {"kind": "cancelled", "message": "left"}})
    assert forged.told(job=replace(forged.job, debugger=Debugger(port=5678))).status is Status.CANCELLED


# Links and other things where the job's own files were


@pytest.mark.parametrize("name", ["outcome.json", "metrics.jsonl", "fault.txt"])
@pytest.mark.parametrize("what", ["a link", "a pipe", "a folder", "a socket", "a large file", "no text"])
def test_what_lies_in_the_place_of_a_file_of_the_job_is_no_file_of_it(forged: Forged, name: str, what: str) -> None:
    put(forged.place / name, what, forged.secret / "key.png")
    outcome = forged.told()
    assert outcome.status is Status.FAILED
    assert SECRET not in repr(outcome)
    assert not outcome.metrics


def put(path: Path, what: str, target: Path) -> None:
    """Put something odd at a path."""
    path.unlink(missing_ok=True)
    makes: dict[str, Callable[[], Any]] = {
        "a link": lambda: path.symlink_to(target),
        "a link to nowhere": lambda: path.symlink_to(path.parent / "nowhere"),
        "a link to itself": lambda: path.symlink_to(path.name),
        "a pipe": lambda: os.mkfifo(path),
        "a folder": path.mkdir,
        "a socket": lambda: listening(path),
        "a large file": lambda: (path.touch(), os.truncate(path, 1 << 34)),
        "no text": lambda: path.write_bytes(b"\xff\xfe\0\x1b[2J" * 100),
        "nothing": lambda: None,
        "a file": lambda: path.write_text("x"),
    }
    makes[what]()


def listening(path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as waiting, contextlib_chdir(path.parent):
        waiting.bind(path.name)


class contextlib_chdir:  # noqa: N801 (as contextlib has it)
    """In that folder for a while: an address of a socket is short."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        self.before = Path.cwd()
        os.chdir(self.folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self.before)


@pytest.mark.parametrize(
    "what",
    [
        *("a link", "a link to nowhere", "a link to itself", "a pipe", "a folder", "a socket", "a large file"),
        *("no text", "nothing", "a file"),
    ],
)
def test_what_is_no_file_of_a_table_is_no_result(forged: Forged, what: str) -> None:
    forged.succeed()
    real = forged.secret / "table.arrow"
    write(real, pa.table({"secret": [SECRET]}))
    put(forged.result(), what, real)
    outcome = forged.told()
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.RESULT_INVALID
    assert not forged.knows_the_secret()


@pytest.mark.parametrize("what", ["outputs", "outputs/files", "work", "work/outputs", "work/deep"])
def test_a_folder_that_became_a_link_leads_nowhere(forged: Forged, what: str) -> None:
    forged.succeed()
    place = forged.place / what
    remove_tree(place)
    place.symlink_to(forged.secret)
    write(forged.secret / "result_dataset.arrow", pa.table({"secret": [SECRET]}))
    write(forged.secret / "result_dataset2.arrow", pa.table({"secret": [SECRET]}))
    outcome = forged.told()
    assert "key.png" not in repr(outcome.files)
    assert not forged.knows_the_secret()
    remove_tree(forged.place)
    assert not forged.place.exists()
    assert sorted(each.name for each in forged.secret.iterdir()) == [
        "key.png",
        "result_dataset.arrow",
        "result_dataset2.arrow",
    ]


def test_a_script_that_swaps_its_folders_for_links_gets_nothing_kept_and_nothing_removed(
    worker: Worker, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.png").write_text(SECRET)
    secret.chmod(0o755)
    body = f"""
import shutil
os.chdir("/")
for name in ("work", "outputs"):
    os.rename(os.path.join(job, name), os.path.join(job, name + ".away"))
    os.symlink({str(secret)!r}, os.path.join(job, name))
"""
    done = ran(worker, body)
    assert failure_of(done).kind in (FailureKind.RESULT_INVALID, FailureKind.PROCESS_DIED)
    assert done.file_names == []
    remove_tree(done.job)
    assert not done.job.exists()
    assert (secret / "key.png").read_text() == SECRET


def test_the_job_folder_itself_as_a_link_holds_nothing(forged: Forged) -> None:
    forged.place.rename(forged.place.with_name("away"))
    (forged.secret / "work").mkdir()
    (forged.secret / "work" / "plot.png").write_text(SECRET)
    (forged.secret / "outcome.json").write_text('{"status": "succeeded"}')
    forged.place.symlink_to(forged.secret)
    outcome = forged.told()
    assert outcome.status is Status.FAILED
    assert outcome.files == ()
    remove_tree(forged.place)
    assert (forged.secret / "work" / "plot.png").read_text() == SECRET


def test_a_working_directory_that_became_a_link_is_not_shown_to_a_person(forged: Forged, tmp_path: Path) -> None:
    remove_tree(forged.folder.work)
    forged.folder.work.symlink_to(forged.secret)
    keep_work(forged.place, tmp_path / "shown")
    assert not os.path.lexists(tmp_path / "shown")


def test_a_working_directory_that_was_locked_is_shown_to_a_person(forged: Forged, tmp_path: Path) -> None:
    (forged.folder.work / "note.txt").write_text("note")
    forged.folder.work.chmod(0)
    keep_work(forged.place, tmp_path / "shown")
    assert (tmp_path / "shown" / "note.txt").read_text() == "note"


# What an outcome says


def outcomes() -> dict[str, object]:
    """Outcomes that are none, each with what is wrong with it as its name."""
    long = "x" * 1_000_000
    frame = {"file": "f", "line": 1, "function": "g", "code": "c"}
    failed: dict[str, Any] = {"kind": "script_error", "message": "m", "type": "T"}
    return {
        "a_list": "[1]",
        "deep": "[" * 100_000,
        "deep_objects": '{"a":' * 100_000,
        "endless_number": '{"status": "succeeded", "seconds": {"start": ' + "9" * 10_000 + "}}",
        "nothing": "",
        "cut": '{"status": "succ',
        "bytes": "\x00\x1b",
        "infinite": '{"status": "failed", "seconds": {"start": Infinity, "read": NaN, "script": -1, "write": 1e400}}',
        "true_as_number": {"failure": failed | {"line": True, "exit_code": False}, "seconds": {"start": True}},
        "lists_for_texts": {
            "failure": failed | {"message": [[["m"]]], "type": {"a": 1}, "file": [], "function": 1e999}
        },
        "numbers_for_lists": {"failure": failed | {"frames": 1, "causes": 2}, "warnings": 3, "facts": 4, "results": 5},
        "nulls": {"status": None, "failure": None, "warnings": None, "seconds": None, "facts": None},
        "objects_for_lists": {"failure": failed | {"frames": {}, "causes": {}}, "warnings": {"a": 1}},
        "odd_frames": {"failure": failed | {"frames": [1, None, [], {"file": 1}, frame | {"line": "abc"}, frame]}},
        "huge_line": {"failure": failed | {"line": 10**40, "frames": [frame | {"line": 10**40}]}},
        "many_frames": {"failure": failed | {"frames": [frame] * 10_000}},
        "many_causes": {
            "failure": failed | {"causes": [{"type": "T", "message": "m", "frames": [frame] * 100}] * 1_000}
        },
        "long_texts": {
            "failure": failed | {"message": long, "type": long, "file": long, "frames": [dict.fromkeys(frame, long)]}
        },
        "many_warnings": {"failure": failed, "warnings": ["w"] * 100_000},
        "long_warnings": {"failure": failed, "warnings": [long]},
        "half_characters": '{"failure": {"kind": "script_error", "message": "\\ud800", "type": "\\udfff"}, "warnings": ["\\udcff"]}',
        "twice": '{"status": "failed", "status": "succeeded", "failure": {"kind": "script_error", "message": "m"}}',
        "many_facts": {"failure": failed, "facts": {"names": ["n" * 10_000] * 20_000}},
        "odd_facts": {
            "failure": failed,
            "facts": {"columns": [1], "names": {"a": 1}, "errno": "x", "module": [], "key": 7},
        },
        "odd_tables": {"failure": failed, "facts": {"columns": {"df": {"a": 1}, "other": None, "x": ["a", 1, None]}}},
    }


@pytest.mark.parametrize("name", outcomes())
def test_an_outcome_has_the_form_and_the_size_of_one_whatever_was_said(forged: Forged, name: str) -> None:
    forged.say(outcomes()[name])
    told = _Told(forged.job, forged.folder, b"", Ended(exit_code=0))
    executed = told.executed(forged.blobs, 10**6, time.monotonic())
    outcome = executed.outcome
    assert outcome.status is Status.FAILED
    text = json.dumps(whole_document(outcome), allow_nan=False, ensure_ascii=False)
    text.encode()  # no half of a character is left
    assert len(text) < 5_000_000
    assert len(outcome.warnings) <= 1_001
    assert all(0 <= getattr(outcome.seconds, part) < 10**9 for part in ("start", "read", "script", "write"))
    assert len(json.dumps(dict(executed.facts))) < 2_000_000
    assert outcome.failure is not None
    assert outcome.failure.line is None or type(outcome.failure.line) is int


def whole_document(outcome: Outcome) -> Any:
    from transom.workspace.results import document

    return document(Path("/run"), outcome)


def test_a_remedy_is_found_from_forged_facts_that_are_as_large_as_they_may_be(forged: Forged) -> None:
    from transom.engine.checks.surroundings import EnvironmentFacts, Surroundings
    from transom.engine.remedies import FailureContext, remedy
    from transom.engine.said import facts, failure
    from transom.model.scripts import Source

    message = "None of [Index(" + "['a', " * 3_000 + "are in the [columns"
    names = [f"{number:0>200}" for number in range(5_000)]
    said = {"columns": {f"df{number}": names for number in range(500)}, "names": names, "key": "k" * 10_000}
    for kind in ("KeyError", "NameError", "ValueError", "AttributeError", "FileNotFoundError", "TypeError"):
        told = failure({"kind": "script_error", "type": kind, "message": message + kind, "frames": []})
        assert told is not None
        around = Surroundings(EnvironmentFacts((3, 11), {"pandas": "2.0"}, frozenset({"pandas"})))
        context = FailureContext(Source("s.py", b"", ""), around, facts(said))
        found = remedy(told, context).remedy
        assert found is None or len(found) <= 400


def test_an_outcome_that_cannot_be_used_says_so_and_what_to_do(worker: Worker) -> None:
    failure = failure_of(ran(worker, 'os.symlink("/etc/passwd", os.path.join(job, "outcome.json"))\nos._exit(0)'))
    assert failure.kind is FailureKind.PROCESS_DIED
    assert "outcome.json" in failure.message
    assert failure.remedy


# Results


def test_a_result_with_a_second_name_cannot_be_changed_by_it(forged: Forged, tmp_path: Path) -> None:
    forged.succeed()
    for rows in (10, COPIED_BYTES // 4):
        remove_tree(forged.result())
        write(forged.result(), pa.table({"a": pa.array(range(rows))}))
        os.link(forged.result(), tmp_path / f"second{rows}")
        digest = forged.told().results["result_dataset"].digest
        with (tmp_path / f"second{rows}").open("r+b") as stream:
            stream.write(b"forged")
        forged.blobs.check(digest)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who has a file open for writing")
def test_a_large_result_that_somebody_can_still_write_to_is_copied(forged: Forged) -> None:
    forged.succeed()
    write(forged.result(), pa.table({"a": pa.array(range(COPIED_BYTES))}))
    with forged.result().open("r+b") as held:
        digest = forged.told().results["result_dataset"].digest
        held.write(b"forged")
    forged.blobs.check(digest)


def test_a_large_result_is_not_copied(forged: Forged) -> None:
    forged.succeed()
    write(forged.result(), pa.table({"a": pa.array(range(COPIED_BYTES))}))
    before = forged.result().stat()
    digest = forged.told().results["result_dataset"].digest
    after = forged.blobs.path(digest).stat()
    assert (after.st_ino, after.st_mode & 0o777) == (before.st_ino, 0o444)


def damaged(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


def test_offsets_that_lead_out_of_a_result_are_found(forged: Forged) -> None:
    forged.succeed()
    write(forged.result(), pa.table({"text": ["one", "two", "three", "four"]}))
    content = forged.result().read_bytes()
    offsets = b"".join(number.to_bytes(4, "little") for number in (0, 3, 6, 11, 15))
    place = content.index(offsets)
    forged.result().write_bytes(damaged(content, place + 4, (2**30).to_bytes(4, "little")))
    assert forged.failure().kind is FailureKind.RESULT_INVALID


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_result_that_would_unpack_to_any_size_is_refused(forged: Forged, compression: str) -> None:
    forged.succeed()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    write(forged.result(), pa.table({"a": pa.array([0] * 2_000_000)}), options=options)
    assert "compressed" in forged.failure().message


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_result_never_harms_who_reads_it(forged: Forged, tmp_path: Path, seed: int) -> None:
    """Bytes are changed at random, and what passes the check is read whole, in a process that would tell a crash."""
    import random

    chance = random.Random(seed)
    table = pa.table(
        {
            "n": [1, None, 3],
            "t": ["a", "bb", None],
            "l": [[1], [], [2, 3]],
            "c": pa.array(["x", "y", "x"]).dictionary_encode(),
        }
    )
    place = tmp_path / "damaged.arrow"
    write(place, table)
    content = place.read_bytes()
    for number in range(30):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 1, 2, 8))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        (tmp_path / f"{number}.arrow").write_bytes(changed)
    program = (
        "import sys\nfrom pathlib import Path\nfrom transom.engine.result_files import NoTable, shape_of\n"
        "from transom.tables.step_file import first_rows\nfrom transom.errors import InputUnreadable\n"
        "for place in map(Path, sys.argv[1:]):\n"
        "    try:\n        shape_of(place)\n        first_rows(place, 10)\n"
        "    except (NoTable, InputUnreadable):\n        pass\n"
        "    except (ValueError, TypeError, KeyError, NotImplementedError):\n        pass\n"
    )
    places = [str(tmp_path / f"{number}.arrow") for number in range(30)]
    command = [sys.executable, "-c", program, *places]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "metadata",
    [
        {"transom": '{"version": 1, "rows": "x"}'},
        {"transom": '{"version": 1, "rows": -5}'},
        {"transom": '{"version": 1, "rows": ' + "9" * 4_000 + "}"},
        {"transom": '{"rows": [1]}'},
        {"pandas": '{"index_columns": [{"kind": "range", "start": "a", "stop": 1, "step": 1, "name": null}]}'},
        {"pandas": '{"index_columns": [{"kind": "range", "start": 0, "stop": 1, "step": 1e300, "name": null}]}'},
        {"pandas": '{"index_columns": [{"kind": "range"}]}'},
        {"pandas": '{"index_columns": 5}'},
        {"pandas": "[" * 100_000, "transom": '{"a":' * 100_000},
        {"pandas": '{"columns": [1, 2]}', "transom": '{"index": [{"field": "a", "name": ["x"]}]}'},
    ],
    ids=[
        "text_rows",
        "negative_rows",
        "endless_rows",
        "listed_rows",
        "text_start",
        "far_step",
        "no_start",
        "5",
        "deep",
        "named",
    ],
)
def test_what_the_metadata_of_a_result_claim_is_not_believed(forged: Forged, metadata: dict[str, str]) -> None:
    forged.succeed()
    empty = "rows" in metadata.get("transom", "")
    table = pa.table({}) if empty else pa.table({"a": [1, 2]})
    write(forged.result(), table.replace_schema_metadata(metadata))
    outcome = forged.told()
    if outcome.failure is not None:
        assert outcome.failure.kind is FailureKind.RESULT_INVALID
        return
    shape = outcome.results["result_dataset"].shape
    assert shape.rows == table.num_rows
    assert all(name is None or isinstance(name, str) for name in shape.index)


def test_a_result_is_told_by_its_file_and_not_by_what_was_said(forged: Forged) -> None:
    forged.succeed()
    forged.say({"status": "succeeded", "results": {"result_dataset": {"rows": 7, "columns": ["forged"]}}})
    shape = forged.told().results["result_dataset"].shape
    assert (shape.rows, [column.name for column in shape.columns]) == (2, ["a"])


def test_inputs_that_a_script_links_to_keep_their_content(worker: Worker, tmp_path: Path) -> None:
    given = tmp_path / "given.arrow"
    write(given, pa.table({"a": [1, 2]}))
    script = BEGIN + (
        "    for name in os.listdir('/proc/self/fd'):\n"
        "        try:\n"
        "            if '/blobs/' in os.readlink('/proc/self/fd/' + name):\n"
        "                os.link('/proc/self/fd/' + name, 'linked.png', follow_symlinks=True)\n"
        "        except OSError:\n"
        "            pass\n"
        "    return first,\n"
    )
    done = worker.run(script, {"dataset1": given})
    assert done.outcome.failure is None
    digest = done.blobs.put_bytes(given.read_bytes())
    remove_tree(done.job)
    assert done.blobs.bytes(digest) == given.read_bytes()
    assert done.blobs.path(digest).stat().st_mode & 0o777 == 0o444


# Leftovers


def test_names_are_kept_so_that_any_screen_shows_them_as_they_are(worker: Worker) -> None:
    body = r"""
for name in (b"a\nb.png", b"\x1b[2Jc.png", b"\xff\xfe.png", b"x" * 251 + b".png", "\u202egnp.exe.png".encode(), b"_.png"):
    with open(os.path.join(b".", name), "wb") as stream:
        stream.write(name)
os.symlink("/etc/passwd", b"\x1b]0;title\x07\n.png")
"""
    done = ran(worker, body)
    assert len(done.file_names) == 6
    assert all(name.isprintable() and len(name.encode()) <= 210 and name.endswith(".png") for name in done.file_names)
    assert all("\x1b" not in each and "\n" not in each for each in done.outcome.warnings)
    assert "\x1b" not in done.log
    assert "\x07" not in done.log


@given(st.text(min_size=1).filter(lambda name: "\0" not in name and name not in (".", "..")))
def test_a_name_that_was_made_plain_is_one_and_stays_so(name: str) -> None:
    plain = plain_name(name)
    assert plain == plain_name(plain)
    assert plain.count("/") == name.count("/")
    assert all(len(os.fsencode(part)) <= 200 for part in plain.split("/"))
    assert not any(unicodedata.category(each) in ("Cc", "Cs") for each in plain)


def test_more_metrics_than_are_read_are_told_of(forged: Forged, monkeypatch: Any) -> None:
    monkeypatch.setattr("transom.engine.job_folder._METRICS_BYTES", 1_000)
    line = json.dumps({"kind": "log", "name": "n", "value": 1}) + "\n"
    (forged.place / "metrics.jsonl").write_text(line * 1_000)
    forged.succeed()
    outcome = forged.told()
    assert 0 < len(outcome.metrics["n"]) < 30  # type: ignore[arg-type]
    assert any("Only 1,000 bytes of metrics" in each for each in outcome.warnings)


def test_a_very_deep_tree_is_looked_into_so_far_and_removed_whole(worker: Worker) -> None:
    body = """
import subprocess
subprocess.check_call([sys.executable, "-c", "import os\\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')"])
with open("d/d/near.png", "w") as stream:
    stream.write("near")
"""
    done = ran(worker, body)
    assert done.file_names == ["d/d/near.png"]
    assert any("folders deep" in each for each in done.outcome.warnings)
    assert size_of(done.job) > 0
    remove_tree(done.job)
    assert not done.job.exists()


def test_very_many_files_are_kept_in_part_and_the_rest_is_counted(forged: Forged, monkeypatch: Any) -> None:
    monkeypatch.setattr(leftovers, "MOST_KEPT", 100)
    for number in range(150):
        (forged.folder.work / f"{number}.txt").write_text(str(number))
    names, warnings = forged.left()
    assert len(names) == 100
    assert any(each.startswith("50 files were not kept") for each in warnings)


def test_what_is_looked_at_has_an_end_and_begins_with_what_is_kept_anyway(forged: Forged, monkeypatch: Any) -> None:
    monkeypatch.setattr(leftovers, "MOST_SEEN", 50)
    for folder in ("a_cache", "outputs"):
        (forged.folder.work / folder).mkdir()
        for number in range(40):
            (forged.folder.work / folder / f"{number}.bin").write_text(str(number))
    names, warnings = forged.left()
    assert sum(1 for name in names if name.startswith("outputs/")) == 40
    assert any(each.startswith("Only 50 of the files") for each in warnings)


def test_many_files_that_are_too_large_are_counted_in_one_sentence(forged: Forged) -> None:
    for number in range(40):
        (forged.folder.work / f"{number}.bin").write_bytes(b"x" * 100_000)
    names, warnings = forged.left()
    assert len(names) == 10
    assert len(warnings) == 11
    assert warnings[-1].startswith("20 more files")


def test_files_whose_plain_names_collide_are_all_kept(forged: Forged) -> None:
    for number in range(3_000):
        (forged.folder.work / f"{chr(0x80 + number % 32)}{number % 7}{chr(1 + number % 8)}.txt").write_text(str(number))
    there = len(list(forged.folder.work.iterdir())) - 1
    names, _ = forged.left()
    assert len(names) == len(set(names)) == there


def test_a_name_that_is_a_file_here_and_a_folder_there_is_kept_twice(forged: Forged) -> None:
    (forged.folder.uploads / "a").write_text("file")
    (forged.folder.work / "a").mkdir()
    (forged.folder.work / "a" / "b.png").write_text("below")
    (forged.folder.work / "a" / "c.png").write_text("too")
    names, _ = forged.left()
    assert names == ["a", "a_2/b.png", "a_2/c.png"]


def test_a_sparse_file_of_ten_terabytes_is_not_read(forged: Forged) -> None:
    for place in (forged.folder.uploads / "huge.bin", forged.folder.work / "huge.png"):
        place.touch()
        os.truncate(place, 10 * 1024**4)
    (forged.folder.work / "real.png").write_text("real")
    names, warnings = forged.left()
    assert names == ["real.png"]
    assert any("nearly empty for their size: huge.bin, huge.png" in each for each in warnings)


def test_many_sparse_files_are_bounded_together(forged: Forged) -> None:
    for number in range(30):
        place = forged.folder.uploads / f"{number}.bin"
        place.touch()
        os.truncate(place, 400 * 1024**2)
    found = leftovers.found(forged.folder, 10**6)
    assert 0 < len(found.files) < 5


def test_devices_pipes_and_sockets_are_named_and_not_opened(forged: Forged) -> None:
    for what in ("a pipe", "a socket", "a link", "a link to itself"):
        put(forged.folder.work / f"{what}.png", what, forged.secret / "key.png")
    if os.geteuid() == 0:
        os.mknod(forged.folder.work / "device.png", 0o20666, os.makedev(1, 5))
    names, warnings = forged.left()
    assert names == []
    assert len(warnings) == 1
    assert "links or pipes" in warnings[0]


def test_a_file_with_a_second_name_outside_is_copied(forged: Forged) -> None:
    outside = forged.secret / "outside.bin"
    outside.write_bytes(b"m" * (COPIED_BYTES + 1))
    outside.chmod(0o640)
    os.link(outside, forged.folder.uploads / "kept.bin")
    (kept,) = leftovers.found(forged.folder, 0).kept(forged.blobs)
    assert outside.stat().st_mode & 0o777 == 0o640
    assert forged.blobs.path(kept.digest).stat().st_ino != outside.stat().st_ino


# Metrics


def test_a_metric_may_have_a_million_rows() -> None:
    told = folded({"kind": "row", "name": "r", "value": {"x": number, "y": "a"}} for number in range(1_000_000))
    table = told.metrics["r"]
    assert isinstance(table, dict)
    assert [len(values) for values in table.values()] == [1_000_000, 1_000_000]


def test_metrics_have_so_many_names_and_no_more() -> None:
    told = folded({"kind": "log", "name": str(number), "value": 1} for number in range(100_010))
    assert len(told.metrics) == 100_000
    assert told.warnings[0].startswith("10 lines of metrics")


def test_tags_have_so_many_names_and_no_more() -> None:
    told = folded({"kind": "tag", "name": str(number), "value": None} for number in range(100_010))
    assert len(told.tags) == 100_000


def test_rows_with_ever_new_columns_do_not_grow_in_the_square() -> None:
    told = folded({"kind": "row", "name": "r", "value": {str(number): 1}} for number in range(20_000))
    table = told.metrics["r"]
    assert isinstance(table, dict)
    assert len(table) <= 1_000
    assert told.dropped >= 19_000


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"kind": [], "name": {}, "value": [[[[[[[[1]]]]]]]]},
        {"kind": "row", "name": "r", "value": [1]},
        {"kind": "list", "name": "l", "value": {"a": 1}},
        {"kind": "tag", "name": ["x"], "value": {"a": 1}},
        {"kind": "log", "name": "n", "value": 10**4_000},
        {"kind": "log", "name": "n" * 10**6, "value": "v" * 10**6},
        {"kind": "log", "name": "\ud800", "value": "\udfff"},
        {"kind": "row", "name": "r", "value": {"a": {"b": {"c": {"d": {"e": 1}}}}}},
    ],
    ids=["empty", "deep", "row", "list", "tag", "huge_number", "long", "half_characters", "deep_row"],
)
def test_a_line_of_metrics_may_say_anything(forged: Forged, line: dict[str, Any]) -> None:
    (forged.place / "metrics.jsonl").write_text(json.dumps(line) + "\nno line\n" + json.dumps(line))
    forged.succeed()
    outcome = forged.told()
    assert outcome.failure is None
    text = json.dumps(whole_document(outcome), allow_nan=False, ensure_ascii=False)
    text.encode()
    assert len(text) < 100_000


def test_a_fault_may_say_anything(forged: Forged) -> None:
    frame = '  File "script.py", line {} in azureml_main\n'
    endless = frame.format("9" * 10_000)
    text = "most recent call first\n" + endless + '  File "' + '", line 1' * 50_000 + "\n" + frame.format(1) * 5_000
    (forged.place / "fault.txt").write_text(text)
    failure = forged.told(Ended(signal=11)).failure
    assert failure is not None
    assert len(failure.frames) == 100
    assert failure.line == 1


# Text


def test_text_that_a_terminal_would_obey_does_not_reach_the_log(worker: Worker) -> None:
    body = r"""
os.write(1, b"\x1b[" + b"9" * 20000 + b"A up\n")
os.write(1, b"a\x07b\x0ec\x05d\x00e\x7ff\n")
os.write(1, "\u009b2J \u009d0;t\u009c\n".encode())
os.write(1, b"\xff\xfe\xed\xa0\x80\n")
os.write(1, b"x" * 300000)
"""
    done = ran(worker, body)
    assert done.outcome.failure is None
    assert not [each for each in done.log if (ord(each) < 32 and each not in "\n\t") or 0x7F <= ord(each) < 0xA0]
    assert "a\u2407b\u240ec\u2405d\u2400e\u2421f\n" in done.log


def test_warnings_that_a_script_forged_show_no_control_characters_in_the_terminal(forged: Forged, capsys: Any) -> None:
    from transom.cli.show import _console, _Ending

    evil = "\x1b[2J\x07\x9b31m [bold]x[/]"
    forged.say(
        {
            "failure": {
                "kind": "script_error",
                "type": evil,
                "message": evil,
                "frames": [{"file": evil, "line": 1, "function": evil, "code": evil}],
                "causes": [{"type": evil, "message": evil}],
            }
        }
    )
    failure = forged.failure()
    _Ending(_console()).failure(failure)
    shown = capsys.readouterr().err
    assert "[bold]x[/]" in shown
    assert not [each for each in shown if ord(each) < 32 and each != "\n"]


# Removal


def test_nothing_outside_is_touched_by_a_removal(forged: Forged) -> None:
    outside = forged.secret / "folder"
    outside.mkdir(mode=0o500)
    (forged.folder.work / "link").symlink_to(outside)
    locked = forged.folder.work / "locked"
    locked.mkdir()
    (locked / "link").symlink_to(outside)
    os.link(forged.secret / "key.png", locked / "second")
    locked.chmod(0)
    before = (forged.secret / "key.png").stat().st_mode
    remove_tree(forged.place)
    assert not forged.place.exists()
    assert outside.stat().st_mode & 0o777 == 0o500
    assert (forged.secret / "key.png").stat().st_mode == before


def test_a_link_is_removed_and_not_what_it_leads_to(forged: Forged, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(forged.secret)
    assert size_of(link) < 1_000
    remove_tree(link)
    assert not os.path.lexists(link)
    assert (forged.secret / "key.png").exists()


def test_what_is_not_there_is_removed_already(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nowhere")


def test_few_descriptors_are_enough_for_a_wide_and_deep_tree(tmp_path: Path) -> None:
    import resource

    tree = tmp_path / "tree"
    tree.mkdir()
    with folder_at(tree) as top:
        for branch in range(5):
            deep(top, f"b{branch}", 300)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    open_now = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 100
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + 100, hard))
        remove_tree(tree)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert not tree.exists()


def deep(folder: int, name: str, levels: int) -> None:
    """A folder with a file in it, so many levels deep."""
    opened = []
    for _ in range(levels):
        os.mkdir(name, dir_fd=folder)
        folder = os.open(name, os.O_RDONLY, dir_fd=folder)
        opened.append(folder)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    for each in opened:
        os.close(each)


# As an ordinary user, for whom modes matter

AS_ORDINARY = """
import json, os, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from transom.engine import leftovers
from transom.engine.job_folder import JobFolder
from transom.engine.read_only import remove_tree, size_of
from transom.store.blobs import FolderBlobs
here = Path(sys.argv[1])
job = JobFolder(here / "job")
job.prepare()
def locked(path, mode=0, folder=False):
    path.mkdir() if folder else path.write_text("locked")
    if folder:
        (path / "inner.png").write_text("inner")
        (path / "deeper").mkdir()
        (path / "deeper" / "inner.png").write_text("inner deeper")
        (path / "deeper").chmod(mode)
    path.chmod(mode)
"""


def as_ordinary(body: str) -> Any:
    """What the program prints as JSON, run by a user for whom modes matter: another one, where this one is root."""
    import site
    import tempfile

    python = "/usr/bin/python3.11" if os.geteuid() == 0 else sys.executable
    if not Path(python).exists():
        pytest.skip("there is no Python that another user may execute")
    source = str(Path(leftovers.__file__).parents[2])
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        command = [python, "-c", AS_ORDINARY + body, folder, source, *site.getsitepackages()]
        user: dict[str, Any] = {"user": ORDINARY, "group": ORDINARY, "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(
            command, capture_output=True, text=True, cwd="/", env={}, timeout=120, check=False, **user
        )
        remove_tree(Path(folder))
        Path(folder).mkdir()
    if "PermissionError" in done.stderr and "import" in done.stderr:
        pytest.skip("another user may not read this copy of the project")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_its_owner_may_not_read_is_a_warning() -> None:
    names, warnings = as_ordinary(
        "locked(job.work / 'closed.png')\n"
        "locked(job.work / 'folder', folder=True)\n"
        "locked(job.work / 'listed', 0o444, folder=True)\n"
        "(job.work / 'open.png').write_text('open')\n"
        "found = leftovers.found(job, 1000)\n"
        "kept = found.kept(FolderBlobs(here / 'blobs'))\n"
        "print(json.dumps([[each.name for each in kept], found.warnings]))\n"
    )
    assert names == ["open.png"]
    assert len(warnings) == 1
    assert "cannot be read" in warnings[0]
    assert "closed.png" in warnings[0]
    assert "folder" in warnings[0]


def test_an_outcome_that_its_owner_may_not_read_is_told_so() -> None:
    said = as_ordinary(
        "from transom.engine.job_folder import Unusable\n"
        "locked(job.path / 'outcome.json')\nlocked(job.path / 'metrics.jsonl')\n"
        "try:\n    job.outcome()\nexcept Unusable as wrong:\n    print(json.dumps([str(wrong), list(job.metrics())]))\n"
    )
    assert os.strerror(errno.EACCES) in said[0]
    assert said[1] == []


@pytest.mark.parametrize("mode", [0o000, 0o111, 0o400, 0o444, 0o500, 0o200])
def test_folders_that_their_owner_locked_are_removed_whole(mode: int) -> None:
    left, outside = as_ordinary(
        f"outside = here / 'outside'\noutside.mkdir(mode={mode})\n"
        f"locked(job.work / 'locked', {mode}, folder=True)\n"
        "(job.path / 'outputs' / 'link').symlink_to(outside)\n"
        f"(job.path / 'outputs').chmod({mode})\njob.work.chmod({mode})\njob.path.chmod({mode})\n"
        "size_of(job.path)\n"
        "remove_tree(job.path)\n"
        "print(json.dumps([os.path.lexists(job.path), outside.stat().st_mode & 0o777]))\n"
    )
    assert not left
    assert outside == mode


def test_a_deep_tree_of_locked_folders_is_removed_whole() -> None:
    left = as_ordinary(
        "os.chdir(job.work)\nplaces = []\n"
        "for number in range(200):\n    os.mkdir('d')\n    places.append(os.open('d', os.O_RDONLY))\n    os.chdir('d')\n"
        "for each in places:\n    os.fchmod(each, 0)\n"
        "os.chdir('/')\nremove_tree(job.path)\nprint(json.dumps(os.path.lexists(job.path)))\n"
    )
    assert not left
