"""How secrets are kept in the system's keyring, which cannot list what it holds: the names stand in a file."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transom.errors import SecretUnreadable, WorkspaceUnusable
from transom.store.secrets import Secrets

_NAMES = "secret-names.json"
_LOCK = "secrets.lock"
#: What a keyring must be able to do at all; those that only fail or forget have less.
_LEAST_PRIORITY = 1


def usable_keyring() -> Any | None:
    """The system's keyring; None where there is none, or only one that fails, forgets or keeps texts in clear."""
    try:
        import keyring

        backend = keyring.get_keyring()
        return backend if getattr(backend, "priority", 0) >= _LEAST_PRIORITY else None
    except Exception:  # a desktop's service may be missing or broken in any way: then there is none
        return None


class KeyringSecrets(Secrets):
    """The secrets of a workspace in a keyring, as passwords of the service `transom:ID`."""

    def __init__(self, folder: Path, identifier: str, keyring: Any) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._service = f"transom:{identifier}"
        self._keyring = keyring

    def names(self) -> list[str]:
        try:
            told = json.loads((self._folder / _NAMES).read_text("utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as wrong:
            raise WorkspaceUnusable(path=self._folder / _NAMES, reason=str(wrong)) from None
        return sorted(str(name) for name in told) if isinstance(told, list) else []

    def _set(self, name: str, value: str) -> None:
        with self._changing() as names:
            names.add(name)
            self._asked(name, lambda: self._keyring.set_password(self._service, name, value))

    def _get(self, name: str) -> str | None:
        found = self._asked(name, lambda: self._keyring.get_password(self._service, name))
        return None if found is None else str(found)

    def _remove(self, name: str) -> bool:
        with self._changing() as names:
            there = name in names or self._get(name) is not None
            names.discard(name)
            if self._get(name) is not None:
                self._asked(name, lambda: self._keyring.delete_password(self._service, name))
            return there

    def _asked(self, name: str, ask: Any) -> Any:
        try:
            return ask()
        except Exception as wrong:  # each backend has errors of its own
            raise SecretUnreadable(
                name=name,
                reason=f"the system's keyring refused ({type(wrong).__name__})",
                advice="Unlock it, or set the setting secrets to `file`.",
            ) from None

    @contextmanager
    def _changing(self) -> Iterator[set[str]]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                names = set(self.names())
                yield names
                aside = self._folder / f".{_NAMES}.part"
                aside.write_text(json.dumps(sorted(names)), "utf-8")
                aside.replace(self._folder / _NAMES)
        except OSError as wrong:
            raise WorkspaceUnusable(path=self._folder / _NAMES, reason=wrong.strerror or str(wrong)) from None
