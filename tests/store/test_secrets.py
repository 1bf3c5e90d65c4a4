"""Secrets are kept encrypted or in a keyring, each bound to its name; the same tests for both kinds."""

from __future__ import annotations

import json
import multiprocessing
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from transom.errors import SecretUnreadable, Unknown, WrongUse
from transom.store.secrets import Secrets
from transom.store.secrets_file import FileSecrets
from transom.store.secrets_keyring import KeyringSecrets


class _KeyringInMemory(KeyringBackend):
    """A whole keyring as the package defines one; that of a desktop needs a person to unlock it."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.held:
            raise PasswordDeleteError
        del self.held[service, username]


@pytest.fixture(autouse=True)
def _configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    monkeypatch.delenv("TRANSOM_SECRET_KEY", raising=False)


@pytest.fixture(params=["file", "file with a key given", "keyring"])
def secrets(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    if request.param == "keyring":
        return KeyringSecrets(tmp_path, "id", _KeyringInMemory())
    if request.param == "file with a key given":
        monkeypatch.setenv("TRANSOM_SECRET_KEY", "a text")
    return FileSecrets(tmp_path, "id")


def test_what_was_stored_is_read(secrets: Secrets) -> None:
    secrets.set("password", "p&ss wörd\n line 2")
    secrets.set("datastore/x", "own")
    secrets.set("password", "newer")
    assert secrets.get("password") == "newer"
    assert secrets.names() == ["datastore/x", "password"]
    secrets.remove("password")
    assert secrets.names() == ["datastore/x"]


def test_an_unknown_name_is_told_with_those_near_it(secrets: Secrets) -> None:
    secrets.set("password", "value")
    with pytest.raises(Unknown) as caught:
        secrets.get("pasword")
    assert "Did you mean password?" in caught.value.remedy
    with pytest.raises(Unknown):
        secrets.remove("pasword")


@pytest.mark.parametrize("value", ["", "x" * 70_000, "a\0b"])
def test_what_is_no_secret_is_refused(secrets: Secrets, value: str) -> None:
    with pytest.raises(WrongUse):
        secrets.set("name", value)
    assert secrets.names() == []


def test_no_file_of_the_workspace_tells_a_value(secrets: Secrets, tmp_path: Path) -> None:
    secrets.set("password", "correct horse")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert all(b"correct horse" not in path.read_bytes() for path in files)


def test_the_files_are_their_owner_s_alone(tmp_path: Path) -> None:
    FileSecrets(tmp_path, "id").set("a", "value")
    key = tmp_path / "configuration" / "transom" / "secret.key"
    for path in (tmp_path / "secrets.json", key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key.chmod(0o644)
    with pytest.raises(SecretUnreadable, match="chmod 600"):
        FileSecrets(tmp_path, "id").get("a")


def test_another_key_is_told_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FileSecrets(tmp_path, "id").set("a", "value")
    monkeypatch.setenv("TRANSOM_SECRET_KEY", "another")
    for act in (lambda: FileSecrets(tmp_path, "id").get("a"), lambda: FileSecrets(tmp_path, "id").set("b", "other")):
        with pytest.raises(SecretUnreadable, match="encrypted with another key"):
            act()
    monkeypatch.delenv("TRANSOM_SECRET_KEY")
    assert FileSecrets(tmp_path, "id").get("a") == "value"
    (tmp_path / "configuration" / "transom" / "secret.key").unlink()
    with pytest.raises(SecretUnreadable, match="it is not there"):
        FileSecrets(tmp_path, "id").get("a")


def _swapped(told: dict[str, dict[str, str]]) -> None:
    told["secrets"]["a"], told["secrets"]["b"] = told["secrets"]["b"], told["secrets"]["a"]


def _cut(told: dict[str, dict[str, str]]) -> None:
    told["secrets"]["a"] = told["secrets"]["a"][:8]


def _no_text(told: dict[str, dict[str, str]]) -> None:
    told["secrets"]["a"] = ["x"]  # type: ignore[assignment]


@pytest.mark.parametrize("damage", [_swapped, _cut, _no_text])
def test_a_changed_entry_is_found(tmp_path: Path, damage: Callable[[dict[str, dict[str, str]]], None]) -> None:
    secrets = FileSecrets(tmp_path, "id")
    secrets.set("a", "value of a")
    secrets.set("b", "value of b")
    path = tmp_path / "secrets.json"
    told = json.loads(path.read_text())
    damage(told)
    path.write_text(json.dumps(told))
    with pytest.raises(SecretUnreadable, match="changed or damaged"):
        secrets.get("a")


def test_secrets_of_another_workspace_are_none_here(tmp_path: Path) -> None:
    FileSecrets(tmp_path, "id").set("a", "value")
    with pytest.raises(SecretUnreadable):
        FileSecrets(tmp_path, "other").get("a")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b'{"version":1,"secrets":[],"salt":""}'])
def test_a_damaged_file_is_told_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(content)
    secrets = FileSecrets(tmp_path, "id")
    for act in (secrets.names, lambda: secrets.get("a"), lambda: secrets.set("a", "value")):
        with pytest.raises(SecretUnreadable, match="damaged"):
            act()
    assert path.read_bytes() == content


def _store_many(folder: Path, number: int) -> None:
    for each in range(10):
        FileSecrets(folder, "id").set(f"name {number} {each}", f"value {number} {each}")


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_store_many, args=(tmp_path, number)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    secrets = FileSecrets(tmp_path, "id")
    assert len(secrets.names()) == 20
    assert secrets.get("name 1 9") == "value 1 9"


def test_where_secrets_are_kept_is_chosen_by_the_setting(tmp_path: Path) -> None:
    assert isinstance(Secrets.at(tmp_path, "id", "file"), FileSecrets)
    FileSecrets(tmp_path, "id").set("a", "value")
    assert isinstance(Secrets.at(tmp_path, "id", "auto"), FileSecrets)
