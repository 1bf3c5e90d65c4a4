"""How the value of a secret is encrypted: AES-256-GCM, bound to its name, so that none stands for another one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os

from transom.store.secrets_file import Entries, Unusable
from transom.store.secrets_key import KEY_VARIABLE, key_file, key_in_file, key_of_text

_FROM_TEXT, _FROM_FILE = "text", "file"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_CHANGED = "what is stored of it was changed or damaged"


class Sealed:
    """Encrypts and decrypts values; each entry notes which key it needs, and where that comes from."""

    def __init__(self) -> None:
        self._derived: dict[tuple[bytes, str], bytes] = {}

    def put(self, name: str, value: str, others: Entries) -> dict[str, str]:
        """What an entry holds of this value, encrypted with the key that is in force. Raises Unusable."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        noted = {"from": _FROM_FILE}
        if os.environ.get(KEY_VARIABLE):
            noted = {"from": _FROM_TEXT, "salt": _salt_of(others)}
        key = self._key(noted, make=True)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, value.encode(), _bound_to(name))
        return noted | {"key": _mark_of(key), "nonce": _text(nonce), "sealed": _text(sealed)}

    def take(self, name: str, entry: dict[str, str]) -> str:
        """The value that an entry holds. Raises Unusable."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        again = f"Store it again: `transom secret set {name}`."
        try:
            key = self._key(entry, make=False)
            if not hmac.compare_digest(_mark_of(key).encode(), entry["key"].encode()):
                source = KEY_VARIABLE if entry["from"] == _FROM_TEXT else str(key_file())
                raise Unusable(
                    f"it was encrypted with another key than {source} has now", f"Give the key of then. {again}"
                )
            nonce, sealed = _bytes(entry["nonce"]), _bytes(entry["sealed"])
            return AESGCM(key).decrypt(nonce, sealed, _bound_to(name)).decode()
        except (InvalidTag, ValueError, KeyError):
            raise Unusable(_CHANGED, again) from None

    def _key(self, noted: dict[str, str], *, make: bool) -> bytes:
        """The key that an entry needs. Raises Unusable; KeyError and ValueError for an entry that is damaged."""
        if noted["from"] == _FROM_FILE:
            return key_in_file(key_file(), make=make)
        if noted["from"] != _FROM_TEXT:
            raise ValueError
        text = os.fsencode(os.environ.get(KEY_VARIABLE, ""))
        if not text:
            raise Unusable(
                f"it was encrypted with the text of {KEY_VARIABLE}, and that is not set",
                f"Set {KEY_VARIABLE} to the text of then, or store the secret again.",
            )
        known = text, noted["salt"]
        if known not in self._derived:
            self._derived[known] = key_of_text(text, _bytes(noted["salt"]))
        return self._derived[known]


def _salt_of(others: Entries) -> str:
    """One salt for all, so that a run which reads several secrets derives one key."""
    salts = sorted(each["salt"] for each in others.values() if len(each.get("salt", "")) >= _SALT_BYTES)
    return salts[0] if salts else _text(os.urandom(_SALT_BYTES))


def _bound_to(name: str) -> bytes:
    return json.dumps(["a secret of transom", name]).encode()


def _mark_of(key: bytes) -> str:
    """What tells one key from another and nothing of either."""
    return hmac.new(key, b"which key of transom", hashlib.sha256).hexdigest()[:16]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
