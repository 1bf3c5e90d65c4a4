"""The encrypted file and its key: what was changed, swapped, lost or shared is found, and nothing is lost by us."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.secret_places import Place, told

from transom.errors import SecretUnreadable, TransomError, WorkspaceUnusable, WrongUse
from transom.store import secrets_file, secrets_key
from transom.store.secrets import Kept, Secrets

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=50)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(TEXTS)
def test_any_text_comes_back_from_the_file(place: Place, value: str) -> None:
    place.secrets().set("any", value)
    assert place.secrets().get("any") == value


def test_a_secret_stored_with_one_key_is_not_read_with_another(place: Place) -> None:
    place.text("one")
    place.secrets().set("a", "value")
    place.text("another")
    with pytest.raises(SecretUnreadable) as wrong:
        place.secrets().get("a")
    assert "another key than TRANSOM_SECRET_KEY has now" in told(wrong)
    place.text(None)
    with pytest.raises(SecretUnreadable, match="not set"):
        place.secrets().get("a")
    place.text("one")
    assert place.secrets().get("a") == "value"


def test_each_secret_is_read_with_the_key_that_it_was_stored_with(place: Place) -> None:
    place.secrets().set("by file", "1")
    place.text("a text")
    place.secrets().set("by text", "2")
    assert [place.secrets().get(name) for name in ("by file", "by text")] == ["1", "2"]
    place.secrets().set("by file", "3")
    place.key.unlink()
    assert place.secrets().get("by file") == "3"


def test_many_secrets_of_one_text_take_one_derivation(place: Place) -> None:
    place.text("a text")
    secrets = place.secrets()
    for number in range(30):
        secrets.set(str(number), "value")
    began = time.monotonic()
    reader = place.secrets()
    assert {reader.get(str(number)) for number in range(30)} == {"value"}
    assert time.monotonic() - began < 3
    assert len({each["salt"] for each in place.document()["secrets"].values()}) == 1
    assert len({each["nonce"] for each in place.document()["secrets"].values()}) == 30


def test_a_key_that_is_gone_or_new_is_told_and_nothing_is_lost(place: Place) -> None:
    place.secrets().set("a", "value")
    key = place.key.read_bytes()
    place.key.unlink()
    with pytest.raises(SecretUnreadable) as wrong:
        place.secrets().get("a")
    assert str(place.key) in told(wrong)
    assert not place.key.exists()
    place.secrets().set("b", "other")
    with pytest.raises(SecretUnreadable, match="another key"):
        place.secrets().get("a")
    assert place.secrets().get("b") == "other"
    place.key.write_bytes(key)
    assert place.secrets().get("a") == "value"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
def test_a_key_that_others_can_reach_is_refused_with_the_remedy(place: Place, mode: int) -> None:
    place.secrets().set("a", "value")
    place.key.chmod(mode)
    with pytest.raises(SecretUnreadable) as unread:
        place.secrets().get("a")
    with pytest.raises(WrongUse) as unstored:
        place.secrets().set("b", "value")
    for wrong in (unread, unstored):
        assert f"chmod 600 {place.key}" in told(wrong)
    assert place.secrets().names() == ["a"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only an administrator can give a file away")
def test_a_key_of_another_user_is_refused(place: Place) -> None:
    place.secrets().set("a", "value")
    os.chown(place.key, 12345, -1)
    with pytest.raises(SecretUnreadable, match="another user"):
        place.secrets().get("a")


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 44, b"\xff" * 40, b"aGVsbG8=\n"])
def test_a_damaged_key_is_told_and_stays(place: Place, content: bytes) -> None:
    place.secrets().set("a", "value")
    place.key.write_bytes(content)
    with pytest.raises(SecretUnreadable, match="damaged"):
        place.secrets().get("a")
    with pytest.raises(WrongUse, match="damaged"):
        place.secrets().set("b", "value")
    assert place.key.read_bytes() == content


def test_what_is_no_key_file_is_told(place: Place) -> None:
    place.key.parent.mkdir(parents=True)
    os.mkfifo(place.key, 0o600)
    with pytest.raises(WrongUse, match="is no file"):
        place.secrets().set("a", "value")
    place.key.unlink()
    place.key.mkdir()
    with pytest.raises(WrongUse, match="is no file"):
        place.secrets().set("a", "value")


def test_a_configuration_folder_that_cannot_be_made_is_told(place: Place) -> None:
    place.key.parent.parent.write_text("a file where the folder should be")
    with pytest.raises(WrongUse) as wrong:
        place.secrets().set("a", "value")
    assert "TRANSOM_SECRET_KEY" in told(wrong)
    place.text("a text")
    assert place.secrets().set("a", "value") is Kept.FILE


def test_processes_that_make_the_key_at_once_make_one(place: Place, tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from transom.store.secrets import Secrets; Secrets.at(Path(sys.argv[1]), 'id', 'file').set('a', 'v')"
    folders = [tmp_path / f"workspace{number}" for number in range(6)]
    writers = [subprocess.Popen([sys.executable, "-c", code, str(folder)]) for folder in folders]
    assert [writer.wait() for writer in writers] == [0] * 6
    assert [Secrets.at(folder, "id", "file").get("a") for folder in folders] == ["v"] * 6
    assert os.listdir(place.key.parent) == ["secret.key"]


def test_a_key_that_another_process_made_meanwhile_is_not_replaced(place: Place) -> None:
    place.secrets().set("a", "value")
    key = place.key.read_bytes()
    secrets_key._make(place.key)
    assert place.key.read_bytes() == key
    assert os.listdir(place.key.parent) == ["secret.key"]


def test_without_second_names_a_key_is_made_all_the_same(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    place.secrets().set("a", "value")
    assert place.secrets().get("a") == "value"
    secrets_key._make(place.key)
    assert place.secrets().get("a") == "value"


def _swapped(entries: dict[str, Any]) -> None:
    entries["a"], entries["b"] = entries["b"], entries["a"]


def _cut(entries: dict[str, Any]) -> None:
    entries["a"]["sealed"] = entries["a"]["sealed"][:8]


def _one_bit(entries: dict[str, Any]) -> None:
    first = entries["a"]["sealed"][0]
    entries["a"]["sealed"] = ("A" if first != "A" else "B") + entries["a"]["sealed"][1:]


def _no_base64(entries: dict[str, Any]) -> None:
    entries["a"]["nonce"] = "é!"


def _without_nonce(entries: dict[str, Any]) -> None:
    del entries["a"]["nonce"]


def _of_nowhere(entries: dict[str, Any]) -> None:
    entries["a"]["from"] = "elsewhere"


def _without_mark(entries: dict[str, Any]) -> None:
    del entries["a"]["key"]


@pytest.mark.parametrize("damage", [_swapped, _cut, _one_bit, _no_base64, _without_nonce, _of_nowhere, _without_mark])
def test_an_entry_that_was_changed_is_found(place: Place, damage: Callable[[dict[str, Any]], None]) -> None:
    place.secrets().set("a", "value of a")
    place.secrets().set("b", "value of b")
    document = place.document()
    damage(document["secrets"])
    place.write(document)
    with pytest.raises(SecretUnreadable) as wrong:
        place.secrets().get("a")
    assert "changed or damaged" in told(wrong)
    assert "transom secret set a" in told(wrong)
    place.secrets().set("a", "again")
    assert place.secrets().get("a") == "again"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b'{"format": 1, "secrets": []}',
        b'{"format": 1, "secrets": {"a": 1}}', b'{"format": 1, "secrets": {"a": {"kept": "file"}}}', b'{"secrets": {}}',
        b'{"format": 1, "secrets": {"a": {"kept": "elsewhere", "stored": ""}}}', b'{"format": "1", "secrets": {}}',
        b'{"format": 1, "secrets": {"a": {"kept": "file", "stored": 1}}}', b'{"format": 2, "secrets": {}}',
    ],
)  # fmt: skip
def test_a_damaged_list_is_told_and_stays(place: Place, content: bytes) -> None:
    place.folder.mkdir()
    place.file.write_bytes(content)
    secrets = place.secrets()
    acts: list[tuple[type[TransomError], Callable[[], object]]] = [
        (WorkspaceUnusable, secrets.names),
        (SecretUnreadable, lambda: secrets.get("a")),
        (WrongUse, lambda: secrets.set("a", "value")),
        (WrongUse, lambda: secrets.remove("a")),
    ]
    for kind, act in acts:
        with pytest.raises(kind) as wrong:
            act()
        assert ("newer Transom" if b"2" in content else "damaged") in told(wrong)
        assert str(place.file) in told(wrong)
    assert place.file.read_bytes() == content


def test_a_list_that_is_a_link_a_pipe_or_too_large_is_not_read(place: Place, tmp_path: Path) -> None:
    place.folder.mkdir()
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text('{"format": 1, "secrets": {}}')
    place.file.symlink_to(elsewhere)
    with pytest.raises(WorkspaceUnusable, match="cannot be read"):
        place.secrets().names()
    place.file.unlink()
    os.mkfifo(place.file)
    with pytest.raises(WorkspaceUnusable, match="damaged"):
        place.secrets().names()
    place.file.unlink()
    with place.file.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(WorkspaceUnusable, match="damaged"):
        place.secrets().names()


def test_a_list_that_would_be_too_large_stays_as_it_was(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.secrets().set("a", "value")
    monkeypatch.setattr(secrets_file, "_MOST_BYTES", 2000)
    with pytest.raises(WrongUse, match="over 2,000 bytes"):
        place.secrets().set("b", "x" * 3000)
    assert place.secrets().names() == ["a"]


WRITER = """
import sys
from pathlib import Path
from transom.store.secrets import Secrets
secrets = Secrets.at(Path(sys.argv[1]), "id", "file")
for number in range(int(sys.argv[3])):
    secrets.set(f"{sys.argv[2]} {number}", f"value {number}")
    print(number, flush=True)
"""


def test_processes_that_store_at_once_lose_nothing(place: Place) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(place.folder), name, "20"], stdout=subprocess.DEVNULL)
        for name in "abc"
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(place.secrets().names()) == 60
    assert place.secrets().get("b 19") == "value 19"


def test_a_writer_that_is_killed_leaves_each_secret_whole_or_absent(place: Place) -> None:
    stored = 0
    for pause in (0.0, 0.003, 0.008, 0.015, 0.03):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(place.folder), f"{pause}", "1000"], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
            stored += 1 + writer.stdout.read().count(b"\n")
        names = place.secrets().names()
        assert len(names) >= stored
        stored = len(names)
        for name in names:
            assert place.secrets().get(name) == f"value {name.split()[1]}"
    place.secrets().set("after", "all")
    assert not list(place.folder.glob(".secrets.json.*"))


def test_a_change_waits_for_another_one_and_not_for_ever(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets_file, "_LONGEST_WAIT", 0.1)
    secrets = place.secrets()
    with place.secrets()._file.changing(), pytest.raises(WrongUse, match="too long"):
        secrets.set("a", "value")
    secrets.set("a", "value")


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator can write everywhere")
def test_a_folder_that_cannot_be_written_is_told(place: Place) -> None:
    place.folder.mkdir(mode=0o500)
    with pytest.raises(WrongUse, match="cannot be written"):
        place.secrets().set("a", "value")
