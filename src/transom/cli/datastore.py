"""`transom datastore`: the named places of files and the databases that scripts read from and write to."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from transom.cli.grids import grid, pairs, say, tell
from transom.cli.printing import print_json
from transom.cli.registered import workspace

app = App(name="datastore", help="Datastores: named places of files, and databases.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_Named = Annotated[str, Parameter(help="The datastore's name.")]
_HIDDEN = "***"


@app.command
def add(
    name: _Named,
    url: Annotated[str, Parameter(help="A folder, an address such as s3://bucket/data, or that of a database.")],
    /,
    *,
    option: Annotated[
        tuple[str, ...],
        Parameter(negative=(), help="What it is reached with, as NAME=VALUE; kept among the secrets; repeatable."),
    ] = (),
    json: _Json = False,
) -> int:
    """Register a place of files, or a database, under a name; nothing is connected to.

    Parameters
    ----------
    name
        The datastore's name.
    url
        A folder, an address such as s3://bucket/data, or that of a database.
    """
    from transom.workspace.datastores import add_datastore, datastore_document

    added = datastore_document(add_datastore(workspace(), name, url, pairs(option, "--option")))
    if json:
        print_json(added)
        return 0
    kept = " Its password and options are kept among the secrets." if added["has_secrets"] else ""
    say(f"Added {added['name']}: {added['url']}.{kept}")
    return 0


@app.command(name="list")
def show_all(*, json: _Json = False) -> int:
    """List the datastores; what is secret of them is not shown."""
    from transom.workspace.datastores import all_datastores, datastore_document

    rows = [datastore_document(each) for each in all_datastores(workspace())]
    if json:
        print_json({"datastores": rows})
        return 0
    lines = [("name", "type", "address", "secrets")]
    lines += [(_shown(each), each["type"], each["url"], _HIDDEN if each["has_secrets"] else "-") for each in rows]
    grid(lines, widest=200)
    return 0


@app.command
def remove(name: _Named, /, *, json: _Json = False) -> int:
    """Forget a datastore and what is secret of it; its files stay where they are.

    Parameters
    ----------
    name
        The datastore's name.
    """
    from transom.workspace.datastores import remove_datastore

    removed = remove_datastore(workspace(), name)
    tell({"removed": removed.name}, f"Removed {removed.name}; what lies at {removed.url} stays.", json=json)
    return 0


def _shown(told: dict[str, Any]) -> str:
    return f"{told['name']} (default)" if told["is_default"] else str(told["name"])
