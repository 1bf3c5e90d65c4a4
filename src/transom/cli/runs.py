"""`transom runs`: what was run, what came out, what differs, and how a run is made again elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from transom.cli.printing import print_columns, print_json, visible
from transom.settings import load

if TYPE_CHECKING:
    from transom.workspace.comparing_runs import Change, RunComparison
    from transom.workspace.runs import Runs

app = App(name="runs", help="The runs of the workspace.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_Run = Annotated[str, Parameter(help="The run: its id, the beginning of it, or latest.")]
_MOST_METRICS = 100


def _runs() -> Runs:
    from transom.workspace.opening import open_workspace
    from transom.workspace.runs import Runs

    return Runs(open_workspace(load()))


@app.command(name="list")
def show_all(
    *,
    limit: Annotated[int, Parameter(name=("--limit", "-n"), help="So many of the newest.")] = 20,
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
            _when(each["created"]),
            each["failure"] or each["status"],
            each["script"],
            each["environment"] or "-",
            "-" if each["seconds"] is None else f"{each['seconds']:.2f}",
            _results(each["results"]),
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
    _say_run(document)
    return 0


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
        print(visible(each.name), file=sys.stderr)
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
        _say_comparison(compared)
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
    if json:
        print_json({"removed": removed})
    else:
        print(visible(f"Removed {', '.join(removed)}."), file=sys.stderr)
    return 0


@app.command
def bundle(
    run: _Run,
    target: Annotated[str, Parameter(help="The zip file to write.")],
    /,
    *,
    sample: Annotated[
        int | None, Parameter(help="Only so many first rows of each input, to keep it small or private.")
    ] = None,
    json: _Json = False,
) -> int:
    """Write all that it takes to make a run again elsewhere: script, inputs, bundle, lock, log, outcome.

    Parameters
    ----------
    run
        The run: its id, the beginning of it, or latest.
    target
        The zip file to write.
    """
    from transom.workspace.reproducing import write_bundle

    runs = _runs()
    told = write_bundle(runs, runs.get(run), Path(target), sample)
    if json:
        print_json(told)
    else:
        for warning in told["warnings"]:
            print(visible(f"warning: {warning}"), file=sys.stderr)
        print(visible(f"{told['path']}: {told['bytes']:,} bytes"), file=sys.stderr)
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
            print(visible(sentence), file=sys.stderr)
    return 0 if replayed.equal else 1


def _when(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _results(results: Mapping[str, Mapping[str, int]]) -> str:
    shown = [f"{each['rows']:,} x {each['columns']:,}" for each in results.values() if each["columns"]]
    return ", ".join(shown) or "-"


def _say_run(document: Mapping[str, Any]) -> None:
    _out(f"{document['run']}: {document['status']}, {_when(document['created'])}")
    _out(f"script {document['script']['path']}, experiment {document['experiment']}")
    if document["message"]:
        _out(f"{document['failure']}: {document['message']}")
    for each in document["inputs"]:
        size = (
            f"{each['rows']:,} rows x {len(each['columns']):,} columns"
            if "rows" in each
            else f"{each['bytes']:,} bytes"
        )
        named = f" (dataset {each['dataset']})" if each["dataset"] else ""
        _out(f"{each['port']}: {each['source']}{named}, {size}; kept: {each['kept']}")
    outcome = document["outcome"] or {}
    for port, made in outcome.get("results", {}).items():
        _out(f"{port}: {made['rows']:,} rows x {len(made['columns']):,} columns: {made['path']}")
    for name, value in list(outcome.get("metrics", {}).items())[:_MOST_METRICS]:
        _out(f"metric {name}: {_cut(value)}")
    for each in outcome.get("files", [])[:_MOST_METRICS]:
        _out(f"file {each['name']} ({each['bytes']:,} bytes)")
    for name, value in document["tags"].items():
        _out(f"tag {name}: {value}")
    if document["seconds"] is not None:
        memory = document["peak_memory"]
        used = f", {memory / 1000**2:,.0f} MB at most" if memory else ""
        where = f" in {document['environment']} (Python {document['python']})" if document["environment"] else ""
        _out(f"{document['seconds']:.2f} s{where}{used}")
    kept = "" if document["contents_kept"] else " (its tables, files and log were removed to make room)"
    _out(f"{document['folder']}{kept}")


def _say_comparison(compared: RunComparison) -> None:
    parts: list[tuple[str, Sequence[Change]]] = [
        ("environment", compared.environment),
        ("asked for", compared.request),
        ("inputs", compared.inputs),
        ("metrics", compared.metrics),
        ("outcome", compared.outcome),
    ]
    if compared.script:
        _out("script:")
        for line in compared.script:
            _out(f"  {line}")
    for title, changes in parts:
        if changes:
            _out(f"{title}:")
            for each in changes:
                _out(f"  {each.name}: {_cut(each.first or 'none')} -> {_cut(each.second or 'none')}")
    for table in compared.tables:
        _out(f"{table.port}: {' '.join(table.sentences)}")
        for cell in table.cells:
            there, expected = _shown(cell["actual"]), _shown(cell["expected"])
            _out(f"  row {cell['row']:,}, {cell['column']}: {expected} -> {there}")
        for sentence in table.distributions:
            _out(f"  {sentence}")
    if compared.equal:
        _out("Both came to the same.")


def _shown(cell: str | None) -> str:
    return "missing" if cell is None else _cut(cell)


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _out(text: str) -> None:
    print(visible(text))
