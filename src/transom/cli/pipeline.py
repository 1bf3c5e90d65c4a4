"""`transom pipeline`: a pipeline file is checked, shown, run and exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from transom.cli.app import STANDARD_INPUT
from transom.cli.grids import say, warn
from transom.cli.numbers import whole_number
from transom.cli.pipeline_runs import named, run_and_show, values_of
from transom.cli.printing import print_json, print_text, visible
from transom.model.policies import Network, Policy

if TYPE_CHECKING:
    from transom.flow.file import PipelineFile

app = App(name="pipeline", help="Pipelines: steps that hand tables on to each other.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_File = Annotated[str, Parameter(help="The pipeline file, such as pipeline.yml.")]
_Set = Annotated[
    tuple[str, ...], Parameter(name="--set", negative=(), help="A value of an input, NAME=VALUE; repeatable.")
]


@app.command
def check(file: _File, /, *, json: _Json = False) -> int:
    """Check a pipeline file: every key, binding, port and parameter, and what it names. Nothing is run."""
    from transom.flow.file_problems import PipelineInvalid
    from transom.workspace.pipelines.files import check_file

    try:
        read = check_file(named(file))
    except PipelineInvalid as wrong:
        if json:
            raise
        for sentence in wrong.sentences:
            say(f"error: {sentence}")
        return wrong.exit_code
    steps = len(read.pipeline.steps)
    if json:
        print_json({"pipeline": file, "steps": list(read.pipeline.order), "warnings": list(read.warnings)})
        return 0
    warn(read.warnings)
    say(f"{file} is fine: {steps} {'step' if steps == 1 else 'steps'}.")
    return 0


@app.command
def show(
    file: _File,
    /,
    *,
    svg: Annotated[str | None, Parameter(help="Write the graph as a picture to this file, or - .")] = None,
    json: _Json = False,
) -> int:
    """Show the graph of a pipeline: which step hands what on to which."""
    from transom.flow import drawing
    from transom.workspace.pipelines.files import read_file

    read = read_file(named(file))
    pipeline = read.pipeline
    if svg is not None:
        _write(svg, drawing.as_svg(pipeline), read)
        return 0
    if json:
        print_json(_graph(pipeline))
    else:
        print(visible(drawing.as_text(pipeline)).rstrip())
    return 0


def _graph(pipeline: Any) -> dict[str, Any]:
    from transom.model.pipelines import FromStep

    edges = [
        {"from": {"step": each.step, "port": each.port}, "to": {"step": name, "port": port}}
        for name, step in pipeline.steps.items()
        for port, each in step.inputs.items()
        if isinstance(each, FromStep)
    ]
    steps = {name: {"component": step.component.name} for name, step in pipeline.steps.items()}
    return {"steps": steps, "order": list(pipeline.order), "edges": edges}


@app.command
def export(
    file: _File,
    /,
    *,
    python: Annotated[str, Parameter(name="--python", help="Where the script is written; - prints it.")],
) -> int:
    """Write one plain Python script that does the same, with no Transom in it."""
    from transom.flow.export import as_python
    from transom.workspace.pipelines.files import read_file

    read = read_file(named(file))
    _write(python, as_python(read.pipeline, named(file).absolute().parent), read)
    return 0


def _write(place: str, text: str, read: PipelineFile) -> None:
    """Write what is made of a pipeline to a file, and say so, or to standard output. Raises ResultUnwritable."""
    from transom.workspace.pipelines.files import named_by, written_to

    if place == STANDARD_INPUT:
        print_text(text)
        return
    written_to(place, text, (read.path, *named_by(read.pipeline, read.folder)))
    say(f"Wrote {place}.")


@app.command
def run(  # noqa: PLR0913 (each is one thing that a person may want to say)
    file: _File,
    /,
    *,
    set_: _Set = (),
    until: Annotated[str | None, Parameter(help="Run what leads to this step, and the step.")] = None,
    from_: Annotated[str | None, Parameter(name="--from", help="Run this step and what is below it.")] = None,
    only: Annotated[str | None, Parameter(help="Run this step alone; what is above it is reused.")] = None,
    regenerate: Annotated[
        tuple[str, ...], Parameter(negative=(), help="A step of which no earlier outcome is taken, or all; repeatable.")
    ] = (),
    jobs: Annotated[
        int | None, Parameter(converter=whole_number, help="So many steps at a time; as many as processors.")
    ] = None,
    environment: Annotated[
        str | None, Parameter(name=("--environment", "-e"), help="For steps that name none themselves.")
    ] = None,
    policy: Annotated[
        Policy | None, Parameter(help="What scripts may touch: open, guarded, confined or strict.")
    ] = None,
    network: Annotated[Network | None, Parameter(help="none, packages (pip install only), or open.")] = None,
    allow_read: Annotated[
        tuple[str, ...], Parameter(negative=(), help="A file or folder scripts may read too; repeatable.")
    ] = (),
    allow_write: Annotated[
        tuple[str, ...], Parameter(negative=(), help="A file or folder scripts may write to; repeatable.")
    ] = (),
    secret: Annotated[
        tuple[str, ...], Parameter(negative=(), help="A secret that scripts may read, by name; repeatable.")
    ] = (),
    experiment: Annotated[str | None, Parameter(help="The experiment that the run belongs to.")] = None,
    json: _Json = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), negative=(), help="Show failures only.")] = False,
) -> int:
    """Run a pipeline; steps whose scripts, inputs, parameters and environment are as they were are not run again."""
    from transom.workspace.pipelines.files import request_of

    request = request_of(
        named(file),
        values_of(set_),
        until=until,
        from_=from_,
        only=only,
        regenerate=frozenset(regenerate),
        jobs=jobs,
        environment=environment,
        policy=policy,
        network=network,
        allow_read=tuple(map(Path, allow_read)),
        allow_write=tuple(map(Path, allow_write)),
        secrets=secret,
        experiment=experiment,
    )
    return run_and_show(request, json=json, quiet=quiet)
