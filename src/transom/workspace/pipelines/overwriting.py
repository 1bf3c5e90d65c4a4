"""Which files a step that writes must not replace unasked: those that its own pipeline is made of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transom.components.native import CannotApply
from transom.model.pipelines import Data, FromInput
from transom.tables.paths import is_same
from transom.workspace.pipelines.asking import PipelineRequest
from transom.workspace.pipelines.files import named_by


def check_target(parameters: Mapping[str, Any], request: PipelineRequest, values: Mapping[str, Any]) -> None:
    """Raise CannotApply where an export would replace what the pipeline reads, and its parameters do not say so."""
    target = parameters.get("path")
    if not isinstance(target, str) or "://" in target or parameters.get("datastore") or parameters.get("if_exists"):
        return
    place = Path(request.folder, os.path.expanduser(target))
    if any(is_same(place, each) for each in _made_of(request, values)):
        raise CannotApply(
            f"The file {target} is one that this pipeline is made of, and it would be replaced.",
            "Write to another file, or say `if_exists: replace`.",
        )


def _made_of(request: PipelineRequest, values: Mapping[str, Any]) -> Iterator[Path]:
    yield from named_by(request.pipeline, request.folder)
    if request.file is not None:
        yield request.file
    read = [value.path for value in values.values() if isinstance(value, Data)]
    for step in request.pipeline.steps.values():
        if step.component.sources:
            path = step.parameters.get("path")
            read.append(str(values.get(path.name) if isinstance(path, FromInput) else path))
    for each in read:
        yield Path(request.folder, os.path.expanduser(each))
