"""Contents travel between a job and its workspace as files beside the questions, and nobody can bend them on the way."""

from __future__ import annotations

import mmap
import os
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from transom.engine import exchange_handed
from transom.engine.exchange import (
    Exchange,
    Giving,
    WorkspaceAnswer,
    allowed,
    make_given,
    sweep_given,
)
from transom.engine.job_folder import JobFolder, link_or_copy
from transom.errors import BlobMissing, NotAllowed, WorkspaceUnusable, WrongUse
from transom.model.policies import Enforced, Network, Policy
from transom.model.runs import Limits
from transom.store.blobs import COPIED_BYTES, FolderBlobs, digest_of

LARGE = COPIED_BYTES + 1000


class Place:
    """A job's folder, the blobs, the folder of given contents, and the exchange between them."""

    def __init__(self, folder: Path, limits: Limits = Limits(), *, copies: bool = False) -> None:  # noqa: B008 (frozen)
        self.job = JobFolder(folder / "job")
        self.job.prepare()
        self.handed = self.job.path / "handed"
        self.blobs = FolderBlobs(folder / "blobs")
        self.given = folder / "given"
        make_given(self.given)
        self.note = folder / "note"
        self.masked: list[str] = []
        giving = Giving(self.given, self.note, copies)
        self.exchange = Exchange(self.job, self.blobs, giving, limits, self.masked.extend)

    def hand(self, name: str, content: bytes = b"handed") -> dict[str, str]:
        (self.handed / name).write_bytes(content)
        return {"handed": name}

    def asked(self, answer: WorkspaceAnswer, **facts: object) -> Mapping[str, Any]:
        """What the job hears of this answer to a question with these facts."""
        return self.exchange.answers({"question": answer})["question"](facts, lambda _: None)

    def told(self, **facts: object) -> Any:
        """What the workspace hears of these facts."""
        heard: list[Mapping[str, Any]] = []
        self.asked(lambda facts: heard.append(facts) or {}, **facts)  # type: ignore[func-returns-value]
        return heard[0]

    def gets(self, **answer: object) -> Any:
        """What the job hears of this answer."""
        return self.asked(lambda _: answer)

    def refusal(self, ask: Callable[[], object]) -> str:
        """The sentence with which it is refused; the job's files are as they were."""
        before = sorted(os.listdir(self.handed))
        with pytest.raises(WrongUse) as refused:
            ask()
        assert sorted(os.listdir(self.handed)) == before
        assert refused.value.remedy
        return refused.value.message

    def given_folders(self) -> list[str]:
        self.given.chmod(0o711)
        names = os.listdir(self.given)
        self.given.chmod(0o311)
        return names


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.exchange.close()


# What a job hands over


def test_what_is_handed_over_is_named_by_its_content_and_gone(place: Place) -> None:
    first, second = place.hand("a", b"one"), place.hand("b", b"x" * LARGE)
    told = place.told(files=[{"name": "x", "content": first}, {"name": "y", "content": second}], other=1)
    for each, content in zip(told["files"], (b"one", b"x" * LARGE), strict=True):
        assert each["content"] == {"digest": each["content"]["digest"], "bytes": len(content)}
        assert place.blobs.bytes(each["content"]["digest"]) == content
    assert told["other"] == 1
    assert os.listdir(place.handed) == []


def test_a_file_may_be_named_twice_in_a_question_and_is_taken_once(place: Place) -> None:
    handed = place.hand("a")
    told = place.told(first=handed, second=[handed])
    assert told["first"] == told["second"][0]


def test_what_a_person_writes_down_is_passed_on_as_it_is(place: Place) -> None:
    tags = {"handed": "x", "content": "y"}
    assert place.told(tags=tags, properties={"a": tags})["tags"] == tags
    said = {"tags": {"content": "0" * 64, "name": "x"}, "metrics": {"m": {"contents": [], "name": "x"}}}
    assert place.gets(**said) == said


@pytest.mark.parametrize("size", [10, LARGE])
def test_what_was_taken_cannot_be_changed_by_what_the_job_still_holds(place: Place, size: int) -> None:
    handed, path = place.hand("a", b"x" * size), place.handed / "a"
    (place.job.work / "other name").hardlink_to(path)
    with path.open("r+b") as held, mmap.mmap(held.fileno(), size) as shared:
        digest = place.told(a=handed)["a"]["digest"]
        held.write(b"changed")
        held.flush()
        shared[-1:] = b"!"
        (place.job.work / "other name").chmod(0o666)
    assert place.blobs.bytes(digest) == b"x" * size
    status = place.blobs.path(digest).stat()
    assert (stat.S_IMODE(status.st_mode), status.st_nlink) == (0o444, 1)


def test_of_a_file_that_grows_while_it_is_taken_what_was_there_first_is_kept(place: Place) -> None:
    handed, path = place.hand("a", b"0123456789" * 1_000_000), place.handed / "a"
    over = threading.Event()

    def grow() -> None:
        with path.open("ab") as stream:
            while not over.is_set():
                stream.write(b"more" * 100_000)

    growing = threading.Thread(target=grow)
    growing.start()
    told = place.told(a=handed)["a"]
    over.set()
    growing.join()
    content = place.blobs.bytes(told["digest"])
    assert len(content) == told["bytes"] < 2_000_000_000
    assert content.startswith(b"0123456789" * 1_000_000)


def test_a_file_that_becomes_shorter_is_what_was_read_of_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    handed, path = place.hand("a", b"x" * LARGE), place.handed / "a"
    read = exchange_handed._Bounded.readinto

    def cut_first(self: exchange_handed._Bounded, buffer: Any) -> int:
        os.truncate(path, 5)
        return read(self, buffer)

    monkeypatch.setattr(exchange_handed._Bounded, "readinto", cut_first)
    told = place.told(a=handed)["a"]
    assert (told["bytes"], place.blobs.bytes(told["digest"])) == (5, b"xxxxx")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/etc/passwd",
        "../work/a",
        "a/b",
        "x" * 201,
        "a\0b",
        "a\nb",
        "\udcff",
        7,
        None,
        ["a"],
        {"handed": "a"},
    ],
    ids=lambda name: repr(name)[:20],
)
def test_a_name_that_leads_elsewhere_is_none(place: Place, name: object) -> None:
    (place.job.work / "a").write_text("not handed")
    place.hand("a")
    assert "is not the name of a file" in place.refusal(lambda: place.told(a={"handed": name}))


@pytest.mark.parametrize(
    "claim",
    [{"digest": "0" * 64, "bytes": 1}, {"digest": "0" * 64}, {"digest": 1, "handed": "a"}, {"digest": None, "x": 1}],
)
def test_a_job_cannot_name_a_content_by_a_digest_that_it_has_seen(place: Place, claim: dict[str, object]) -> None:
    handed = place.hand("a")
    for facts in ({"a": claim}, {"files": [{"name": "x", "content": claim}, handed]}, claim):
        assert "not named by its digest" in place.refusal(lambda facts=facts: place.told(**facts))  # type: ignore[misc]
    assert place.told(same_as="0" * 64, tags={"digest": "x"}) == {"same_as": "0" * 64, "tags": {"digest": "x"}}


def test_what_is_not_there_is_said_and_the_others_stay(place: Place) -> None:
    handed = place.hand("a")
    refused = place.refusal(lambda: place.told(files=[handed, {"handed": "missing"}]))
    assert refused == "'missing' was not handed over: there is no such file."
    assert place.told(files=[handed])["files"][0]["bytes"] == 6


def odd_things(folder: Path) -> dict[str, Callable[[Path], object]]:
    """What may lie there and is no file, by its name: functions that make it."""
    secret = folder / "secret.txt"
    secret.write_text("secret")

    def listening(path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))

    return {
        "link": lambda path: path.symlink_to(secret),
        "link to a device": lambda path: path.symlink_to("/dev/zero"),
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
        "socket": listening,
    }


def test_what_is_no_file_is_refused_without_waiting_for_it(place: Place, tmp_path: Path) -> None:
    for name, make in odd_things(tmp_path).items():
        make(place.handed / name)
        assert "cannot be handed over" in place.refusal(lambda name=name: place.told(a={"handed": name}))  # type: ignore[misc]
    assert list(place.blobs.digests()) == []


def test_a_link_in_the_place_of_the_folder_is_not_followed(place: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a").write_text("secret")
    place.handed.rmdir()
    place.handed.symlink_to(elsewhere)
    with pytest.raises(WrongUse, match="cannot be handed over"):
        place.told(a={"handed": "a"})
    assert (elsewhere / "a").exists()


@pytest.mark.parametrize("limits", [Limits(outputs=1000), Limits(disk=1000), Limits(outputs=10**6, disk=1000)])
def test_a_job_hands_over_no_more_than_it_may_keep(tmp_path: Path, limits: Limits) -> None:
    place = Place(tmp_path, limits)
    place.told(a=place.hand("a", b"x" * 600))
    handed = place.hand("b", b"y" * 401)
    refused = place.refusal(lambda: place.told(a=handed))
    assert refused == "'b' (401 bytes) is more than this run may still hand over: it may keep 1,000 bytes."
    assert place.told(a=place.hand("c", b"y" * 400))["a"]["bytes"] == 400


def test_a_huge_file_that_is_empty_is_not_read(place: Place) -> None:
    with (place.handed / "hollow").open("wb") as stream:
        stream.truncate(1 << 40)
    before = time.monotonic()
    assert "nearly empty for its size" in place.refusal(lambda: place.told(a={"handed": "hollow"}))
    assert time.monotonic() - before < 5


def test_many_hollow_files_are_together_no_more_than_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_handed, "MOST_HOLLOW", 30_000_000)
    for number in range(3):
        with (place.handed / f"hollow{number}").open("wb") as stream:
            stream.truncate(20_000_000)
    place.told(a={"handed": "hollow0"})
    assert "nearly empty" in place.refusal(lambda: place.told(a={"handed": "hollow1"}))
    assert place.told(a=place.hand("full", b"x" * 20_000_000))["a"]["bytes"] == 20_000_000


def test_so_many_files_go_with_a_question_and_come_from_a_job(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_handed, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(exchange_handed, "MOST_OF_A_JOB", 5)
    place.told(files=[place.hand(name) for name in "abc"])
    many = [place.hand(name) for name in "defg"]
    assert "may hand over 3 files, and a run 5" in place.refusal(lambda: place.told(files=many))
    place.told(files=many[:2])
    assert "a run 5" in place.refusal(lambda: place.told(files=many[2:3]))


def test_facts_that_are_too_deep_are_refused(place: Place) -> None:
    deep: object = place.hand("a")
    for _ in range(60):
        deep = [deep]
    assert "levels deep" in place.refusal(lambda: place.told(a=deep))


# What a job is given


def test_a_content_is_given_as_a_file_of_its_name_that_nobody_writes_to(place: Place) -> None:
    digest = place.blobs.put_bytes(b"content")
    path = Path(place.gets(file={"content": digest, "name": "cars.csv"})["file"]["path"])
    assert (path.name, path.read_bytes()) == ("cars.csv", b"content")
    assert path.samefile(place.blobs.path(digest))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o555
    assert path.is_relative_to(place.given.resolve())


def test_a_folder_is_given_with_the_names_of_its_files(place: Place) -> None:
    contents = [{"name": name, "digest": place.blobs.put_bytes(name.encode())} for name in ("a.csv", "b/c/d.csv")]
    told = place.gets(files={"contents": contents, "name": "cars"}, names=["a.csv"])
    folder = Path(told["files"]["path"])
    assert told["names"] == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == b"a.csv"
    assert (folder / "b/c/d.csv").read_bytes() == b"b/c/d.csv"
    assert {stat.S_IMODE((folder / each).stat().st_mode) for each in (".", "b", "b/c")} == {0o555}
    assert Path(place.gets(files={"contents": [], "name": "empty"})["files"]["path"]).is_dir()


def test_the_same_content_of_the_same_name_is_given_once(place: Place) -> None:
    digest = place.blobs.put_bytes(b"content")
    first, again, other = (place.gets(x={"content": digest, "name": name})["x"]["path"] for name in ("a", "a", "b"))
    assert first == again != other
    assert len(os.listdir(Path(first).parents[1])) == 2


def test_no_job_can_guess_or_list_where_another_one_was_given_something(place: Place, tmp_path: Path) -> None:
    path = Path(place.gets(x={"content": place.blobs.put_bytes(b"x"), "name": "a"})["x"]["path"])
    (name,) = place.given_folders()
    assert len(bytes.fromhex(name)) == 16
    assert path.parents[1].name == name
    assert stat.S_IMODE(place.given.stat().st_mode) == 0o311


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/etc/passwd",
        "a/../../b",
        "a//b",
        "a/",
        "a\0",
        "x" * 256,
        "é" * 128,
        "a/" * 60 + "b",
        "\ud800",
        None,
    ],
    ids=lambda name: repr(name)[:20],
)
def test_a_name_of_strangers_leads_nowhere_else(place: Place, name: object) -> None:
    digest = place.blobs.put_bytes(b"x")
    for answer in (
        {"content": digest, "name": name},
        {"contents": [{"name": name, "digest": digest}], "name": "x"},
        {"contents": [], "name": name},
    ):
        with pytest.raises(WrongUse, match="cannot be the name of a file"):
            place.gets(x=answer)


@pytest.mark.parametrize("names", [("a", "a"), ("a", "a/b"), ("a/b", "a")])
def test_two_files_of_one_name_are_refused_and_leave_both_contents_whole(place: Place, names: tuple[str, str]) -> None:
    digests = [place.blobs.put_bytes(content) for content in (b"one", b"two")]
    contents = [{"name": name, "digest": digest} for name, digest in zip(names, digests, strict=True)]
    with pytest.raises(WrongUse, match="name"):
        place.gets(x={"contents": contents, "name": "x"})
    assert [place.blobs.bytes(digest) for digest in digests] == [b"one", b"two"]


def test_a_content_that_is_not_there_is_said_and_leaves_nothing_half(place: Place) -> None:
    there = {"name": "a", "digest": place.blobs.put_bytes(b"x")}
    for digest in ("0" * 64, "../../etc/passwd", "", None):
        with pytest.raises(BlobMissing):
            place.gets(x={"contents": [there, {"name": "b", "digest": digest}], "name": "x"})
    (own,) = place.given_folders()
    assert os.listdir(place.given / own) == []


def test_where_a_second_name_cannot_be_given_it_is_a_copy(tmp_path: Path) -> None:
    if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(tmp_path).st_dev:
        pytest.skip("there is no other file system here")
    with TemporaryDirectory(dir="/dev/shm") as folder:
        place = Place(tmp_path)
        place.exchange = Exchange(
            place.job, place.blobs, Giving(Path(folder, "given"), place.note), Limits(), place.masked.extend
        )
        digest = place.blobs.put_bytes(b"content")
        path = Path(place.gets(x={"content": digest, "name": "a"})["x"]["path"])
        assert path.read_bytes() == b"content"
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        place.exchange.close()
        assert os.listdir(folder) == ["given"]


def test_where_nothing_keeps_a_job_from_writing_to_a_blob_it_is_given_a_copy(tmp_path: Path) -> None:
    place = Place(tmp_path, copies=True)
    digest = place.blobs.put_bytes(b"content")
    path = Path(place.gets(x={"content": digest, "name": "a"})["x"]["path"])
    path.chmod(0o644)
    path.write_bytes(b"changed")
    assert place.blobs.bytes(digest) == b"content"
    place.exchange.close()


def test_how_contents_are_given_depends_on_what_holds_a_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = Enforced(Policy.GUARDED, Network.OPEN, ("mount namespace",), ())
    without_mounts = Enforced(Policy.CONFINED, Network.NONE, ("Landlock 6",), ("modes of files", "sockets"))
    with_nothing = Enforced(Policy.GUARDED, Network.OPEN, (), ("files", "modes of files"))
    free = Enforced(Policy.OPEN, Network.OPEN)

    def given(user: int) -> list[tuple[bool, bool]]:
        monkeypatch.setattr(os, "geteuid", lambda: user)
        ways = (held, without_mounts, with_nothing, free, None)
        found = [Giving.under(each, tmp_path, tmp_path / "note") for each in ways]
        return [(each.copies, each.repairs) for each in found]

    assert given(0) == [(False, False), (False, True), (True, True), (True, True), (True, True)]
    assert given(1000) == [(False, False), (False, True), (False, True), (False, True), (False, True)]


def test_rights_that_a_job_gave_to_others_are_taken_away_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.exchange = Exchange(
        place.job, place.blobs, Giving(place.given, place.note, repairs=True), Limits(), place.masked.extend
    )
    digest = place.blobs.put_bytes(b"content")
    Path(place.gets(x={"content": digest, "name": "a"})["x"]["path"]).chmod(0o666)
    place.exchange.close()
    assert stat.S_IMODE(place.blobs.path(digest).stat().st_mode) == 0o444


def test_a_run_without_a_place_for_contents_says_so_where_one_is_given(place: Place) -> None:
    place.exchange = Exchange(place.job, place.blobs, Giving(None, place.note), Limits(), place.masked.extend)
    assert place.gets(x=1) == {"x": 1}
    with pytest.raises(WrongUse, match="it has no folder for them"):
        place.gets(x={"content": place.blobs.put_bytes(b"x"), "name": "a"})


# The end of a job, and of a Transom that was killed


def test_what_was_given_is_gone_when_the_job_is_over(place: Place) -> None:
    place.gets(x={"content": place.blobs.put_bytes(b"x"), "name": "a"})
    assert place.given_folders() == [place.note.read_text()]
    place.exchange.close()
    assert place.given_folders() == []
    assert not place.note.exists()


def test_nothing_is_made_for_a_job_that_asks_for_nothing(place: Place) -> None:
    place.gets(x=1)
    assert place.given_folders() == []
    assert not place.note.exists()


def test_nothing_is_answered_after_the_end(place: Place) -> None:
    digest = place.blobs.put_bytes(b"x")
    answers = place.exchange.answers({"question": lambda _: {"x": {"content": digest, "name": "a"}}})
    place.exchange.close()
    with pytest.raises(WrongUse, match="The job is over"):
        answers["question"]({}, lambda _: None)
    assert place.given_folders() == []


def test_the_end_waits_for_an_answer_that_is_nearly_done(place: Place) -> None:
    begun, done = threading.Event(), []

    def slow(_: Mapping[str, Any]) -> Mapping[str, Any]:
        begun.set()
        time.sleep(0.2)
        done.append(True)
        return {}

    asking = threading.Thread(target=lambda: place.asked(slow))
    asking.start()
    begun.wait(10)
    place.exchange.close()
    assert done
    asking.join()


def test_an_answer_that_comes_after_the_end_gives_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transom.engine.exchange._SECONDS_TO_END", 0.05)
    begun, go_on = threading.Event(), threading.Event()
    digest = place.blobs.put_bytes(b"x")
    refused: list[str] = []

    def slow(_: Mapping[str, Any]) -> Mapping[str, Any]:
        begun.set()
        go_on.wait(10)
        return {"x": {"content": digest, "name": "a"}}

    def ask() -> None:
        try:
            place.asked(slow)
        except WrongUse as wrong:
            refused.append(wrong.message)

    asking = threading.Thread(target=ask)
    asking.start()
    begun.wait(10)
    place.exchange.close()
    go_on.set()
    asking.join()
    assert refused == ["The job is over."]
    assert place.given_folders() == []


def test_what_a_killed_transom_left_is_swept_by_its_note(place: Place) -> None:
    place.gets(x={"contents": [{"name": "a/b", "digest": place.blobs.put_bytes(b"x")}], "name": "a"})
    sweep_given(place.note, place.given)
    assert place.given_folders() == []
    assert not place.note.exists()
    sweep_given(place.note, place.given)


@pytest.mark.parametrize("said", ["", "..", "../job", "/tmp", "0" * 31, "0" * 32 + "\n", "G" * 32])
def test_a_note_that_is_none_removes_nothing(place: Place, said: str) -> None:
    place.note.write_text(said)
    kept = place.given / "kept"
    kept.mkdir()
    sweep_given(place.note, place.given)
    assert kept.exists()
    assert place.job.path.exists()
    assert not place.note.exists()


def test_nothing_is_swept_through_a_link(place: Place, tmp_path: Path) -> None:
    precious = tmp_path / "elsewhere" / ("a" * 32)
    precious.mkdir(parents=True)
    place.given.rmdir()
    place.given.symlink_to(precious.parent)
    place.note.write_text(precious.name)
    sweep_given(place.note, place.given)
    assert precious.exists()


def test_the_folder_of_all_jobs_is_entered_and_not_listed(tmp_path: Path) -> None:
    folder = tmp_path / "workspace" / "given"
    make_given(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o311
    folder.chmod(0o755)
    make_given(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o311


def test_a_link_in_its_place_is_refused_since_scripts_would_be_shown_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "given").symlink_to("/etc")
    with pytest.raises(WorkspaceUnusable, match="given is no folder"):
        make_given(tmp_path / "given")
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceUnusable):
        make_given(tmp_path / "file")


# Secrets and policies


def test_a_secret_is_masked_before_the_job_has_it(place: Place) -> None:
    assert place.gets(value="hush", secret=True) == {"value": "hush"}
    assert place.masked == ["hush"]
    assert place.exchange.secrets == ("hush",)
    assert place.gets(value="open", secret=False) == {"value": "open", "secret": False}
    assert place.masked == ["hush"]


def test_a_strict_script_is_told_what_its_workspace_is_called_and_nothing_else() -> None:
    def answer(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"answered": True}

    answers = {"workspace/describe": answer, "dataset/open": answer}
    for policy in (Policy.OPEN, Policy.GUARDED, Policy.CONFINED):
        assert allowed(answers, policy)["dataset/open"]({}) == {"answered": True}
    strict = allowed(answers, Policy.STRICT)
    assert strict["workspace/describe"]({}) == {"answered": True}
    with pytest.raises(NotAllowed) as refused:
        strict["dataset/open"]({})
    assert refused.value.message == "The script may not use the workspace under the policy strict."
    assert "--policy confined" in refused.value.remedy


# Second names elsewhere


def test_a_second_name_is_never_written_over(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    one, two = (blobs.path(blobs.put_bytes(content)) for content in (b"one", b"two"))
    link_or_copy(one, tmp_path / "view" / "a")
    link_or_copy(one, tmp_path / "view" / "a")
    with pytest.raises(FileExistsError):
        link_or_copy(two, tmp_path / "view" / "a")
    assert digest_of(one) == one.parent.name + one.name
