"""Secrets are kept in a keyring or encrypted, each under its name: one contract for all the places."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from tests.store.secret_places import InMemory, Place, told
from tests.store.secret_service import WHY_NONE, SecretService

from transom.errors import NameInvalid, Unknown, WrongUse
from transom.store.secrets import Kept, Secrets


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[SecretService]:
    if WHY_NONE:
        pytest.skip(WHY_NONE)
    service = SecretService(tmp_path / "session")
    yield service
    service.close()


@pytest.fixture(params=["file", "text", "keyring", "desktop"])
def secrets(request: pytest.FixtureRequest, place: Place) -> Secrets:
    """The secrets of a new workspace, in each of the places that they can have."""
    if request.param == "desktop":
        place.logs_in(request.getfixturevalue("desktop"))
        return place.secrets("auto")
    if request.param == "keyring":
        place.has(InMemory())
        return place.secrets("keyring")
    if request.param == "text":
        place.text("any text, even with ümläuts")
    return place.secrets("file")


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Kept:
    """Where the values of `secrets` must be."""
    in_keyring = request.node.callspec.params["secrets"] in ("keyring", "desktop")
    return Kept.KEYRING if in_keyring else Kept.FILE


@pytest.mark.parametrize(
    "value", ["x", "p&ss wörd\n line 2\n", " \t ", '{"a": "\\n"}', "é" * 32 * 1024, "🎉\u2028\x07"]
)
def test_what_was_stored_is_read_exactly(secrets: Secrets, value: str) -> None:
    secrets.set("password", value)
    assert secrets.get("password") == value


def test_a_later_value_takes_the_place_of_an_earlier_one(secrets: Secrets) -> None:
    secrets.set("password", "earlier")
    secrets.set("password", "later")
    assert secrets.get("password") == "later"
    assert secrets.names() == ["password"]


def test_a_removed_secret_is_gone_and_can_come_again(secrets: Secrets) -> None:
    secrets.set("password", "value")
    secrets.set("other", "value of other")
    secrets.remove("password")
    assert secrets.names() == ["other"]
    for verb in (secrets.get, secrets.remove):
        with pytest.raises(Unknown):
            verb("password")
    secrets.set("password", "again")
    assert secrets.get("password") == "again"
    assert secrets.get("other") == "value of other"


def test_an_unknown_name_is_told_with_those_near_it(secrets: Secrets) -> None:
    secrets.set("password", "value")
    secrets.set("datastore/pasword", "ours")
    with pytest.raises(Unknown) as wrong:
        secrets.get("pasword")
    assert "Did you mean password?" in wrong.value.remedy
    assert wrong.value.exit_code == 3


def test_names_are_listed_in_order_with_what_is_told_of_them(secrets: Secrets, kept: Kept, place: Place) -> None:
    names = ["b", "a", "datastore/sales", "key-vault-Name-1", "Straße (2)"]
    assert {secrets.set(name, "value") for name in names} == {kept}
    listed = secrets.listed()
    assert [each.name for each in listed] == sorted(names)
    assert {each.kept for each in listed} == {kept}
    assert all(each.stored.endswith("+00:00") for each in listed)
    assert place.secrets("file").names() == secrets.names()


@pytest.mark.parametrize(
    "name", ["", " ", "a/b", "datastore/", "datastore/a/b", "/x", "a:b", "a@1", "-x", "a\nb", "x" * 300]
)
def test_what_is_no_name_is_refused(secrets: Secrets, name: str) -> None:
    with pytest.raises(NameInvalid):
        secrets.set(name, "value")
    assert secrets.names() == []


@pytest.mark.parametrize("value", ["", "a\0b", "\ud800", "x" * (64 * 1024 + 1), "é" * (32 * 1024 + 1)])
def test_what_cannot_be_kept_is_refused_and_not_repeated(secrets: Secrets, value: str) -> None:
    secrets.set("name", "before")
    with pytest.raises(WrongUse) as wrong:
        secrets.set("name", value)
    assert secrets.get("name") == "before"
    assert len(value) < 2 or value not in told(wrong)


def test_no_file_tells_a_value(secrets: Secrets, tmp_path: Path) -> None:
    secrets.set("password", "correct horse")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"correct" in path.read_bytes()]


def test_every_file_is_its_owner_s_alone(secrets: Secrets, place: Place, tmp_path: Path) -> None:
    os.umask(before := os.umask(0))
    secrets.set("password", "value")
    secrets.set("other", "value")
    os.umask(before)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert place.file in files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    if place.key.exists():
        assert stat.S_IMODE(place.key.parent.stat().st_mode) == 0o700


def test_nothing_is_left_beside_the_file(secrets: Secrets, place: Place) -> None:
    secrets.set("password", "value")
    secrets.remove("password")
    assert sorted(path.name for path in place.folder.iterdir()) == ["secrets.json", "secrets.lock"]


def test_threads_may_share_them(secrets: Secrets) -> None:
    def store(number: int) -> None:
        for each in range(5):
            secrets.set(f"{number} {each}", f"value {number} {each}")
            assert secrets.get(f"{number} {each}") == f"value {number} {each}"

    threads = [threading.Thread(target=store, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(secrets.names()) == 15


def test_looking_at_a_workspace_that_has_none_makes_nothing(secrets: Secrets, place: Place) -> None:
    assert secrets.names() == []
    with pytest.raises(Unknown):
        secrets.get("password")
    assert not place.folder.exists()
    assert not place.key.exists()


# Which place is chosen.


def test_without_a_keyring_the_file_is_chosen(place: Place) -> None:
    for backend in (fail.Keyring(), null.Keyring()):  # type: ignore[no-untyped-call]
        place.has(backend)
        assert place.secrets("auto").set("a", "value") is Kept.FILE


def test_a_keyring_that_is_none_of_a_system_is_used_only_where_it_was_asked_for(place: Place) -> None:
    place.has(InMemory())
    assert place.secrets("auto").set("a", "value") is Kept.FILE
    assert place.secrets("keyring").set("b", "value") is Kept.KEYRING


def test_the_text_of_a_key_chooses_the_file(place: Place, desktop: SecretService) -> None:
    place.logs_in(desktop)
    assert place.secrets("auto").set("a", "value") is Kept.KEYRING
    place.text("a text")
    assert place.secrets("auto").set("a", "newer") is Kept.FILE
    assert not desktop.items
    assert place.secrets("auto").get("a") == "newer"


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_a_keyring_that_was_asked_for_must_be_there(place: Place, backend: Callable[[], KeyringBackend]) -> None:
    place.has(backend())
    with pytest.raises(WrongUse) as wrong:
        place.secrets("keyring").set("a", "value")
    assert "no keyring" in told(wrong)
    assert "set the setting secrets to `file`" in told(wrong)
    assert place.secrets("keyring").names() == []


def test_a_secret_is_read_where_it_was_stored_whatever_is_chosen_now(place: Place) -> None:
    place.has(InMemory())
    place.secrets("keyring").set("a", "1")
    place.secrets("file").set("b", "2")
    for choice in ("auto", "file", "keyring"):
        assert [place.secrets(choice).get(name) for name in "ab"] == ["1", "2"]


def test_a_secret_that_moves_leaves_its_earlier_place(place: Place) -> None:
    backend = InMemory()
    place.has(backend)
    place.secrets("keyring").set("a", "1")
    assert backend.held == {("transom:the-id", "a"): "1"}
    place.secrets("file").set("a", "2")
    assert backend.held == {}
    place.secrets("keyring").set("a", "3")
    assert "sealed" not in place.file.read_text()
    assert place.secrets("auto").get("a") == "3"


def test_without_secrets_no_heavy_library_is_loaded() -> None:
    code = "import sys, transom.store.secrets as s; from pathlib import Path; s.Secrets.at(Path('/nonexistent'), 'i').names(); sys.exit(bool({'keyring', 'cryptography', 'secretstorage'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
