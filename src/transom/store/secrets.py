"""What a person stored and a log never shows: where each secret is kept, in the system's keyring or in a file.

The file `secrets.json` of the workspace lists all of them, since a keyring cannot, and holds the encrypted values of
those that are kept in it. Nothing of a secret is in the database.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from transom.errors import NameInvalid, SecretUnreadable, Unknown, WorkspaceUnusable, WrongUse
from transom.model.assets import NoName, checked_name
from transom.store.secrets_file import Changing, SecretsFile, Unusable
from transom.store.secrets_key import KEY_VARIABLE

if TYPE_CHECKING:
    from transom.store.secrets_keyring import SystemKeyring
    from transom.store.secrets_sealed import Sealed

#: A secret has at most so many bytes as UTF-8.
MOST_BYTES = 64 * 1024
#: A name with this in it is one of ours, such as `datastore/sales`: it is not listed for people.
OWN = "/"
_OWN_KINDS = frozenset({"datastore"})
_LISTING = "transom secret list"


class Kept(StrEnum):
    """Where the value of a secret is."""

    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Listed:
    """What is told of a secret: its name, where its value is, and when it was stored (ISO 8601, UTC)."""

    name: str
    kept: Kept
    stored: str


class Secrets:
    """The secrets of one workspace, by name. Threads and processes may use them at the same time.

    Each stays where it was stored, whatever is chosen later. Nothing is opened or imported before it is needed.
    """

    def __init__(self, folder: Path, identifier: str, choice: str = "auto") -> None:
        """Those of the workspace in `folder`, which the keyring knows by its identifier.

        `choice` is where new values go: `file`, `keyring` (whichever the package keyring is configured with), or
        `auto`: the system's own keyring where it can be used without asking anybody who is not there, else the file;
        the file too where TRANSOM_SECRET_KEY is set.
        """
        self._folder = folder
        self._identifier = identifier
        self._choice = choice
        self._file = SecretsFile(folder)
        self._opened: tuple[Sealed, SystemKeyring] | None = None

    @classmethod
    def at(cls, folder: Path, identifier: str, choice: str = "auto") -> Secrets:
        """See the class."""
        return cls(folder, identifier, choice)

    def set(self, name: str, value: str) -> Kept:
        """Keep a text of at most 64 KiB under a name, in the place of an earlier one; where it is kept.

        Raises NameInvalid, and WrongUse for a value that cannot be kept or a place that cannot be used.
        """
        _checked(name)
        _check_value(name, value)
        try:
            with self._file.changing() as changing:
                before = changing.entries.get(name)
                changing.entries[name] = self._put(name, value, changing)
                changing.write()
                kept = Kept(changing.entries[name]["kept"])
                if before is not None and Kept(before["kept"]) is not kept:
                    self._forget(name, before)
            return kept
        except Unusable as wrong:
            raise WrongUse(
                problem=f"The secret {name} cannot be stored: {wrong.reason}.", advice=wrong.advice
            ) from None

    def get(self, name: str) -> str:
        """The value of a name. Raises Unknown and SecretUnreadable."""
        try:
            entries = self._file.read()
            entry = entries.get(name)
            if entry is None:
                raise self._unknown(name, entries)
            return self._keyring.take(name) if entry["kept"] == Kept.KEYRING else self._sealed.take(name, entry)
        except Unusable as wrong:
            raise SecretUnreadable(name=name, reason=wrong.reason, advice=wrong.advice) from None

    def remove(self, name: str) -> None:
        """Forget a secret. Raises Unknown, and WrongUse where its place cannot be used: then it is still there."""
        try:
            with self._file.changing() as changing:
                entry = changing.entries.pop(name, None)
                if entry is None:
                    raise self._unknown(name, changing.entries)
                if entry["kept"] == Kept.KEYRING:  # first: what is not listed any more nobody would remove
                    self._keyring.drop(name)
                changing.write()
        except Unusable as wrong:
            raise WrongUse(
                problem=f"The secret {name} cannot be removed: {wrong.reason}.", advice=wrong.advice
            ) from None

    def listed(self) -> list[Listed]:
        """All of them by name, ours too. Raises WorkspaceUnusable."""
        try:
            entries = self._file.read()
        except Unusable as wrong:
            raise WorkspaceUnusable(path=self._folder, reason=wrong.reason, advice=wrong.advice) from None
        return [Listed(name, Kept(entry["kept"]), entry["stored"]) for name, entry in sorted(entries.items())]

    def names(self) -> list[str]:
        """All names, sorted, ours too. Raises WorkspaceUnusable."""
        return [each.name for each in self.listed()]

    def _put(self, name: str, value: str, changing: Changing) -> dict[str, str]:
        is_automatic = self._choice == "auto" and not os.environ.get(KEY_VARIABLE)
        if self._choice == "keyring" or is_automatic:
            try:
                self._keyring.put(name, value, only_of_system=is_automatic)
                return changing.entry(Kept.KEYRING)
            except Unusable:
                if not is_automatic:
                    raise
        return changing.entry(Kept.FILE) | self._sealed.put(name, value, changing.entries)

    def _forget(self, name: str, entry: dict[str, str]) -> None:
        """Remove a value that has been replaced by one elsewhere; one that cannot be reached any more stays there."""
        if entry["kept"] == Kept.KEYRING:
            try:
                self._keyring.drop(name)
            except Unusable:
                pass

    @property
    def _sealed(self) -> Sealed:
        return self._places()[0]

    @property
    def _keyring(self) -> SystemKeyring:
        return self._places()[1]

    def _places(self) -> tuple[Sealed, SystemKeyring]:
        if self._opened is None:
            from transom.store.secrets_keyring import SystemKeyring
            from transom.store.secrets_sealed import Sealed

            self._opened = Sealed(), SystemKeyring(self._identifier)
        return self._opened

    def _unknown(self, name: str, there: dict[str, dict[str, str]]) -> Unknown:
        near = get_close_matches(name[:MOST_BYTES], [each for each in there if OWN not in each], n=2)
        return Unknown(
            kind="secret", name=name, workspace=self._folder, listing=_LISTING, near=" or ".join(sorted(near))
        )


def _checked(name: str) -> None:
    """Whether a person may use the name, or it is one of ours. Raises NameInvalid."""
    kind, slash, rest = name.partition(OWN)
    try:
        checked_name(rest if slash and kind in _OWN_KINDS else name)
    except NoName as wrong:
        raise NameInvalid(kind="secret", name=name, reason=wrong) from None


def _check_value(name: str, value: str) -> None:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise WrongUse(
            problem=f"The value of the secret {name} is no text: it has half a character in it.",
            advice="Encode what is no text, such as in base64.",
        ) from None
    if not value:
        raise WrongUse(problem=f"The value of the secret {name} is empty.", advice="Give one, or remove the secret.")
    if "\0" in value:
        raise WrongUse(
            problem=f"The value of the secret {name} has a null character in it.",
            advice="Encode what is no text, such as in base64.",
        )
    if size > MOST_BYTES:
        raise WrongUse(
            problem=f"The value of the secret {name} has {size:,} bytes, and at most {MOST_BYTES:,} are kept.",
            advice="Keep what is larger in a file, and a password to it as a secret.",
        )
