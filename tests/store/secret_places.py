"""The folder of a workspace with everything that decides where its secrets go, and keyrings of several characters."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError
from tests.store.secret_service import SecretService

from transom.errors import TransomError
from transom.store import secrets_keyring
from transom.store.secrets import Secrets


class InMemory(KeyringBackend):
    """A whole keyring as the package defines one."""

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
            raise PasswordDeleteError("No such password!")
        del self.held[service, username]


class Locked(InMemory):
    """One that nobody unlocks."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"Failed to unlock the collection for {password}!")


class Forgetful(InMemory):
    """One that keeps the first line only."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password.splitlines()[0]


class Hanging(InMemory):
    """One whose window nobody answers."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait(60)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        threading.Event().wait(60)


class Place:
    """The folder of a workspace, and everything around it that decides where its secrets go."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "workspace"
        self.file = self.folder / "secrets.json"
        self.key = folder / "configuration" / "transom" / "secret.key"
        self._patch = monkeypatch
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "configuration"))
        monkeypatch.setattr(keyring.core, "_keyring_backend", None)
        for name in ("TRANSOM_SECRET_KEY", "PYTHON_KEYRING_BACKEND", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)

    def secrets(self, choice: str = "file") -> Secrets:
        return Secrets.at(self.folder, "the-id", choice)

    def text(self, text: str | None) -> None:
        """Set TRANSOM_SECRET_KEY, or take it away."""
        if text is None:
            self._patch.delenv("TRANSOM_SECRET_KEY", raising=False)
        else:
            self._patch.setenv("TRANSOM_SECRET_KEY", text)

    def has(self, backend: KeyringBackend) -> KeyringBackend:
        """Let this be the keyring that is configured."""
        self._patch.setattr(keyring.core, "_keyring_backend", backend)
        return backend

    def logs_in(self, service: SecretService) -> None:
        """Be in the session of a desktop that has this service."""
        self._patch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        self._patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.SecretService.Keyring")

    def hurries(self) -> None:
        """Do not wait for a keyring as long as for that of a person."""
        self._patch.setattr(secrets_keyring, "_SECONDS", 0.3)

    def has_a_screen(self) -> None:
        self._patch.setenv("DISPLAY", ":99")
        self._patch.setattr(secrets_keyring, "_SECONDS_OF_A_PERSON", 0.3)

    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.file.read_bytes())
        return told

    def write(self, told: object) -> None:
        self.file.write_text(json.dumps(told))


def told(wrong: pytest.ExceptionInfo[TransomError]) -> str:
    return f"{wrong.value.message} {wrong.value.remedy}"
