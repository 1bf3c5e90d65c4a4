"""What a person means by the address of a source or a target in a pipeline, and how a stored secret becomes part of it.

An address is a path (relative to the pipeline's folder), `http(s)://...`, whatever fsspec or SQLAlchemy knows, or a
place of a datastore: `azureml://datastores/NAME/paths/PATH`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from transom.components.native import CannotApply
from transom.errors import TransomError, WrongUse
from transom.tables.paths import shown
from transom.workspace.contents_sources import source_of
from transom.workspace.datastores_addresses import WEB, Hidden, is_database_scheme, typed, with_password
from transom.workspace.datastores_masking import is_address, password_of, scheme_of, without_secrets
from transom.workspace.opening import Workspace

_DATASTORE = re.compile(r"azureml://(?:.*/)?datastores/([^/?#]+)(?:/paths/?(.*)|/?)", re.DOTALL)
#: Where the part of an address that may be a pattern begins; what follows a `?` or `#` is part of a file's name, too.
_WILD = re.compile(r"[*\[#?]")
_WILD_ON_THE_WEB = re.compile(r"[*\[]")


class Kind(StrEnum):
    """What an address leads to."""

    PATH = "path"
    WEB = "web"
    DISTANT = "distant"
    DATASTORE = "datastore"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Address:
    """An address that is understood; `shown` is how messages call it, without anything secret.

    `path` is absolute and set for a path alone. `datastore` is a datastore's name; then `text` names the place in it.
    `secret` is the value that the person named, `words` are all the texts that no message may show.
    """

    kind: Kind
    text: str
    shown: str
    path: Path | None = None
    datastore: str = ""
    secret: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What must be shown nowhere."""
        query = self.text.partition("?")[2] if self.kind is not Kind.PATH else ""
        return tuple(word for word in (self.secret or "", query, *_words_in(self.options)) if word)

    @property
    def options(self) -> Mapping[str, Any]:
        """What a filesystem is made with, where the secret is a JSON object of that."""
        if self.secret is None or self.kind is not Kind.DISTANT or not self.secret.lstrip().startswith("{"):
            return {}
        try:
            told = json.loads(self.secret)
        except ValueError:
            return {}
        if not isinstance(told, dict):
            return {}
        texts = {name: value for name, value in told.items() if isinstance(value, str)}
        return {**told, **typed(texts)}

    @property
    def headers(self) -> dict[str, str]:
        """What is told a web server with each question."""
        if self.secret is None or _user_of(self.text):
            return {}
        return {"Authorization": f"Bearer {self.secret}"}

    def with_secret(self) -> str:
        """The address as it is handed to a library. Raises CannotApply where the secret has no place in it."""
        if self.secret is None or self.options or (self.kind is Kind.WEB and not _user_of(self.text)):
            return self.text
        if not _user_of(self.text):
            raise CannotApply(
                f"The secret has no place in the address {self.shown}: there is no user in it.",
                "Write the user before the host (sftp://ME@HOST/...), or store the secret as a JSON object of options.",
            )
        return with_password(self.text, Hidden(password=self.secret))

    def split(self) -> tuple[str, tuple[str, ...]]:
        """The part of an address without wildcards, and the parts of its path from the first one with them on."""
        scheme, mark, rest = self.with_secret().partition("://")
        rest, chain, others = rest.partition("::")
        wild = _WILD_ON_THE_WEB if scheme.rpartition("::")[2].lower() in WEB else _WILD
        parts = rest.split("/")
        for number, part in enumerate(parts):
            if number and wild.search(part):
                return f"{scheme}{mark}{'/'.join(parts[:number])}{chain}{others}", tuple(filter(None, parts[number:]))
        return f"{scheme}{mark}{rest}{chain}{others}", ()


def address_of(text: str, secret: str | None, folder: Path, workspace: Workspace) -> Address:
    """What an address means, seen from a folder; `secret` is the name of a stored secret.

    Raises CannotApply for one that has a password in it, or a secret that is not there.
    """
    if not text.strip() or "\0" in text:
        raise CannotApply("The address is empty." if not text.strip() else "The address has a null byte.", _ADVICE)
    value = None if secret is None else _value(secret, workspace)
    stored = _DATASTORE.fullmatch(text)
    if stored is not None:
        name, place = unquote(stored[1]), stored[2] or ""
        told = f"{shown(place) or 'the whole'} of the datastore {shown(name)}"
        return Address(Kind.DATASTORE, place, told, datastore=name)
    source = source_of(text)
    if isinstance(source, Path):
        return Address(Kind.PATH, text, shown(text), path=_absolute(source, folder))
    bare = _without_password(source)
    scheme = scheme_of(bare)
    if scheme == "azureml":
        raise CannotApply(
            f"{without_secrets(bare)} names no place of a datastore.", "Write azureml://datastores/NAME/paths/PATH."
        )
    kind = Kind.WEB if scheme in WEB else Kind.DATABASE if is_database_scheme(scheme) else Kind.DISTANT
    return Address(kind, bare, without_secrets(bare), secret=value)


_ADVICE = "Give a path, an address such as https://... or s3://..., or a place of a datastore."


def _absolute(path: Path, folder: Path) -> Path:
    return Path(os.path.abspath(folder / os.path.expanduser(path)))


def _value(name: str, workspace: Workspace) -> str:
    try:
        return workspace.secrets.get(name)
    except TransomError as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None


def _without_password(address: str) -> str:
    """The address, if no password stands in it: a pipeline's file is shared and kept with every run."""
    try:
        bare, password = password_of(address)
    except WrongUse as wrong:
        raise CannotApply(wrong.message, _STORE_IT) from None
    if password is not None:
        raise CannotApply(f"The address {without_secrets(address)} has a password in it.", _STORE_IT)
    return bare if is_address(bare) else address


_STORE_IT = "Store it with `transom secret set NAME`, leave it out of the address, and name it as `secret`."


def _words_in(options: Any) -> Iterator[str]:
    """All texts in what a filesystem is made with, however deep."""
    if isinstance(options, str):
        yield options
    elif isinstance(options, Mapping):
        for value in options.values():
            yield from _words_in(value)
    elif isinstance(options, list):
        for value in options:
            yield from _words_in(value)


def _user_of(address: str) -> str:
    place = re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0]
    return place.rpartition("@")[0]
