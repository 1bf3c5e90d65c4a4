"""What of an address and of an error's text must never be shown: passwords, keys, and what a query holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

from transom.errors import WrongUse
from transom.tables.paths import shown

MASK = "***"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*(?:::|://)")
_PASSWORD = re.compile(r"(?<=://)(?P<user>[^/@:?#]*):(?P<password>[^/@?#]*)@")
#: What is left of a password that was not written as an address wants it.
_REST = re.compile(r"://[^?#]*:[^?#]*@")
_LONGEST_REASON = 300
_SHORTEST_MASKED = 3


def is_address(text: str) -> bool:
    """Whether a text is an address, such as `https://...` or `s3://...`, and no path."""
    return _ADDRESS.match(text) is not None


def scheme_of(address: str) -> str:
    """What an address begins with, in small letters: `https`, `postgresql+psycopg`."""
    return re.split(r"::|://", address, maxsplit=1)[0].lower()


def without_secrets(address: str) -> str:
    """An address as it may be shown and recorded: without its password, query and fragment."""
    bare = re.split(r"[?#]", address, maxsplit=1)[0]
    bare = _PASSWORD.sub(r"\g<user>@", bare)
    return bare if _REST.search(bare) is None else re.sub(r"(?<=://).*@", f"{MASK}@", bare)


def password_of(address: str) -> tuple[str, str | None]:
    """An address without its password, and the password. Raises WrongUse where it cannot be told what is which."""
    found = _PASSWORD.search(address)
    bare = _PASSWORD.sub(lambda each: f"{each['user']}@" if each["user"] else "", address, count=1)
    if _REST.search(bare) is not None:
        raise WrongUse(
            problem=f"It cannot be told what is the password in the address {without_secrets(address)}.",
            advice="Write %40 for an @, %3A for a colon and %2F for a slash in it, or give it as --option password=...",
        )
    return bare, None if found is None else unquote(found["password"])


def short_reason(wrong: BaseException, secrets: Iterable[str] = ()) -> str:
    """What an exception of a library says, in one line without any of the secrets, to stand after a colon."""
    said = " ".join(str(wrong).split())
    for secret in sorted({form for each in secrets for form in _forms(each)}, key=len, reverse=True):
        said = said.replace(secret, MASK)
    said = re.sub(r"(?<=://)([^/@:\s]*):[^/@\s]*@", rf"\1:{MASK}@", said)
    said = said.rstrip(". ")
    if len(said) > _LONGEST_REASON:
        said = f"{said[:_LONGEST_REASON].rstrip()} ..."
    return shown(said) if said else type(wrong).__name__


def _forms(secret: str) -> Iterable[str]:
    """The ways in which a library may write a secret."""
    if len(secret) < _SHORTEST_MASKED:
        return ()
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
