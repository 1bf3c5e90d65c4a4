"""How a table that stands in a pipeline is written as columns of Python values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from transom.components import known
from transom.components.native import CannotApply, Given, Outside, Table
from transom.errors import WrongUse
from transom.flow.export_values import literal


def columns_of(name: str, said: Mapping[str, Any]) -> dict[str, str]:
    """The cells of each column as an expression; the component itself makes the table. Raises WrongUse."""
    given = Given({}, said, Path(), cast(Outside, None), lambda _: None, lambda: False)
    try:
        made = known.native("enter_data_manually")(given)["dataset"]
    except CannotApply as wrong:
        raise WrongUse(problem=f"The step {name}: {wrong.problem}", advice=wrong.advice) from None
    assert isinstance(made, Table)
    return {column: _cells(made.arrow.column(column)) for column in made.arrow.column_names}


def _cells(column: Any) -> str:
    import pyarrow as pa

    cells = column.to_pylist()
    kind = column.type
    if pa.types.is_temporal(kind):
        texts = literal([None if cell is None else cell.isoformat() for cell in cells])
        unit = getattr(kind, "unit", None)
        if pa.types.is_timestamp(kind):
            return f'pd.to_datetime(pd.Series({texts}), format="ISO8601").dt.as_unit("{unit}")'
        return f'pd.to_datetime(pd.Series({texts}), format="ISO8601").dt.date'
    if pa.types.is_floating(kind):
        return f"pd.Series({literal([None if cell != cell else cell for cell in cells])}, dtype=float)"
    if pa.types.is_uint64(kind):
        return f'pd.Series({literal(cells)}, dtype="uint64")'
    return literal(cells)
