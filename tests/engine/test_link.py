"""A job's processes ask over a socket in its folder and get an answer or a sentence, whatever they send."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engine.installing import served
from tests.engine.running import Worker
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.link import Answer, Link
from transom.engine.process import CHILD
from transom.errors import EnvironmentFailed
from transom.model.runs import Limits, Status

ASK = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("link", sys.argv[1])
link = importlib.util.module_from_spec(spec)
spec.loader.exec_module(link)
try:
    told = link.ask(sys.argv[2], lambda text: print("text", text), **json.loads(sys.argv[3]))
    print("answer", json.dumps(told, sort_keys=True))
except (link.Refused, link.NoLink) as wrong:
    print(type(wrong).__name__, wrong, getattr(wrong, "remedy", ""))
"""


def echo(facts: Mapping[str, Any], tell: Any) -> Mapping[str, Any]:
    tell("working")
    tell("wörking")
    return {"facts": facts}


def fails(facts: Mapping[str, Any], tell: Any) -> Mapping[str, Any]:
    raise EnvironmentFailed(name="this", reason="it is a test", advice="Do nothing.")


def breaks(facts: Mapping[str, Any], tell: Any) -> Mapping[str, Any]:
    raise ZeroDivisionError("by nought")


ANSWERS: dict[str, Answer] = {"echo": echo, "fails": fails, "breaks": breaks}


@pytest.fixture(params=["host", "py36"])
def python(request: pytest.FixtureRequest) -> str:
    if request.param == "host":
        return sys.executable
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    return str(oldest)


def asked(python: str, path: Path, question: str, **facts: object) -> list[str]:
    command = [python, "-c", ASK, str(CHILD / "link.py"), question, json.dumps(facts)]
    variables = {"TRANSOM_LINK": str(path), "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def sent(path: Path, content: bytes) -> dict[str, Any]:
    """What comes back for these bytes."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(content)
        with connection.makefile() as lines:
            told: dict[str, Any] = json.loads(lines.readline())
            return told


def test_texts_come_before_the_answer(python: str, tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        told = asked(python, link.path, "echo", number=1, text="é")
    assert told == ["text working", "text wörking", 'answer {"facts": {"number": 1, "text": "\\u00e9"}}']


def test_a_folder_may_be_deeper_than_a_socket_address_is_long(python: str, tmp_path: Path) -> None:
    folder = tmp_path / "/".join(["deep" * 10] * 6)
    folder.mkdir(parents=True)
    with served(Link(folder / "link", ANSWERS)) as link:
        assert asked(python, link.path, "echo")[-1] == 'answer {"facts": {}}'


def test_an_error_is_a_sentence_and_a_remedy(python: str, tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        told = asked(python, link.path, "fails")
    assert told == ["Refused The environment this cannot be used: it is a test. Do nothing."]


def test_who_belongs_to_no_job_is_told_so(python: str, tmp_path: Path) -> None:
    assert asked(python, Path(), "echo")[0].startswith("NoLink Transom does not listen")
    assert (
        "belongs to no job"
        in subprocess.run(
            [python, "-c", ASK, str(CHILD / "link.py"), "echo", "{}"],
            env={},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )


def test_an_answer_that_breaks_is_told_without_a_traceback(tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        told = sent(link.path, b'{"question": "breaks", "facts": {}}\n')
    assert told["error"] == "Transom could not answer: ZeroDivisionError: by nought"


def test_a_question_that_nobody_answers_is_named_with_those_that_are(tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        told = sent(link.path, b'{"question": "weather", "facts": {}}\n')
    assert "'weather'" in told["error"]
    assert "breaks, echo, fails" in told["remedy"]


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"question": 1}\n',
        b'{"question": "echo", "facts": 1}\n',
        b"[" * 99999 + b"\n",
    ],
    ids=["no_json", "a_list", "no_text", "a_number", "facts_that_are_none", "a_deep_one"],
)
def test_what_is_no_question_is_told_so_and_the_next_one_is_answered(content: bytes, tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        assert "no question" in sent(link.path, content)["error"]
        assert sent(link.path, b'{"question": "echo"}\n') == {"text": "working"}


def test_a_question_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(link.path))
            try:
                for _ in range(100):
                    connection.sendall(b"x" * (1 << 20))
            except BrokenPipeError:
                pass
            else:
                pytest.fail("it took everything")
        assert sent(link.path, b'{"question": "echo"}\n') == {"text": "working"}


def test_no_thread_runs_until_somebody_asks(tmp_path: Path) -> None:
    before = threading.active_count()
    link = Link(tmp_path / "link", ANSWERS)
    assert threading.active_count() == before
    link.close()


def test_who_goes_away_without_asking_disturbs_nobody(tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link:
        for _ in range(100):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(link.path))
        assert sent(link.path, b'{"question": "echo"}\n') == {"text": "working"}


def test_who_still_waits_when_the_job_ends_is_let_go(tmp_path: Path) -> None:
    asked_for, over = threading.Event(), threading.Event()

    def slow(facts: Mapping[str, Any], tell: Any) -> Mapping[str, Any]:
        asked_for.set()
        over.wait()
        return {}

    with served(Link(tmp_path / "link", {"slow": slow})) as link, socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(link.path))
        connection.sendall(b'{"question": "slow"}\n')
        assert asked_for.wait(30)
        link.close()
        assert connection.recv(100) == b""
        over.set()


def test_a_closed_link_is_gone(tmp_path: Path) -> None:
    link = Link(tmp_path / "link", ANSWERS)
    link.close()
    assert not link.path.exists()
    assert link.fileno() == -1


def connected(link: Link) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(link.path))
    connection.settimeout(30)
    return connection


def test_who_asks_slowly_is_given_up_although_a_letter_comes_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transom.engine.link._SECONDS_TO_ASK", 0.5)
    with served(Link(tmp_path / "link", ANSWERS)) as link, connected(link) as connection:
        connection.sendall(b" ")
        assert eventually(lambda: is_refused(connection))
        assert sent(link.path, b'{"question": "echo"}\n') == {"text": "working"}


def test_what_all_ask_together_is_bounded(tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link, contextlib.ExitStack() as held:
        for _ in range(2):
            held.enter_context(connected(link)).sendall(b"x" * (4 * 1024**2 - 1))
        assert eventually(lambda: link._room == 2)
        until_told = connected(link)
        with until_told, contextlib.suppress(OSError):
            for _ in range(64):
                until_told.sendall(b"x" * (1 << 16))
                time.sleep(0.01)
            assert b"Too much is asked" in until_told.recv(4096)
        held.close()
        assert eventually(lambda: sent(link.path, b'{"question": "echo"}\n') == {"text": "working"})


def is_refused(connection: socket.socket) -> bool:
    """Whether nobody takes another letter."""
    try:
        connection.sendall(b" ")
    except OSError:
        return True
    return False


def eventually(holds: Callable[[], bool]) -> bool:
    for _ in range(500):
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_a_flood_of_connections_is_told_so_and_holds_nobody_up(tmp_path: Path) -> None:
    with served(Link(tmp_path / "link", ANSWERS)) as link, contextlib.ExitStack() as held:
        before = threading.active_count()
        for _ in range(32):
            held.enter_context(connected(link))
        told = [held.enter_context(connected(link)) for _ in range(20)]
        for connection in told:
            assert b"Too many questions" in connection.recv(4096)
        assert threading.active_count() <= before + 32
        held.close()
        assert eventually(lambda: sent(link.path, b'{"question": "echo"}\n') == {"text": "working"})


def test_who_does_not_read_is_told_no_more_and_its_answer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transom.engine.link._SECONDS_TO_ASK", 0.2)
    done = threading.Event()

    def talks(facts: Mapping[str, Any], tell: Any) -> Mapping[str, Any]:
        for _ in range(1_000):
            tell("x" * 100_000)
        done.set()
        return {}

    with served(Link(tmp_path / "link", {"talks": talks})) as link, connected(link) as connection:
        connection.sendall(b'{"question": "talks"}\n')
        assert done.wait(30)


def test_what_was_asked_just_before_the_end_is_answered_no_more(tmp_path: Path) -> None:
    answered = threading.Event()

    def answer(facts: Mapping[str, Any], tell: Any) -> Mapping[str, Any]:
        answered.set()
        return {}

    link = Link(tmp_path / "link", {"answer": answer})
    with connected(link) as connection:
        while not link._open:
            link.accept()
        connection.sendall(b'{"question": "answer"')
        link.close()
        with contextlib.suppress(OSError):
            connection.sendall(b"}\n")
        assert not answered.wait(0.5)


def test_descriptors_that_are_sent_along_are_not_kept(tmp_path: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    with served(Link(tmp_path / "link", ANSWERS)) as link, connected(link) as connection:
        before = count()
        with open(os.devnull) as nothing:
            socket.send_fds(connection, [b'{"question": "echo"'], [nothing.fileno()] * 100)
        connection.sendall(b"}\n")
        assert b"working" in connection.recv(4096)
        assert count() <= before + 5


def test_a_job_that_floods_its_link_is_stopped_in_time(tmp_path: Path) -> None:
    flood = """
import os, socket, threading, time
def ask():
    held = []
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(os.environ["TRANSOM_LINK"])
            connection.send(b"x" * 100000)
        except OSError:
            pass
        held = held[-20:] + [connection]
def azureml_main(first=None, second=None):
    for _ in range(8):
        threading.Thread(target=ask, daemon=True).start()
    time.sleep(600)
"""
    done = Worker(tmp_path, stop_seconds=1.0).run(flood, limits=Limits(timeout=2.0))
    assert done.outcome.status is Status.TIMED_OUT
