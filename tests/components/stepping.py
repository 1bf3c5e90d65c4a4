"""How a native component is applied in a test: with real tables, a folder of its own, and the real outside."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa

from transom.components.native import Given, Table
from transom.settings import Settings
from transom.tables.description import describe
from transom.tables.step_file import describe_step, open_step
from transom.workspace.opening import Workspace
from transom.workspace.reaching import Reach


def table(content: pa.Table | pd.DataFrame | Mapping[str, Any]) -> Table:
    """A table as a step is given it."""
    if isinstance(content, pd.DataFrame):
        content = pa.Table.from_pandas(content)
    arrow = content if isinstance(content, pa.Table) else pa.table(dict(content))
    return Table(arrow, describe(arrow.schema, arrow.num_rows))


@dataclass
class Ground:
    """A workspace and a folder of a pipeline, in which steps are applied; `said` are the lines of their logs."""

    folder: Path
    workspace: Workspace
    said: list[str] = field(default_factory=list)
    count: int = 0

    @classmethod
    def at(cls, folder: Path) -> Ground:
        pipeline = folder / "pipeline"
        pipeline.mkdir()
        return cls(pipeline, Workspace(folder / "workspace", Settings(secrets="file")))

    def reach(self, stopped: Callable[[], bool] | None = None) -> Reach:
        return Reach(self.workspace, self.workspace.settings, self.folder, stopped)

    def apply(
        self,
        component: ModuleType,
        tables: Mapping[str, Any] | None = None,
        *,
        stop_after: float | None = None,
        memory: int | None = None,
        **parameters: Any,
    ) -> dict[str, Table]:
        """What a component makes; it is asked to stop after so many seconds."""
        self.count += 1
        own = self.folder.parent / f"step-{self.count}"
        own.mkdir()
        began = time.monotonic()

        def stopped() -> bool:
            return stop_after is not None and time.monotonic() - began >= stop_after

        given = Given(
            tables={name: table(content) for name, content in (tables or {}).items()},
            parameters=component.COMPONENT.checked(parameters),
            folder=own,
            outside=self.reach(stopped),
            say=self.said.append,
            stopped=stopped,
            memory=memory,
        )
        made = component.apply(given)
        assert set(made) == {port.name for port in component.COMPONENT.outputs}
        return {port: opened(one) if isinstance(one, Path) else one for port, one in made.items()}


def opened(path: Path) -> Table:
    """The table of a step file."""
    arrow = open_step(path)
    return Table(arrow, describe_step(arrow))
