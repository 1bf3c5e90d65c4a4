"""Where secrets are kept: in the system's keyring, or encrypted in a file of the workspace; never in the database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from difflib import get_close_matches
from pathlib import Path

from transom.errors import SecretUnreadable, Unknown, WrongUse

#: A secret has at most so many bytes as UTF-8.
MOST_BYTES = 64 * 1024
#: A name with this in it is one of ours, such as `datastore/sales`: it is not listed for people.
OWN = "/"


class Secrets(ABC):
    """The secrets of one workspace, by name. Threads and processes may use them at the same time."""

    def __init__(self, shown: str) -> None:
        """`shown` is what messages call the workspace."""
        self._shown = shown

    @staticmethod
    def at(folder: Path, identifier: str, kind: str) -> Secrets:
        """Those of the workspace in a folder, whose id this is. `kind` is `auto`, `keyring` or `file`.

        With `auto` they are in the keyring where there is one that works without a person at hand, and no file has been
        begun. Raises SecretUnreadable where the keyring was asked for and there is none.
        """
        from transom.store.secrets_file import FILE, FileSecrets

        in_file = FileSecrets(folder, identifier)
        if kind == "file" or (kind == "auto" and (folder / FILE).exists()):
            return in_file
        from transom.store.secrets_keyring import KeyringSecrets, usable_keyring

        keyring = usable_keyring()
        if keyring is not None:
            return KeyringSecrets(folder, identifier, keyring)
        if kind == "keyring":
            raise SecretUnreadable(
                name="of the setting secrets",
                reason="this system has no keyring that can be used",
                advice="Set it to `file`, or install a keyring such as Secret Service.",
            )
        return in_file

    def set(self, name: str, value: str) -> None:
        """Keep a value under a name, in place of an earlier one.

        Raises WrongUse for a value that is empty or too long, SecretUnreadable and WorkspaceUnusable.
        """
        size = len(value.encode("utf-8", "surrogatepass"))
        if not value:
            raise WrongUse(problem="The value of the secret is empty.", advice="Give one, or remove the secret.")
        if size > MOST_BYTES or "\0" in value:
            what = "has a null character" if "\0" in value else f"has {size:,} bytes, over {MOST_BYTES:,}"
            raise WrongUse(problem=f"The value of the secret {what}.", advice="A secret is a password or a key.")
        self._set(name, value)

    def get(self, name: str) -> str:
        """The value of a name. Raises Unknown, and SecretUnreadable where it cannot be decrypted."""
        value = self._get(name)
        if value is None:
            raise self._unknown(name)
        return value

    def remove(self, name: str) -> None:
        """Forget a secret. Raises Unknown."""
        if not self._remove(name):
            raise self._unknown(name)

    @abstractmethod
    def names(self) -> list[str]:
        """All names, ours too, sorted."""

    @abstractmethod
    def _set(self, name: str, value: str) -> None: ...

    @abstractmethod
    def _get(self, name: str) -> str | None: ...

    @abstractmethod
    def _remove(self, name: str) -> bool: ...

    def _unknown(self, name: str) -> Unknown:
        near = get_close_matches(name, [each for each in self.names() if OWN not in each], n=2, cutoff=0.5)
        listing = "transom secret list"
        return Unknown(kind="secret", name=name, workspace=self._shown, listing=listing, near=" or ".join(near))
