"""Which datastores a workspace has, and where each of them leads.

A datastore is a folder, a place that fsspec knows, a web server, or a database that SQLAlchemy knows. Its password, the
query of its address and its options lie among the secrets, as one JSON document `datastore/NAME`.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import DatastoreFailed, TransomError, Unknown, WrongUse
from transom.model.assets import Datastore
from transom.workspace.datasets import good_name
from transom.workspace.datastores_addresses import (
    WEB,
    Hidden,
    is_database_scheme,
    split,
    sql_address,
    typed,
    with_password,
)
from transom.workspace.datastores_masking import is_address, scheme_of
from transom.workspace.datastores_places import FolderPlace, Place
from transom.workspace.opening import Workspace

if TYPE_CHECKING:
    from transom.workspace.datastores_sql import SqlPlace

_KIND = "datastore"
#: The datastores that every workspace has, with what Azure calls their kinds; the first one is the default.
BUILT_IN = {"workspaceblobstore": "AzureBlob", "workspacefilestore": "AzureFile"}
DEFAULT = "workspaceblobstore"


def add_datastore(workspace: Workspace, name: str, url: str, options: Mapping[str, str] | None = None) -> Datastore:
    """Record a folder, an address or a database under a name; `options` are what it is reached with.

    Nothing is connected to. Raises NameInvalid, NotThere for a folder, WrongUse for an address of no known kind or a
    name that is taken, DatastoreFailed where a package is missing, and what is wrong with the secrets.
    """
    good_name(name, _KIND)
    if name in BUILT_IN:
        raise WrongUse(problem=f"The datastore {name} is built in.", advice="Choose another name.")
    address, hidden = split(name, url, options or {})
    datastore = Datastore(name, address, datetime.now(UTC), has_secrets=not hidden.is_empty)
    _refuse_taken(workspace, datastore)
    if hidden.is_empty:
        workspace.registry.add_datastore(datastore)
        return datastore
    workspace.secrets.set(_secret(name), hidden.text())  # before: what is recorded can be reached
    workspace.registry.add_datastore(datastore)
    return datastore


def find_datastore(workspace: Workspace, name: str | None = None) -> Datastore:
    """The datastore of this name, or the default one. Raises Unknown."""
    name = DEFAULT if name is None else name
    if name in BUILT_IN:
        return _built_in(workspace, name)
    try:
        return workspace.registry.datastore(name)
    except Unknown as wrong:
        close = difflib.get_close_matches(name[:100].lower(), BUILT_IN, n=1)
        if not close or wrong.facts["near"]:
            raise
        facts = {key: value for key, value in wrong.facts.items() if key != "near"}
        raise Unknown(**facts, near=close[0]) from None


def all_datastores(workspace: Workspace) -> list[Datastore]:
    """Those that are built in, and the others by name."""
    built_in = [_built_in(workspace, name) for name in BUILT_IN]
    return [*built_in, *workspace.registry.datastores()]


def remove_datastore(workspace: Workspace, name: str) -> Datastore:
    """Forget a datastore and its secrets; what lies there stays. Raises Unknown, and WrongUse for one built in."""
    if name in BUILT_IN:
        raise WrongUse(problem=f"The datastore {name} is built in.", advice="It stays; remove files of it as you like.")
    if workspace.registry.datastore(name).has_secrets:  # first: no secret outlives what it belongs to
        with contextlib.suppress(Unknown):  # removed by hand, or by whoever was killed before the record went
            workspace.secrets.remove(_secret(name))
    return workspace.registry.remove_datastore(name)


def kind_of(datastore: Datastore) -> str:
    """What it is: `AzureBlob` and `AzureFile` for those built in, else `folder`, `https`, `s3`, `sqlite` ..."""
    if datastore.built_in:
        return BUILT_IN[datastore.name]
    if not is_address(datastore.url):
        return "folder"
    return scheme_of(datastore.url).partition("+")[0]


def is_database(datastore: Datastore) -> bool:
    """Whether it is asked with queries, and has no files."""
    return is_address(datastore.url) and is_database_scheme(scheme_of(datastore.url))


def datastore_document(datastore: Datastore) -> dict[str, Any]:
    """What is told of a datastore, as JSON has it; nothing of it is secret."""
    return {
        "name": datastore.name,
        "type": kind_of(datastore),
        "url": datastore.url,
        "is_default": datastore.name == DEFAULT,
        "built_in": datastore.built_in,
        "has_secrets": datastore.has_secrets,
        "created": None if datastore.built_in else datastore.created.isoformat(),
    }


def files_of_datastore(workspace: Workspace, datastore: Datastore) -> Place:
    """The place of its files. Raises DatastoreFailed, and what is wrong with its secrets."""
    if datastore.built_in:
        return FolderPlace(datastore.name, Path(datastore.url), made=True)
    if not is_address(datastore.url):
        return FolderPlace(datastore.name, Path(datastore.url))
    if is_database(datastore):
        raise DatastoreFailed(
            name=datastore.name,
            reason="it is a database, which has no files",
            advice="Ask it with a query: `Dataset.Tabular.from_sql_query((datastore, query))`.",
        )
    hidden = _hidden(workspace, datastore)
    if scheme_of(datastore.url) in WEB:
        from transom.workspace.datastores_web import WebPlace

        return WebPlace(datastore.name, with_password(datastore.url, hidden), hidden.query, hidden.options)
    from transom.workspace.datastores_distant import DistantPlace

    address = with_password(datastore.url, hidden)
    return DistantPlace.at(datastore.name, address, typed(hidden.options), hidden.words)


def database_of_datastore(workspace: Workspace, datastore: Datastore) -> SqlPlace:
    """The database that it is. Raises DatastoreFailed, and what is wrong with its secrets."""
    from transom.workspace.datastores_sql import SqlPlace

    if not is_database(datastore):
        raise DatastoreFailed(
            name=datastore.name,
            reason="it holds files, and a query is for a database",
            advice="Read its files: `Dataset.Tabular.from_delimited_files((datastore, path))`.",
        )
    hidden = _hidden(workspace, datastore)
    query = f"?{hidden.query}" if hidden.query else ""
    address = sql_address(datastore.name, f"{datastore.url}{query}")
    options = dict(hidden.options)
    password = options.pop("password", hidden.password)
    if password is not None:
        address = address.set(password=password)
    if "username" in options:
        address = address.set(username=options.pop("username"))
    return SqlPlace(datastore.name, address.update_query_dict(options), hidden.words)


def _built_in(workspace: Workspace, name: str) -> Datastore:
    folder = (workspace.datastores / name).absolute()
    return Datastore(name, str(folder), datetime.fromtimestamp(0, UTC), built_in=True)


def _refuse_taken(workspace: Workspace, datastore: Datastore) -> None:
    """Before its secrets would take the place of another one's."""
    for each in workspace.registry.datastores():
        if each.name == datastore.name and each.url != datastore.url:
            raise WrongUse(
                problem=f"There is a datastore {each.name} already, and its address is {each.url}.",
                advice="Choose another name, or remove it first with `transom datastore remove`.",
            )


def _secret(name: str) -> str:
    return f"datastore/{name}"


def _hidden(workspace: Workspace, datastore: Datastore) -> Hidden:
    if not datastore.has_secrets:
        return Hidden()
    try:
        return Hidden.of(workspace.secrets.get(_secret(datastore.name)))
    except TransomError as wrong:
        raise DatastoreFailed(
            name=datastore.name,
            reason=f"what it is reached with cannot be read: {wrong.message.rstrip('.')}",
            advice="Remove it, and add it again.",
        ) from None
    except (ValueError, TypeError, KeyError):
        raise DatastoreFailed(
            name=datastore.name,
            reason="what it is reached with is damaged among the secrets",
            advice="Remove it, and add it again.",
        ) from None
