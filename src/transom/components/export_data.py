"""Export Data: a table goes outside: to a file of any format and place, or to a table of a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transom.components.import_data import place_of, shown
from transom.components.native import CannotApply, Given, Made, Stopped, Table
from transom.components.told import refuse_unwritable, told_of_disk
from transom.errors import FormatUnknown, ResultUnwritable, TransomError
from transom.model.components import Component, Parameter, ParameterKind, Port

REPLACE, APPEND, FAIL = "replace", "append", "fail"
_WHERE = ("path", "table", "datastore", "database")

COMPONENT = Component(
    name="export_data",
    title="Export Data",
    description="Writes a table to a file, a datastore, any address that can be written, or a table of a database.",
    category="Data Input and Output",
    inputs=(Port("dataset", "Dataset", "The table that is written."),),
    parameters=(
        Parameter(
            "path",
            "Path",
            "A file whose ending names the format (out/cars.csv; a folder with / at its end is a DataFrameDirectory), "
            "an address (s3://...), azureml://datastores/NAME/paths/PATH, or with `datastore` a path in it.",
        ),
        Parameter("datastore", "Datastore", "The name of a registered datastore: `path` or `table` is in it."),
        Parameter("database", "Database", "The address of a database: postgresql://USER@HOST/NAME, sqlite:///FILE."),
        Parameter("table", "Table", "The name of the table in the database."),
        Parameter("schema", "Schema", "The schema in which the table lies, where the database has several."),
        Parameter(
            "if_exists",
            "If it is there already",
            "What becomes of a file or table of that name: by default a file is replaced, and a table is an error.",
            ParameterKind.CHOICE,
            choices=(REPLACE, APPEND, FAIL),
        ),
        Parameter(
            "secret",
            "Secret",
            "The name of a stored secret: the password of the user in the address.",
            ParameterKind.SECRET,
        ),
    ),
    effects=True,
)


def target_of(parameters: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """The address that a step writes to, and the name of its secret: `Outside.mark` tells whether it holds still what
    was written. None for a table of a database, and where the parameters name no place.
    """
    path, datastore = parameters.get("path"), parameters.get("datastore")
    if not path or parameters.get("table") or parameters.get("if_exists") in (APPEND, FAIL):
        return None
    return (place_of(str(datastore), str(path)) if datastore else str(path)), parameters.get("secret")


def apply(given: Given) -> Made:
    """Write the table; nothing is handed on. Raises CannotApply and Stopped; then the target is as it was."""
    if given.stopped():
        raise Stopped
    parameters = given.parameters
    for name in ("path", "table", "schema", "database"):
        refuse_unwritable(f"The parameter {name}", parameters[name])
    path, table, datastore, database = (str(parameters[name] or "") for name in _WHERE)
    _refuse(bool(path) == bool(table), "it wants either a path or a table", "Give `path`, or `table`.")
    if path:
        _refuse(bool(database), "a database is named, and a path", "Give the parameter table, or leave one out.")
        _to_file(given, place_of(datastore, path) if datastore else path)
        return {}
    _refuse(bool(database) == bool(datastore), "a table is of one database", "Give `database` or `datastore`.")
    _to_database(given, place_of(datastore) if datastore else database)
    return {}


def _refuse(wrong: bool, problem: str, advice: str) -> None:
    if wrong:
        raise CannotApply(f"It is not clear where the table is to go: {problem}.", advice)


def _to_file(given: Given, address: str) -> None:
    if given.parameters["if_exists"] == APPEND:
        raise CannotApply("Rows are appended to tables of databases only.", "Let if_exists be replace or fail.")
    file = _written(given, given.tables["dataset"], address)
    if given.stopped():
        raise Stopped
    overwrite = given.parameters["if_exists"] != FAIL
    place = given.outside.delivered(file, address, given.parameters["secret"], overwrite=overwrite)
    given.say(f"{_size(given)} written to {place}.")


def _written(given: Given, table: Table, address: str) -> Path:
    """The table as a file of the format that the address names, in the folder of the step."""

    def look(_done: int, _total: int) -> None:
        if given.stopped():
            raise Stopped

    from transom.tables.formats import write
    from transom.tables.step_file import write_step

    name = shown(address)
    last = re.sub(r"[\x00-\x1f\x7f\\]", "_", name.rstrip("/").rpartition("/")[2])
    step, folder = given.folder / "step.arrow", given.folder / "written"
    with told_of_disk(given.folder):
        folder.mkdir()
        write_step(table.arrow, step, table.description)
    target = f"{folder / 'table'}/" if name.endswith("/") else str(folder / f"table{''.join(Path(last).suffixes[-2:])}")
    try:
        warnings = write(step, target, progress=look)
    except FormatUnknown as wrong:
        raise CannotApply(f"{name} has an ending that names no format that can be written.", wrong.remedy) from None
    except ResultUnwritable as wrong:
        raise CannotApply(f"{name} cannot be written: {wrong.facts['reason']}.", wrong.remedy) from None
    except TransomError as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None
    for warning in warnings:
        given.say(warning)
    return Path(target)


def _to_database(given: Given, address: str) -> None:
    from transom.components.database_tables import Wanted, write_table

    parameters = given.parameters
    wanted = Wanted(parameters["table"], parameters["schema"], parameters["if_exists"] or FAIL)
    if address.startswith("sqlite") and "?" not in address:
        address = f"{address}?mode=rwc"  # a file of SQLite may be new here
    with given.outside.connected(address, parameters["secret"]) as connection:
        warnings = write_table(connection, given.tables["dataset"], wanted, given.stopped)
    for warning in warnings:
        given.say(warning)
    given.say(f"{_size(given)} written to the table {wanted.table} of {shown(address)}.")


def _size(given: Given) -> str:
    rows = given.tables["dataset"].description.rows
    return f"{rows:,} row{'' if rows == 1 else 's'}"
