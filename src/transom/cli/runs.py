"""`transom runs`: what was run, what came out, what differs, and how a run is made again elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from transom.cli.grids import bytes_of, say, tell, warn, when_exactly
from transom.cli.numbers import whole_number
from transom.cli.printing import print_columns, print_json, visible
from transom.cli.registered import workspace
from transom.cli.runs_told import results_of, say_comparison, say_run
from transom.settings import load

if TYPE_CHECKING:
    from transom.workspace.runs import Runs

app = App(name="runs", help="The runs of the workspace.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_Run = Annotated[str, Parameter(help="The run: its id, the beginning of it, or latest.")]


def _runs() -> Runs:
    from transom.workspace.runs import Runs

    return Runs(workspace())


@app.command(name="list")
def show_all(
    *,
    limit: Annotated[
        int, Parameter(name=("--limit", "-n"), converter=whole_number, help="So many of the newest.")
    ] = 20,
    status: Annotated[
        str | None, Parameter(help="Only those that are so: running, succeeded, failed, timed_out, cancelled.")
    ] = None,
    script: Annotated[str | None, Parameter(help="Only those of this script.")] = None,
    experiment: Annotated[str | None, Parameter(help="Only those of this experiment.")] = None,
    json: _Json = False,
) -> int:
    """List the newest runs."""
    from transom.workspace.runs import Wanted, row

    rows = [row(record) for record in _runs().newest(Wanted(limit, status, script, experiment))]
    if json:
        print_json({"runs": rows})
        return 0
    lines = [("run", "when", "status", "script", "environment", "seconds", "result")]
    lines += [
        (
            each["run"],
            when_exactly(each["created"]),
            each["failure"] or each["status"],
            each["script"],
            each["environment"] or "-",
            "-" if each["seconds"] is None else f"{each['seconds']:.2f}",
            results_of(each["results"]),
        )
        for each in rows
    ]
    print_columns(lines)
    return 0


@app.command
def show(run: _Run, /, *, json: _Json = False) -> int:
    """Show one run: what was asked for, what went in, how it ended, what came out.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    """
    runs = _runs()
    document = runs.document(runs.get(run))
    if json:
        print_json(document)
        return 0
    say_run(document)
    return 0


@app.command
def why(
    run: _Run,
    step: Annotated[str | None, Parameter(help="The step of the pipeline; without it all of them.")] = None,
    /,
    *,
    json: _Json = False,
) -> int:
    """Say why the steps of a pipeline's run were reused, or were executed: what had changed.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    step
        The step, as the pipeline file calls it; without it all steps.
    """
    from transom.workspace.pipelines.explaining import Explaining

    here = workspace()
    explaining, name = Explaining(here), here.history.get(run).id
    records = here.steps.of_run(name) if step is None else []
    found = [(each, explaining.why(each)) for each in records] or [explaining.step(name, step or "")]
    told = [{"step": record.name, "status": record.status, "why": reason} for record, reason in found]
    if json:
        print_json({"run": name, "steps": told} if step is None else {"run": name, **told[0]})
        return 0
    for each in told:
        print(visible(f"{each['step']}: {each['status']}: {each['why']}"))
    return 0


@app.command
def resume(
    run: _Run,
    /,
    *,
    json: _Json = False,
    quiet: Annotated[bool, Parameter(name=("--quiet", "-q"), negative=(), help="Show failures only.")] = False,
) -> int:
    """Go on with the run of a pipeline that failed, or that somebody ended, where it was.

    Steps that ended well stay as they are, and so does the data that they were given, whatever is in its file now. All
    others are executed, with scripts and other data as they are now. So is the pipeline file if it has the same steps
    and bindings; if not, it is taken as it was.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    """
    from transom.cli.pipeline_runs import run_and_show
    from transom.workspace.pipelines.asked import request_to_resume

    runs = _runs()
    record = runs.get(run)
    name, request = request_to_resume(runs.workspace, record.id)
    if record.status == "succeeded" and record.ended is not None:
        tell(record.ended.document, f"The run {name} has succeeded: nothing is left to do.", json=json)
        return 0
    return run_and_show(request, json=json, quiet=quiet, resume=name)


@app.command
def log(
    run: _Run,
    /,
    *,
    follow: Annotated[
        bool, Parameter(name=("--follow", "-f"), negative=(), help="Go on until the run has ended.")
    ] = False,
) -> int:
    """Print what the script of a run printed.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    """
    runs = _runs()
    record = runs.get(run)
    pieces: Iterable[str] = runs.follow(record) if follow and record.ended is None else [runs.log(record)]
    for piece in pieces:
        sys.stdout.buffer.write(piece.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    return 0


@app.command
def files(run: _Run, /, *, json: _Json = False) -> int:
    """List the files and pictures that a run kept, and where they lie.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    """
    runs = _runs()
    found = runs.files(runs.get(run))
    if json:
        rows = [
            {"name": each.name, "media_type": each.media_type, "bytes": each.bytes, "path": str(path)}
            for each, path in found
        ]
        print_json({"files": rows})
        return 0
    print_columns([("name", "bytes", "path"), *((each.name, f"{each.bytes:,}", str(path)) for each, path in found)])
    return 0


@app.command(name="open")
def open_it(
    run: _Run,
    name: Annotated[str | None, Parameter(help="One file of it, by its name.")] = None,
    /,
) -> int:
    """Show the pictures of a run, in a terminal that can draw them or in the system's viewer, or one of its files.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    name
        One file of it, by its name; without it all pictures, or the folder where there are none.
    """
    from transom.cli import pictures

    runs = _runs()
    record = runs.get(run)
    found = runs.files(record)
    chosen = [(each, path) for each, path in found if each.name == name or not name]
    if name and not chosen:
        from transom.errors import WrongUse

        names = ", ".join(each.name for each, _ in found[:20]) or "no files at all"
        raise WrongUse(problem=f"The run {record.id} kept no file {name}.", advice=f"It kept {names}.")
    shown = chosen if name else [(each, path) for each, path in chosen if each.media_type.startswith("image/")]
    if not shown:
        folder = runs.folder(record)
        if not pictures.view(folder):
            print(visible(str(folder)))
        return 0
    for each, path in shown:
        say(each.name)
        if not pictures.draw(path, each.name) and not pictures.view(path):
            print(visible(str(path)))
    return 0


@app.command
def compare(
    first: _Run,
    second: _Run,
    /,
    *,
    tolerance: Annotated[float, Parameter(help="How far numbers may differ, relative and absolute.")] = 1e-9,
    json: _Json = False,
) -> int:
    """Show what differs between two runs: script, environment, inputs, metrics, tables. Exit code 1 if they do.

    Parameters
    ----------
    first
        A run: its id, the beginning of it, or latest.
    second
        The run that is compared with it.
    """
    from transom.workspace.comparing_runs import compare_runs

    runs = _runs()
    compared = compare_runs(runs, runs.get(first), runs.get(second), tolerance)
    if json:
        print_json(compared.document())
    else:
        say_comparison(compared)
    return 0 if compared.equal else 1


@app.command
def remove(
    *runs: Annotated[str, Parameter(help="The runs: ids, beginnings of them, or latest.")], json: _Json = False
) -> int:
    """Forget runs, with all that only they had."""
    from transom.errors import WrongUse

    if not runs:
        raise WrongUse(problem="No run is named.", advice="`transom runs list` shows those that are there.")
    removed = _runs().remove(list(runs))
    tell({"removed": removed}, f"Removed {', '.join(removed)}.", json=json)
    return 0


@app.command
def bundle(
    run: _Run,
    target: Annotated[str, Parameter(help="The zip file to write.")],
    /,
    *,
    sample: Annotated[
        int | None,
        Parameter(converter=whole_number, help="Only so many first rows of each input, to keep it small or private."),
    ] = None,
    step: Annotated[str | None, Parameter(help="Only this step of a pipeline's run.")] = None,
    json: _Json = False,
) -> int:
    """Write all that it takes to make a run again elsewhere: script, inputs, bundle, lock, log, outcome.

    Of a pipeline's run that is all of this for each of its steps, and the pipeline.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    target
        The zip file to write.
    """
    from transom.workspace.reproducing import write_bundle

    runs = _runs()
    told = write_bundle(runs, runs.get(run), Path(target), sample, step)
    if json:
        print_json(told)
    else:
        warn(told["warnings"])
        say(f"{told['path']}: {bytes_of(told['bytes'])}")
    return 0


@app.command
def replay(
    bundle: Annotated[str, Parameter(help="The zip file that `transom runs bundle` wrote.")],
    /,
    *,
    environment: Annotated[
        str | None, Parameter(name=("--environment", "-e"), help="Another environment than it ran in.")
    ] = None,
    policy: Annotated[str | None, Parameter(help="What it may touch: guarded, confined or strict.")] = None,
    json: _Json = False,
) -> int:
    """Make a run again from its bundle, and say whether the same came out. Exit code 1 if something else did.

    Parameters
    ----------
    bundle
        The zip file that `transom runs bundle` wrote.
    """
    from transom.workspace.reproducing import Replaying, replay_bundle

    replayed = replay_bundle(Path(bundle), load(), Replaying(environment, policy, quiet=json))
    if json:
        print_json(replayed.document())
    else:
        for sentence in replayed.sentences:
            say(sentence)
    return 0 if replayed.equal else 1
