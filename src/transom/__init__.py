"""Transom runs `azureml_main` scripts, and any Python function on tables, anywhere.

import transom

result = transom.run("clean.py", dataset1="cars.csv")
result.result_dataset.to_pandas()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transom.errors import TransomError
    from transom.model.runs import Limits
    from transom.workspace.library import Session, run
    from transom.workspace.pipelines.library import Pipeline
    from transom.workspace.pipelines.telling import PipelineResult
    from transom.workspace.results import File, RunResult, Table

__all__ = ["File", "Limits", "Pipeline", "PipelineResult", "RunResult", "Session", "Table", "TransomError", "run"]

_HOMES = {
    "run": "transom.workspace.library",
    "Session": "transom.workspace.library",
    "Pipeline": "transom.workspace.pipelines.library",
    "PipelineResult": "transom.workspace.pipelines.telling",
    "RunResult": "transom.workspace.results",
    "Table": "transom.workspace.results",
    "File": "transom.workspace.results",
    "Limits": "transom.model.runs",
    "TransomError": "transom.errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command line needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'transom' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
