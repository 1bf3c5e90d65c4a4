"""Import Data: a table from outside: files of any kind and place, or the rows of a database's query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from transom.components.native import CannotApply, Given, Made
from transom.components.told import refuse_unwritable, told_of_disk
from transom.errors import TransomError
from transom.model.components import Component, Parameter, ParameterKind, Port
from transom.tables.options import parse_options

_FORMATS = ("csv", "tsv", "parquet", "arrow", "jsonl", "json", "xlsx", "arff", "svmlight", "txt", "zip")

COMPONENT = Component(
    name="import_data",
    version="2",
    title="Import Data",
    description="Reads a table from a file, a folder of files, the web, a datastore, or a database.",
    category="Data Input and Output",
    outputs=(Port("dataset", "Results dataset", "What was read."),),
    parameters=(
        Parameter(
            "path",
            "Path",
            "A file, a folder, a pattern (sales/**/*.csv), an address (https://..., s3://...), "
            "azureml://datastores/NAME/paths/PATH, or with `datastore` a path in it.",
        ),
        Parameter("datastore", "Datastore", "The name of a registered datastore: `path` or `query` is of it."),
        Parameter("database", "Database", "The address of a database: postgresql://USER@HOST/NAME, sqlite:///FILE."),
        Parameter(
            "query",
            "Database query",
            "One SELECT, in the SQL of the database; nothing that it does is kept.",
            ParameterKind.CODE,
            language="sql",
        ),
        Parameter(
            "secret",
            "Secret",
            "The name of a stored secret: the password of the user in the address, or a token for a web server.",
            ParameterKind.SECRET,
        ),
        Parameter(
            "read",
            "Read options",
            "How a file is read: header=no,delimiter=;,encoding=cp1252,types=zip:text,sheet=2.",
            default="",
        ),
        Parameter(
            "format",
            "File format",
            "What the files hold, where their names do not say it.",
            ParameterKind.CHOICE,
            choices=_FORMATS,
        ),
        Parameter("file_column", "Column of file names", "A column to be added: from which file each row comes."),
    ),
    sources=True,
)


def source_of(parameters: Mapping[str, Any]) -> tuple[str, str | None]:
    """The address that a step reads from, and the name of its secret: what `Outside.mark` is asked about.

    Raises CannotApply where the parameters name no source, or several.
    """
    path, datastore = parameters.get("path"), parameters.get("datastore")
    database, secret = parameters.get("database"), parameters.get("secret")
    if parameters.get("query") is None:
        _refuse(database is not None, "a database is named, and no query", "Give the parameter query, too.")
        _refuse(path is None, "there is no path and no query", "Say with `path` or `query` what is to be read.")
        return (str(path) if datastore is None else place_of(str(datastore), str(path))), secret
    _refuse(path is not None, "there are a path and a query", "Leave one of them out.")
    _refuse((database is None) == (datastore is None), "a query is for one database", "Give `database` or `datastore`.")
    return (str(database) if datastore is None else place_of(str(datastore))), secret


def place_of(datastore: str, path: str | None = None) -> str:
    """The address of a datastore, or of a place in it. Raises CannotApply for a path that is an address itself."""
    if path is None:
        return f"azureml://datastores/{quote(datastore, safe='')}"
    if "://" in path:
        raise CannotApply(f"{shown(path)} is an address, and no path in the datastore {datastore}.", "Leave one out.")
    return f"azureml://datastores/{quote(datastore, safe='')}/paths/{path}"


def shown(address: str) -> str:
    """An address as a message calls it: without what may be secret of it; names in stores may have these signs."""
    is_web = address.startswith(("http://", "https://"))
    return re.split(r"[?#]" if is_web else r"[?#](?=[^/]*=)", address, maxsplit=1)[0] if "://" in address else address


def _refuse(wrong: bool, problem: str, advice: str) -> None:
    if wrong:
        raise CannotApply(f"It is not clear what is to be imported: {problem}.", advice)


def apply(given: Given) -> Made:
    """The table that was read. Raises CannotApply and Stopped."""
    address, secret = source_of(given.parameters)
    for name in ("query", "file_column", "database", "path"):
        refuse_unwritable(f"The parameter {name}", given.parameters[name])
    target = given.folder / "dataset.arrow"
    query = given.parameters["query"]
    warnings = _queried(given, address, secret, target) if query is not None else _read(given, address, secret, target)
    for warning in warnings:
        given.say(warning)
    return {"dataset": target}


def _queried(given: Given, address: str, secret: str | None, target: Path) -> list[str]:
    for name in ("read", "format", "file_column"):
        if given.parameters[name]:
            raise CannotApply(f"The parameter {name} is for files, and this is a query.", "Leave it out.")
    from transom.components.database_rows import rows_of
    from transom.tables.formats import read_arrow

    with given.outside.connected(address, secret) as connection:
        table = rows_of(connection, given.parameters["query"], given.folder, given.stopped)
    with told_of_disk(given.folder):
        return list(read_arrow(table, target).warnings)


def _read(given: Given, address: str, secret: str | None, target: Path) -> list[str]:
    from transom.components.import_data_files import Wanted, table_of

    try:
        options = parse_options(given.parameters["read"] or "")
    except TransomError as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None
    wanted = Wanted(shown(address), options, given.parameters["file_column"] or "", given.parameters["format"] or "")
    with given.outside.fetched(address, secret) as source:
        return table_of(source, wanted, given, target)
