"""How a table that a program holds becomes an input of a pipeline: a content of the workspace, named by its digest."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transom.errors import WrongUse
from transom.model.pipelines import Data
from transom.workspace.pipelines.in_code import check_value, plain
from transom.workspace.pipelines.telling import PipelineOutput
from transom.workspace.results import Table

if TYPE_CHECKING:
    from transom.model.pipelines import Pipeline
    from transom.workspace.opening import Workspace

#: How such data is called in the record of a run; a pipeline's file cannot name a content so.
_CONTENT = re.compile(r"content://(?P<digest>[0-9a-f]{64})/(?P<name>\w+)\Z")


@dataclass(frozen=True, slots=True)
class GivenTable:
    """A table that was given to a run: the digest of its step file, and the name of the input."""

    digest: str
    name: str

    @property
    def data(self) -> Data:
        """It as the value of an input."""
        return Data(f"content://{self.digest}/{self.name}")

    @staticmethod
    def of(data: Data) -> GivenTable | None:
        """The table that a value means, if it means one."""
        found = _CONTENT.match(data.path)
        return None if found is None else GivenTable(found["digest"], found["name"])


@dataclass(frozen=True, slots=True)
class GivenValues:
    """The values of inputs by name, with contents in the place of tables; `said` is what became of these."""

    values: Mapping[str, Any]
    said: tuple[str, ...]


def given_values(pipeline: Pipeline, inputs: Mapping[str, Any], workspace: Workspace) -> GivenValues:
    """The values that a program gives to inputs; its tables are written to the workspace.

    Raises WrongUse for what is no value, for a table where none is wanted, and for one that cannot be stored.
    """
    values: dict[str, Any] = {}
    said: list[str] = []
    for name, value in inputs.items():
        if _is_table(value):
            if name in pipeline.inputs and not pipeline.inputs[name].type.is_data:
                what = f"{pipeline.inputs[name].type}, not a {type(value).__name__}"
                raise WrongUse(problem=f"The input {name} is of the type {what}.", advice="Give such a value.")
            values[name] = _kept(name, value, workspace, said)
        elif isinstance(value, Data):
            values[name] = value
        else:
            values[name] = plain(value)
            _check(name, values[name])
    return GivenValues(values, tuple(said))


def _check(name: str, value: Any) -> None:
    try:
        check_value(f"the input {name}", value)
    except WrongUse as wrong:
        if not wrong.message.startswith("A pipeline holds"):
            raise
        problem = f"The input {name} is given a {type(value).__name__}."
        advice = "Give a path, a pandas.DataFrame, a pyarrow.Table or a literal."
        raise WrongUse(problem=problem, advice=advice) from None


def _is_table(value: Any) -> bool:
    pandas, pyarrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    return (
        isinstance(value, (Table, PipelineOutput))
        or (pandas is not None and isinstance(value, pandas.DataFrame))
        or (pyarrow is not None and isinstance(value, pyarrow.Table))
    )


def _kept(name: str, table: Any, workspace: Workspace, said: list[str]) -> Data:
    """The table as a content; the same table is the same content."""
    workspace.make()
    if isinstance(table, PipelineOutput):
        table = table.table
    if isinstance(table, Table):
        from transom.tables.step_file import open_step

        open_step(table.path)  # a script may have written the file by itself
        with table.path.open("rb") as stream:
            return GivenTable(workspace.blobs.put_stream(stream), name).data
    from transom.workspace.connecting import Reading, read_table

    try:
        with workspace.blobs.writer(".arrow") as writing:
            read = read_table(table, writing.path, Reading())
    except WrongUse as wrong:
        raise WrongUse(problem=f"The input {name}: {wrong.message}", advice=wrong.remedy) from None
    said.extend(f"{name}: {warning}" for warning in read.warnings)
    return GivenTable(writing.digest, name).data
