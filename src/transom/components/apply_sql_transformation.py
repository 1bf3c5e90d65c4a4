"""Apply SQL Transformation: one SELECT of DuckDB over up to three tables, `t1`, `t2` and `t3`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transom.components.native import Given, Made, Stopped
from transom.components.told import refuse_unwritable, told_of_disk
from transom.model.components import Component, Parameter, ParameterKind, Port

if TYPE_CHECKING:
    from transom.components.sql_tables import Flat

_PORTS = ("t1", "t2", "t3")

COMPONENT = Component(
    name="apply_sql_transformation",
    title="Apply SQL Transformation",
    description="Makes a table with one SQL query of up to three tables, which it calls t1, t2 and t3.",
    category="Data Transformation",
    inputs=tuple(
        Port(name, name, f"The table that the query calls {name}.", optional=number > 0)
        for number, name in enumerate(_PORTS)
    ),
    outputs=(Port("result_dataset", "Result dataset", "What the query gives."),),
    parameters=(
        Parameter(
            "query",
            "SQL query script",
            "One SELECT, which may begin with WITH, in the SQL of DuckDB. It reaches no files and no networks.",
            ParameterKind.CODE,
            default="select * from t1",
            language="sql",
        ),
    ),
    version="2",
)


def apply(given: Given) -> Made:
    """The rows that the query gives. Raises CannotApply and Stopped."""
    from transom.components.sql_database import opened, zone_of
    from transom.components.sql_tables import flattened, settled_result
    from transom.tables.formats import read_arrow

    if given.stopped():
        raise Stopped
    refuse_unwritable("The query", given.parameters["query"])
    flat = {name: flattened(given.tables[name]) for name in _PORTS if name in given.tables}
    tables = {name: each.arrow for name, each in flat.items()}
    with opened(given.folder, given.stopped, given.memory, zone_of(tables)) as database:
        for name, each in flat.items():
            _say(given, name, each)
            if each.arrow.num_columns:  # DuckDB knows no table without columns
                for ours, theirs in database.give(name, each.arrow):
                    given.say(
                        f"{name}: the column {ours!r} is {theirs} in the query, where capitals make no other name."
                    )
        answer = database.ask(given.parameters["query"])
    table = settled_result(answer.arrow, answer.words, list(flat.values()), given.say)
    target = given.folder / "result_dataset.arrow"
    with told_of_disk(given.folder):
        read = read_arrow(table, target)
    for warning in read.warnings:
        given.say(warning)
    return {"result_dataset": target}


def _say(given: Given, name: str, flat: Flat) -> None:
    for sentence in flat.said:
        given.say(f"{name}: {sentence}")
