"""How secrets are kept encrypted in a file, each bound to its name and workspace, and where the key comes from."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from transom.errors import SecretUnreadable, WorkspaceUnusable
from transom.store.secrets import Secrets

FILE = "secrets.json"
KEY_FILE = "secret.key"
KEY_VARIABLE = "TRANSOM_SECRET_KEY"
_LOCK = "secrets.lock"
_KEY_BYTES, _SALT_BYTES, _NONCE_BYTES = 32, 16, 12
#: What scrypt costs: 16 MiB and some 50 ms, so that a weak text is not tried out fast.
_COST, _BLOCK, _LANES = 2**14, 8, 1
#: What is encrypted under no name, to tell a wrong key from a damaged secret.
_CHECK = "transom"
_MOST_BYTES = 64 * 1024**2


class FileSecrets(Secrets):
    """The secrets of a workspace in its file `secrets.json`, which only its owner can read (0600)."""

    def __init__(self, folder: Path, identifier: str) -> None:
        super().__init__(str(folder))
        self._path = folder / FILE
        self._folder = folder
        self._identifier = identifier

    def names(self) -> list[str]:
        return sorted(self._read()["secrets"])

    def _set(self, name: str, value: str) -> None:
        with self._changing() as told:
            key = self._key(told, make=True)
            if "check" not in told:
                told["check"] = self._encrypted(key, "", _CHECK)
            self._check(key, told, name)
            told["secrets"][name] = self._encrypted(key, name, value)

    def _get(self, name: str) -> str | None:
        told = self._read()
        found = told["secrets"].get(name)
        if found is None:
            return None
        key = self._key(told, make=False)
        self._check(key, told, name)
        return self._decrypted(key, name, found)

    def _remove(self, name: str) -> bool:
        if name not in self._read()["secrets"]:
            return False
        with self._changing() as told:
            return told["secrets"].pop(name, None) is not None

    def _check(self, key: bytes, told: dict[str, Any], name: str) -> None:
        """That this key is the one that the file was begun with. Raises SecretUnreadable."""
        with suppress(SecretUnreadable):
            if self._decrypted(key, "", told.get("check", "")) == _CHECK:
                return
        raise SecretUnreadable(
            name=name,
            reason=f"{self._path} was encrypted with another key",
            advice=f"Give the key that it was made with: {KEY_VARIABLE}, or the file {_key_path()}.",
        )

    def _encrypted(self, key: bytes, name: str, value: str) -> str:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        content = AESGCM(key).encrypt(nonce, value.encode("utf-8", "surrogatepass"), self._bound_to(name))
        return base64.b64encode(nonce + content).decode()

    def _decrypted(self, key: bytes, name: str, token: object) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            content = base64.b64decode(str(token), validate=True)
            plain = AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], self._bound_to(name))
            return plain.decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            raise SecretUnreadable(
                name=name,
                reason=f"what {self._path} holds of it was changed or damaged",
                advice=f"Store it again: `transom secret set {name}`.",
            ) from None

    def _bound_to(self, name: str) -> bytes:
        """What else must be as it was: a value that is put under another name, or into another workspace, is none."""
        return json.dumps([self._identifier, name]).encode()

    def _key(self, told: dict[str, Any], *, make: bool) -> bytes:
        text = os.environ.get(KEY_VARIABLE)
        if text:
            from hashlib import scrypt

            salt = base64.b64decode(told["salt"])
            return scrypt(
                text.encode("utf-8", "surrogateescape"), salt=salt, n=_COST, r=_BLOCK, p=_LANES, dklen=_KEY_BYTES
            )
        return _key_of_file(_key_path(), make=make)

    def _read(self) -> dict[str, Any]:
        try:
            content = self._path.read_bytes()[: _MOST_BYTES + 1]
        except FileNotFoundError:
            return {"version": 1, "salt": base64.b64encode(os.urandom(_SALT_BYTES)).decode(), "secrets": {}}
        except OSError as wrong:
            raise WorkspaceUnusable(path=self._path, reason=wrong.strerror or str(wrong)) from None
        try:
            told = json.loads(content)
            if told["version"] != 1 or not isinstance(told["secrets"], dict) or not base64.b64decode(told["salt"]):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise SecretUnreadable(
                name="of this workspace",
                reason=f"{self._path} is damaged, or of a newer Transom",
                advice="Move it away, and store the secrets again.",
            ) from None
        return dict(told)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """What the file tells, to be changed; written aside and renamed, by one process at a time."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                told = self._read()
                yield told
                _write_aside(self._path, json.dumps(told, indent=1).encode())
        except OSError as wrong:
            raise WorkspaceUnusable(path=self._path, reason=wrong.strerror or str(wrong)) from None


def _key_path() -> Path:
    from platformdirs import user_config_path

    return user_config_path("transom", appauthor=False) / KEY_FILE


def _key_of_file(path: Path, *, make: bool) -> bytes:
    """The key in a file that only its owner can read; made on first use. Raises SecretUnreadable."""
    if make and not path.exists():
        _make_key(path)
    try:
        status = path.stat()
        if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid not in (os.getuid(), 0):
            raise _no_key(path, "others could read or change it", f"Make it yours alone: chmod 600 {path}.")
        key = base64.b64decode(path.read_bytes(), validate=False)
    except FileNotFoundError:
        raise _no_key(path, "it is not there", f"Put it back, or give the key in {KEY_VARIABLE}.") from None
    except (OSError, ValueError) as wrong:
        raise _no_key(
            path, f"it cannot be read ({wrong})", f"Put it back, or give the key in {KEY_VARIABLE}."
        ) from None
    if len(key) != _KEY_BYTES:
        raise _no_key(path, "it is damaged", f"Put the whole file back, or give the key in {KEY_VARIABLE}.")
    return key


def _make_key(path: Path) -> None:
    """A new key: whole or not at all, and never in the place of another one."""
    aside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(aside, base64.b64encode(os.urandom(_KEY_BYTES)) + b"\n")
        with suppress(FileExistsError):  # another process was first
            os.link(aside, path)
    except OSError as wrong:
        raise _no_key(path, f"it cannot be made ({wrong.strerror})", f"Give a key in {KEY_VARIABLE}.") from None
    finally:
        aside.unlink(missing_ok=True)


def _no_key(path: Path, reason: str, advice: str) -> SecretUnreadable:
    return SecretUnreadable(name="key", reason=f"{path}: {reason}", advice=advice)


def _write_aside(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        _write_new(aside, content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
