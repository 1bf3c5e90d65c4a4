"""A native component is executed in a thread: its tables are kept, its failures told, and it can be stopped."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from transom.components.native import CannotApply, Given, Native, Stopped, Table
from transom.engine.child import frames
from transom.engine.native_step import NativeAllowance, run_native
from transom.errors import BlobMissing, NotThere, StoreUnwritable
from transom.model.runs import FailureKind, Limits, NativeJob, Outcome, Status
from transom.store.blobs import FolderBlobs, digest_of
from transom.store.live import Live
from transom.tables.description import Description
from transom.tables.step_file import open_step, write_step


class Nowhere:
    """Nothing is outside."""

    def until(self, stopped: Callable[[], bool]) -> Nowhere:
        self.stopped = stopped
        return self

    def fetched(self, address: str, secret: str | None) -> AbstractContextManager[Path]:
        if address == "endless":
            while not self.stopped():
                time.sleep(0.01)
            raise Stopped
        raise CannotApply(f"{address} is not to be reached", "Stay here.")

    def delivered(self, file: Path, address: str, secret: str | None, *, overwrite: bool) -> str:
        raise CannotApply(f"{address} is not to be reached", "Stay here.")

    def connected(self, url: str, secret: str | None) -> AbstractContextManager[Any]:
        raise CannotApply(f"{url} is not to be reached", "Stay here.")

    def mark(self, address: str, secret: str | None) -> Mapping[str, str]:
        return {}


class Place:
    """Where jobs of a test are executed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = FolderBlobs(folder / "blobs")
        self.live = Live(folder / "run")
        self.job_folder = folder / "job"
        self.stop_seconds = 5.0

    def table(self, frame: pd.DataFrame) -> str:
        path = self.folder / f"{os.urandom(4).hex()}.arrow"
        frames.write_frame(frame, str(path))
        return self.blobs.keep(path)

    def run(
        self,
        apply: Native,
        *,
        outputs: tuple[str, ...] = ("result",),
        datasets: Mapping[str, str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ) -> Outcome:
        job = NativeJob("r.s", "split_data", outputs, datasets or {}, parameters or {}, limits)
        outcome = run_native(
            job, apply, self.blobs, self.live, NativeAllowance(self.job_folder, Nowhere(), self.stop_seconds)
        )
        assert not self.job_folder.exists()
        return outcome

    def log(self) -> str:
        return self.live.log.read_text("utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.live.finish()


def table(**columns: list[Any]) -> Table:
    arrow = pa.table(columns)
    return Table(arrow, Description(arrow.num_rows))


FRAME = pd.DataFrame({"n": [1, 2, 3], "c": pd.Categorical(["x", None, "y"])}, index=pd.Index([5, 6, 7], name="key"))


def test_tables_come_in_as_they_are_described_and_go_out_as_step_files(place: Place) -> None:
    seen = {}

    def halves(given: Given) -> dict[str, Table]:
        whole = given.tables["dataset"]
        seen.update(parameters=given.parameters, memory=given.memory, folder=sorted(given.folder.iterdir()))
        given.say("1 of 3 rows")
        return {
            "first": Table(
                whole.arrow.slice(0, 1), Description(1, whole.description.levels, pandas=whole.description.pandas)
            ),
            "rest": Table(
                whole.arrow.slice(1), Description(2, whole.description.levels, pandas=whole.description.pandas)
            ),
        }

    outcome = place.run(
        halves,
        outputs=("first", "rest"),
        datasets={"dataset": place.table(FRAME)},
        parameters={"share": 0.3},
        limits=Limits(memory=2.0**30),
    )
    assert outcome.failure is None
    assert outcome.status is Status.SUCCEEDED
    assert seen == {"parameters": {"share": 0.3}, "memory": 2**30, "folder": []}
    for port, rows in (("first", FRAME[:1]), ("rest", FRAME[1:])):
        made = outcome.results[port]
        path = place.blobs.path(made.digest)
        assert digest_of(path) == made.digest
        pd.testing.assert_frame_equal(frames.read_frame(str(path))[0], rows)
        assert (made.shape.rows, [each.type for each in made.shape.columns]) == (len(rows), ["int64", "category"])
        assert made.shape.index == ("key",)
    assert place.log() == "1 of 3 rows\n"
    seconds = outcome.seconds
    assert seconds.total >= seconds.read + seconds.script + seconds.write > 0


def test_a_finished_step_file_is_taken_as_it_is_and_may_be_at_two_ports(place: Place) -> None:
    def write(given: Given) -> dict[str, Path | Table]:
        made = table(n=[1, 2])
        write_step(made.arrow, given.folder / "big.arrow", made.description)
        return {"one": given.folder / "big.arrow", "two": given.folder / "big.arrow"}

    outcome = place.run(write, outputs=("one", "two"))
    assert outcome.failure is None
    assert outcome.results["one"] == outcome.results["two"]
    assert open_step(place.blobs.path(outcome.results["one"].digest)).to_pydict() == {"n": [1, 2]}


def test_a_component_may_hand_on_nothing(place: Place) -> None:
    outcome = place.run(lambda _: {}, outputs=())
    assert (outcome.status, outcome.results) == (Status.SUCCEEDED, {})


def test_what_a_component_cannot_do_is_told_in_its_own_words(place: Place) -> None:
    def refuse(given: Given) -> dict[str, Table]:
        raise CannotApply("There is no column `pirce`; did you mean `price`?", "Write `price`.")

    outcome = place.run(refuse)
    assert outcome.status is Status.FAILED
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.message, outcome.failure.remedy) == (
        FailureKind.COMPONENT_FAILED,
        "There is no column `pirce`; did you mean `price`?",
        "Write `price`.",
    )


def test_what_a_component_reads_and_is_not_there_is_told_too(place: Place) -> None:
    def read(given: Given) -> dict[str, Table]:
        raise NotThere(path="cars.csv")

    failure = place.run(read).failure
    assert failure is not None
    assert failure.kind is FailureKind.COMPONENT_FAILED
    assert "cars.csv" in failure.message
    assert failure.remedy


def _raising(wrong: BaseException) -> Native:
    def fail(given: Given) -> dict[str, Table]:
        raise wrong

    return fail


def _own_file(given: Given) -> dict[str, Path]:
    (given.folder / "x.arrow").write_bytes(b"no Arrow file")
    return {"result": given.folder / "x.arrow"}


def _link(given: Given) -> dict[str, Path]:
    write_step(pa.table({"n": [1]}), given.folder.parent / "y.arrow", Description(1))
    (given.folder / "x.arrow").symlink_to("../y.arrow")
    return {"result": given.folder / "x.arrow"}


DEFECTS: dict[str, Native] = {
    "an exception": _raising(KeyError("price\nand more")),
    "an exit": _raising(SystemExit(0)),
    "an interrupt": _raising(KeyboardInterrupt()),
    "a stop that nobody asked for": _raising(Stopped()),
    "another port": lambda _: {"results": table(n=[1])},
    "no port": lambda _: {},
    "no table": lambda _: {"result": 3},  # type: ignore[dict-item]
    "a file that is none": lambda given: {"result": given.folder / "none.arrow"},
    "a file of another kind": _own_file,
    "a link": _link,
    "a folder": lambda given: {"result": given.folder},
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_of_ours_is_one_sentence_and_its_traceback_is_for_those_who_look_for_it(
    name: str, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "transom.engine.native_step"):
        outcome = place.run(DEFECTS[name])
    assert outcome.status is Status.FAILED
    assert outcome.results == {}
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.COMPONENT_FAILED
    assert outcome.failure.message.startswith("split_data failed in a way that Transom does not know (")
    assert "\n" not in outcome.failure.message
    assert "defect" in (outcome.failure.remedy or "")
    assert place.log() == ""
    assert caplog.records[0].levelno == logging.DEBUG
    assert caplog.records[0].exc_info


def test_a_file_that_is_not_the_component_s_own_stays_where_it_is(place: Place) -> None:
    theirs = place.folder / "theirs.arrow"
    write_step(pa.table({"n": [1]}), theirs, Description(1))
    failure = place.run(lambda _: {"result": theirs}).failure
    assert failure is not None
    assert "does not lie in the step's folder" in failure.message
    assert theirs.is_file()


@pytest.mark.parametrize("wrong", [MemoryError(), pa.ArrowMemoryError("malloc of size 2**60 failed")])
def test_a_lack_of_memory_is_told_as_one(wrong: Exception, place: Place) -> None:
    failure = place.run(_raising(wrong)).failure
    assert failure is not None
    assert failure.kind is FailureKind.MEMORY_EXCEEDED


def test_an_input_that_is_no_step_file_is_told_as_one(place: Place) -> None:
    failure = place.run(lambda given: {}, datasets={"dataset": place.blobs.put_bytes(b"ARROW1 not")}).failure
    assert failure is not None
    assert failure.kind is FailureKind.INPUT_INVALID
    assert failure.remedy == "Run the step again."


def test_an_input_that_is_gone_is_an_error_of_the_store(place: Place) -> None:
    with pytest.raises(BlobMissing):
        place.run(lambda given: {}, datasets={"dataset": "0" * 64})


def test_a_folder_that_takes_no_files_is_an_error_of_the_store(place: Place) -> None:
    def without_room(given: Given) -> dict[str, Table]:
        shutil.rmtree(given.folder.parent)
        return {"result": table(n=[1])}

    with pytest.raises(StoreUnwritable):
        place.run(without_room)
    (place.folder / "file").write_text("no folder")
    place.job_folder = place.folder / "file" / "job"
    with pytest.raises(StoreUnwritable):
        place.run(lambda given: {}, outputs=())


def test_results_over_the_limit_of_outputs_are_not_kept(place: Place) -> None:
    before = list(place.blobs.digests())
    outcome = place.run(lambda _: {"result": table(n=list(range(10_000)))}, limits=Limits(outputs=10_000))
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.OUTPUTS_EXCEEDED
    assert outcome.status is Status.FAILED
    assert list(place.blobs.digests()) == before


def _writes_on(given: Given) -> dict[str, Table]:
    with (given.folder / "rows").open("wb") as rows:
        for _ in range(2_000):
            if given.stopped():
                raise Stopped
            rows.write(bytes(1 << 20))
            time.sleep(0.005)
    return {"result": table(n=[1])}


@pytest.mark.parametrize(
    ("limits", "kind"),
    [
        (Limits(disk=10.0 * 2**20), FailureKind.DISK_EXCEEDED),
        (Limits(file_size=10.0 * 2**20), FailureKind.FILE_SIZE_EXCEEDED),
    ],
)
def test_a_step_that_writes_more_than_it_may_is_stopped_while_it_writes(
    limits: Limits, kind: FailureKind, place: Place
) -> None:
    began = time.monotonic()
    outcome = place.run(_writes_on, limits=limits)
    assert time.monotonic() - began < 8
    assert (outcome.status, outcome.results) == (Status.FAILED, {})
    assert outcome.failure is not None
    assert outcome.failure.kind is kind
    assert "10 MiB" in outcome.failure.message or "10,485,760 bytes" in outcome.failure.message
    assert kind.removesuffix("_exceeded") in (outcome.failure.remedy or "")


def test_a_file_that_is_written_faster_than_it_is_looked_at_is_not_kept_either(place: Place) -> None:
    outcome = place.run(lambda _: {"result": table(n=list(range(10_000)))}, limits=Limits(file_size=10_000.0))
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.FILE_SIZE_EXCEEDED
    assert list(place.blobs.digests()) == []


def test_many_small_files_are_within_the_limit_of_one(place: Place) -> None:
    def write(given: Given) -> dict[str, Table]:
        for number in range(100):
            (given.folder / f"{number}").write_bytes(bytes(9_000))
        time.sleep(0.3)
        return {"result": table(n=[1])}

    assert place.run(write, limits=Limits(file_size=10_000.0, disk=2.0**21)).failure is None


def _asks(given: Given) -> dict[str, Table]:
    while not given.stopped():
        time.sleep(0.01)
    raise Stopped


def _fetches(given: Given) -> dict[str, Table]:
    with given.outside.fetched("endless", None):
        return {}


def _is_interrupted(given: Given) -> dict[str, Table]:
    while not given.stopped():
        time.sleep(0.01)
    raise RuntimeError("INTERRUPT Error: Interrupted!")  # what DuckDB says


def _is_done_nevertheless(given: Given) -> dict[str, Table]:
    while not given.stopped():
        time.sleep(0.01)
    return {"result": table(n=[1])}


@pytest.mark.parametrize("apply", [_asks, _fetches, _is_interrupted, _is_done_nevertheless])
def test_a_step_that_is_asked_to_stop_is_cancelled_however_it_ends(apply: Native, place: Place) -> None:
    threading.Timer(0.2, place.live.ask_to_stop).start()
    began = time.monotonic()
    outcome = place.run(apply)
    assert time.monotonic() - began < 2
    assert (outcome.status, outcome.results) == (Status.CANCELLED, {})
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.CANCELLED
    assert outcome.failure.message == "The step was stopped because it was asked to."


def test_a_step_that_takes_too_long_is_stopped(place: Place) -> None:
    outcome = place.run(_asks, limits=Limits(timeout=0.2))
    assert outcome.status is Status.TIMED_OUT
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.TIMED_OUT
    assert "after 0.2 s" in outcome.failure.message


def test_a_step_that_does_not_stop_is_left_behind_and_what_it_makes_is_dropped(place: Place) -> None:
    go_on, gone = threading.Event(), threading.Event()

    def deaf(given: Given) -> dict[str, Table]:
        try:
            go_on.wait(20)
            given.say("too late")
            given.folder.mkdir(parents=True, exist_ok=True)
            (given.folder / "late.txt").write_text("late")
            return {"result": table(n=[1])}
        finally:
            gone.set()

    place.stop_seconds = 0.3
    place.live.ask_to_stop()
    began = time.monotonic()
    outcome = place.run(deaf)
    assert time.monotonic() - began < 3
    assert outcome.status is Status.CANCELLED
    go_on.set()
    assert gone.wait(5)
    _until(lambda: not place.job_folder.exists() and not _natives())
    assert place.log() == ""
    assert list(place.blobs.digests()) == []


def _natives() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("native ")]


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)
