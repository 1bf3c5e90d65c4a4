"""How a pipeline file of a person becomes a request, and how what is made of one is written."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import ResultUnwritable, WrongUse
from transom.flow.plan import Selection
from transom.workspace.pipelines.asking import ALL, PipelineRequest

if TYPE_CHECKING:
    from transom.flow.file import PipelineFile
    from transom.model.pipelines import Pipeline

_STANDARD_OUTPUT = "-"


def read_file(path: Path) -> PipelineFile:
    """A pipeline file. Raises NotThere, PipelineInvalid with line and column, and what reading a script does."""
    from transom.flow.file import read_pipeline

    return read_pipeline(path)


def request_of(path: Path, values: Mapping[str, Any], **wishes: Any) -> PipelineRequest:
    """A pipeline file with what a person wants of it; see PipelineRequest. Raises what `read_file` does, WrongUse."""
    read = read_file(path)
    request = PipelineRequest(
        pipeline=read.pipeline,
        folder=path.absolute().parent,
        shown=str(path),
        text=path.read_text("utf-8-sig", "surrogateescape"),
        values=values,
        file=path.absolute(),
        **wishes,
    )
    check_steps(read.pipeline, request)
    return request


def check_steps(pipeline: Pipeline, request: PipelineRequest) -> None:
    """That the steps which were named are there, and that jobs can be run at all. Raises WrongUse."""
    named = {"--until": request.until, "--from": request.from_, "--only": request.only}
    for option, name in named.items():
        if name is not None:
            _check_step(pipeline, option, name)
    for name in request.regenerate - {ALL}:
        _check_step(pipeline, "--regenerate", name)
    if request.only is not None and (request.until or request.from_):
        raise WrongUse(problem="--only excludes --until and --from.", advice="Leave one of them out.")
    if not Selection(request.until, request.from_, request.only).wanted(pipeline):
        raise WrongUse(
            problem=f"Between --from {request.from_} and --until {request.until} lies no step.",
            advice="Name steps of which one leads to the other.",
        )
    if request.jobs is not None and request.jobs < 1:
        raise WrongUse(problem=f"{request.jobs} jobs at a time are none.", advice="Give 1 or more.")


def _check_step(pipeline: Pipeline, option: str, name: str) -> None:
    if name in pipeline.steps:
        return
    from difflib import get_close_matches

    near = get_close_matches(name, list(pipeline.steps), 1)
    known = f"Did you mean {near[0]}?" if near else f"Its steps are {', '.join(list(pipeline.steps)[:10])}."
    raise WrongUse(problem=f"{option} {name}: the pipeline has no step {name}.", advice=known)


def written_to(place: str, text: str) -> None:
    """Write a text to a file, put there by a rename, or to standard output. Raises ResultUnwritable."""
    if place in (_STANDARD_OUTPUT, "\0standard input"):
        sys.stdout.write(text)
        return
    path = Path(place)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, "utf-8")
        aside.replace(path)
    except OSError as wrong:
        aside.unlink(missing_ok=True)
        raise ResultUnwritable(path=path, reason=wrong.strerror or str(wrong)) from None
