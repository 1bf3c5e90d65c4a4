"""How a pipeline file of a person becomes a request, and how what is made of one is written."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import ResultUnwritable, WrongUse
from transom.flow.plan import Selection
from transom.workspace.pipelines.asking import ALL, PipelineRequest

if TYPE_CHECKING:
    from transom.flow.file import PipelineFile
    from transom.model.pipelines import Pipeline
    from transom.workspace.opening import Workspace
    from transom.workspace.reaching_bounds import Bounds

_STANDARD_OUTPUT = "-"


def read_file(path: Path) -> PipelineFile:
    """A pipeline file. Raises NotThere, PipelineInvalid with line and column, and what reading a script does."""
    from transom.flow.file import read_pipeline

    return read_pipeline(path)


def check_file(path: Path) -> PipelineFile:
    """A pipeline file, and that what it names is there. Raises what `read_file` does; nothing is made or fetched."""
    from transom.settings import load
    from transom.workspace.opening import open_workspace
    from transom.workspace.pipelines.checked_ahead import check_ahead

    read = read_file(path)
    check_ahead(read, open_workspace(load()), read.pipeline.steps)
    return read


def request_of(
    path: Path, values: Mapping[str, Any], workspace: Workspace | None = None, **wishes: Any
) -> PipelineRequest:
    """A pipeline file with what a person wants of it in a workspace, the one of this place unless it is given; see
    PipelineRequest.

    What it names is held to what the run may touch, and must be there. Raises what `read_file` does, WrongUse,
    EnvironmentUnknown for one that was named for the run, and what is wrong with the workspace.
    """
    from transom.flow.file import read_pipeline
    from transom.settings import load
    from transom.workspace.opening import open_workspace
    from transom.workspace.pipelines.checked_ahead import check_ahead

    workspace = workspace or open_workspace(load())
    bounds = bounds_of(workspace, path, wishes)
    _ = bounds.confinement  # what contradicts itself is said before anything is recorded
    read = read_pipeline(path, may_read=bounds.check_read)
    request = PipelineRequest(
        pipeline=read.pipeline,
        folder=path.absolute().parent,
        shown=str(path),
        text=read.text,
        values=values,
        file=path.absolute(),
        said=read.warnings,
        **wishes,
    )
    check_steps(read.pipeline, request)
    _check_environment(workspace, request.environment)
    selection = Selection(request.until, request.from_, request.only)
    steps = selection.wanted(read.pipeline) | selection.given(read.pipeline)
    check_ahead(read, workspace, steps, frozenset(values), bounds.check_read)
    return request


def bounds_of(workspace: Workspace, path: Path, wishes: Mapping[str, Any]) -> Bounds:
    """What a run of the file at a path may touch, for which all this was asked; see PipelineRequest."""
    from transom.workspace.reaching_bounds import Bounds
    from transom.workspace.requests import RunRequest

    names = ("policy", "network", "allow_read", "allow_write", "secrets")
    asked = RunRequest(path, **{name: wishes[name] for name in names if name in wishes})
    return Bounds.of_run(asked, workspace, path.absolute().parent)


def _check_environment(workspace: Workspace, name: str | None) -> None:
    if name is not None:
        from transom.engine.environments import Environments

        Environments(workspace.settings).peek(name)


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
    wanted = Selection(request.until, request.from_, request.only).wanted(pipeline)
    if not wanted:
        raise WrongUse(
            problem=f"Between --from {request.from_} and --until {request.until} lies no step.",
            advice="Name steps of which one leads to the other.",
        )
    for name in sorted(request.regenerate - {ALL} - wanted):
        raise WrongUse(
            problem=f"--regenerate {name}: {name} is not among the steps that are to be run.",
            advice="Leave that out, or --only, --from and --until.",
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


def written_to(place: str, text: str, kept: Iterable[Path] = ()) -> None:
    """Write a text to a file, put there by a rename, or to standard output.

    What is one of `kept`, or lies in a folder of them, is not replaced. Raises ResultUnwritable.
    """
    if place in (_STANDARD_OUTPUT, "\0standard input"):
        sys.stdout.write(text)
        return
    path = Path(place)
    if not path.name or os.path.isdir(path):
        raise ResultUnwritable(path=path, reason="it is a folder")
    if any(_is_of(path, each) for each in kept):
        raise ResultUnwritable(path=path, reason="the pipeline is made of it", advice="Choose another file.")
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_text(text, "utf-8")
        aside.replace(path)
    except (OSError, ValueError) as wrong:
        with contextlib.suppress(OSError, ValueError):
            aside.unlink()
        raise ResultUnwritable(path=path, reason=getattr(wrong, "strerror", None) or str(wrong)) from None


def named_by(pipeline: Pipeline, folder: Path) -> Iterator[Path]:
    """The files and folders that a pipeline is made of, whose relative paths begin at `folder`; some may not be there.

    They are its scripts, what its components lie in, its bundles and its data.
    """
    for named in _names(pipeline):
        yield Path(folder, os.path.expanduser(named))


def _names(pipeline: Pipeline) -> Iterator[str]:
    from transom.model.pipelines import Data

    for step in pipeline.steps.values():
        own = step.component.script
        if step.script_shown:
            yield step.script_shown
        if own is not None:
            yield from (own.shown, *_described_by(step.component.name), *([own.folder] if own.folder else []))
        yield from (each.path for each in step.inputs.values() if isinstance(each, Data))
    yield from (each.value.path for each in pipeline.inputs.values() if isinstance(each.value, Data))


def _described_by(reference: str) -> Iterator[str]:
    """The file that describes a person's own component, whose folder may be named instead."""
    from transom.flow.component_file import FILE_NAMES

    is_file = reference.lower().endswith((".yaml", ".yml"))
    yield from [reference] if is_file else (os.path.join(reference, name) for name in FILE_NAMES)


def _is_of(path: Path, kept: Path) -> bool:
    """Whether it is that file, by whatever name, or one that lies in that folder."""
    try:
        return path.samefile(kept) or (kept.is_dir() and lies_in(path, kept))
    except (OSError, ValueError):  # one of them is not there
        return False


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder, or is it."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):  # it can be no path
        return False
