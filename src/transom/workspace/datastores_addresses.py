"""How the address of a datastore is split into what is recorded and what is secret, and put together again."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from transom.errors import DatastoreFailed, NotThere, WrongUse
from transom.tables.paths import near, shown
from transom.workspace.contents_sources import source_of
from transom.workspace.datastores_masking import password_of, scheme_of, without_secrets

if TYPE_CHECKING:
    from sqlalchemy import URL

#: What a web server's address begins with.
WEB = ("http", "https")
#: Other names of Azure's stores, which adlfs knows by one alone.
_AZURE = {"abfss": "abfs", "wasb": "abfs", "wasbs": "abfs"}
_DATABASES = frozenset({"sqlite", "postgresql", "postgres", "mysql", "mariadb", "oracle", "mssql"})
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of a datastore nobody is shown."""

    password: str | None = None
    query: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to hide."""
        return self.password is None and not self.query and not self.options

    def text(self) -> str:
        """The document that is kept among the secrets."""
        return json.dumps({"password": self.password, "query": self.query, "options": dict(self.options)})

    @staticmethod
    def of(text: str) -> Hidden:
        """What such a document says. Raises ValueError, TypeError or KeyError."""
        told = json.loads(text)
        return Hidden(told["password"], told["query"], told["options"])

    @property
    def words(self) -> tuple[str, ...]:
        """All that must be shown nowhere."""
        values = [self.password or "", self.query, *self.options.values()]
        values += [value for piece in self.query.split("&") for _, _, value in [piece.partition("=")]]
        return tuple(each for each in values if each and each.lower() not in _FLAGS)


def split(name: str, url: str, options: Mapping[str, str]) -> tuple[str, Hidden]:
    """What is recorded of a path or an address, and what is secret.

    Raises NotThere for a folder or a file of SQLite, WrongUse for what is no address, and DatastoreFailed where a
    package is missing.
    """
    source = source_of(url)
    if isinstance(source, Path):
        if options:
            raise WrongUse(problem=f"{url} is a folder, which takes no options.", advice="Leave --option out.")
        return _folder(source), Hidden()
    scheme = scheme_of(source)
    if is_database_scheme(scheme):
        return _split_database(name, source, options)
    bare, password = password_of(source)
    address, _, query = bare.partition("?")
    if scheme in WEB:
        return address.partition("#")[0].rstrip("/"), Hidden(password, query, options)
    if query:
        raise WrongUse(
            problem=f"The address {without_secrets(source)} has a query, and no {scheme} address has one.",
            advice="Give what it says as options: --option NAME=VALUE.",
        )
    _check_protocol(name, source)
    return address, Hidden(password, "", options)


def _folder(path: Path) -> str:
    folder = Path(os.path.abspath(os.path.expanduser(path)))
    if not folder.exists():
        raise NotThere(path=shown(folder), near=near(folder))
    if not folder.is_dir():
        raise WrongUse(
            problem=f"{shown(folder)} is a file, and a datastore is a folder or a database.",
            advice=f"Name the folder above it; a database of SQLite is written as sqlite:///{shown(folder)}.",
        )
    return str(folder)


def is_database_scheme(scheme: str) -> bool:
    """Whether SQLAlchemy knows it, by itself or by a package that is installed beside it."""
    base = scheme.partition("+")[0]
    if base in _DATABASES or "+" in scheme:
        return True
    from importlib.metadata import entry_points

    return any(each.name.partition(".")[0] == base for each in entry_points(group="sqlalchemy.dialects"))


def _split_database(name: str, url: str, options: Mapping[str, str]) -> tuple[str, Hidden]:
    bare, _, query = url.partition("?")
    address = sql_address(name, bare)
    if address.host is not None and "@" in address.host:
        password_of(url)  # says that it cannot be told what is the password
        raise WrongUse(problem="The address has an @ too many.", advice="Write %40 for an @ in the password.")
    password = None if address.password is None else str(address.password)
    if address.get_backend_name() == "sqlite":
        address = _sqlite_address(address)
    _check_driver(name, address)
    shown_address = address.set(password=None).render_as_string()
    return shown_address, Hidden(password, query, options)


def sql_address(name: str, url: str) -> URL:
    """The address of a database as SQLAlchemy has it. Raises DatastoreFailed."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    scheme, rest = url.partition("://")[0], url.partition("://")[2]
    scheme = "postgresql" if scheme.lower() == "postgres" else scheme
    try:
        return make_url(f"{scheme}://{rest}")
    except (SQLAlchemyError, ValueError):
        raise DatastoreFailed(
            name=name,
            reason=f"{without_secrets(url)} is no address of a database",
            advice="Write it as postgresql://USER:PASSWORD@HOST/DATABASE, or sqlite:///FILE.",
        ) from None


def _sqlite_address(address: URL) -> URL:
    if not address.database or address.database == ":memory:":
        raise WrongUse(problem="The address names no file of SQLite.", advice="Write it as sqlite:///FILE.")
    file = Path(os.path.abspath(os.path.expanduser(address.database)))
    if not file.is_file():
        raise NotThere(path=shown(file), near=near(file))
    return address.set(database=str(file))


def _check_driver(name: str, address: URL) -> None:
    """That what speaks with this kind of database is installed."""
    from transom.workspace.datastores_sql import SqlPlace

    SqlPlace(name, address).check_driver()


def _check_protocol(name: str, address: str) -> None:
    """That fsspec knows the address, and what it needs is installed."""
    from fsspec import get_filesystem_class
    from fsspec.registry import known_implementations, registry

    from transom.workspace.datastores_distant_kinds import missing_package

    scheme = _AZURE.get(scheme_of(address), scheme_of(address))
    known = {*known_implementations, *registry}
    if scheme not in known:
        close = difflib.get_close_matches(scheme, [*known, *_DATABASES], n=1)
        raise WrongUse(
            problem=f"{scheme} is no kind of place that is known.",
            advice=f"Did you mean {close[0]}?" if close else "Some are s3, gs, abfs, sftp, https, postgresql, sqlite.",
        )
    try:
        get_filesystem_class(scheme)
    except ImportError as wrong:
        raise DatastoreFailed(
            name=name, reason=f"a package for {scheme} is missing", advice=missing_package(address, wrong)
        ) from None
    except ValueError as wrong:
        raise DatastoreFailed(name=name, reason=str(wrong).rstrip(".")) from None


def with_password(address: str, hidden: Hidden) -> str:
    """The address as it is handed to a library."""
    if hidden.password is None:
        return address
    scheme, _, rest = address.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user}:{quote(hidden.password, safe='')}@{place if at else rest}"


def typed(options: Mapping[str, str]) -> dict[str, Any]:
    """The options as libraries take them: what is written as true, false or a JSON object is that."""
    return {name: _value(value) for name, value in options.items()}


def _value(text: str) -> Any:
    if text.lower() in _FLAGS:
        return _FLAGS[text.lower()]
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
