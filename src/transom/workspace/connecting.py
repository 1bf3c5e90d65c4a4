"""What may be connected to a port, and how it becomes the Arrow file that a job is given."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.errors import WrongUse
from transom.tables import formats, step_file
from transom.tables.formats import Read
from transom.tables.options import parse_options
from transom.workspace.requests import Registered, TableSource


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: options as `--read1` takes them, the first rows only, who is told of the progress."""

    options: str = ""
    sample: int | None = None
    progress: Callable[[int, int], None] | None = None


def read_table(source: TableSource, target: Path, how: Reading) -> Read:
    """Write what is connected to a step file at `target`.

    A path is read by its format, a stream as CSV; a pandas.DataFrame goes over exactly, as from step to step.
    Raises NotThere, FormatUnknown and InputUnreadable for a file, WrongUse for what is no table.
    """
    if isinstance(source, io.TextIOBase):
        source = io.BytesIO(source.read().encode("utf-8"))
    assert not isinstance(source, Registered)  # whoever calls has looked it up
    if isinstance(source, Path) or hasattr(source, "read"):
        return formats.read(source, target, parse_options(how.options), sample=how.sample, progress=how.progress)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return _frame(source if how.sample is None else source.head(how.sample), target)
    return _arrow(source, target, how.sample)


def _frame(frame: Any, target: Path) -> Read:
    from transom.engine.child import frames

    try:
        write_frame: Any = frames.write_frame
        warnings: list[str] = write_frame(frame, str(target))[1]
    except (frames.Unstorable, frames.ColumnsNested) as wrong:
        raise WrongUse(problem=f"The DataFrame cannot be connected: {wrong}", advice="Change that column.") from None
    return Read(shape=step_file.shape(target), format="DataFrame", types={}, warnings=tuple(warnings))


def _arrow(source: Any, target: Path, sample: int | None) -> Read:
    import pyarrow

    if not isinstance(source, pyarrow.Table):
        raise WrongUse(
            problem=f"A {type(source).__name__} cannot be connected as a dataset.",
            advice="Give a path, a pandas.DataFrame or a pyarrow.Table.",
        )
    return formats.read_arrow(source if sample is None else source.slice(0, sample), target)
