"""`transom dataset`: the named, versioned tables and sets of files of the workspace."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from transom.cli.app import STANDARD_INPUT
from transom.cli.grids import Bar, grid, pairs, say, size, told_pairs, warn, when
from transom.cli.printing import print_json, visible
from transom.cli.registered import described, show_files, tell_added, tell_removed, workspace

if TYPE_CHECKING:
    from transom.model.profiles import ColumnProfile, Histogram, Profile

app = App(name="dataset", help="Datasets: named, versioned tables and sets of files.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
_Named = Annotated[str, Parameter(help="The dataset: cars, or cars@2 for one version.")]
_BARS = "▁▂▃▄▅▆▇█"
_TOP_SHOWN = 3
_VERSIONS_SHOWN = 10
_COLUMNS_SHOWN = 30


@Parameter(name="*")
@dataclass(frozen=True)
class Adding:
    """What is said of a new dataset."""

    description: Annotated[str | None, Parameter(help="What it is.")] = None
    tag: Annotated[tuple[str, ...], Parameter(negative=(), help="A tag, as NAME=VALUE; repeatable.")] = ()
    files: Annotated[bool, Parameter(negative=(), help="Keep it as files, even if it is a table.")] = False
    read: Annotated[str, Parameter(help="How a text table is read, as --read1 of run: delimiter=;,decimal=,")] = ""


@app.command
def add(
    name: Annotated[str, Parameter(help="Its name: any text without @, : and /.")],
    source: Annotated[str, Parameter(help="A file, a folder, an address, or - for CSV on standard input.")],
    /,
    *,
    adding: Adding = Adding(),
    json: _Json = False,
) -> int:
    """Register a table or files under a name, as a new version unless the latest one is the same.

    Parameters
    ----------
    name
        Its name: any text without @, : and /.
    source
        A file, a folder, an address, or - for CSV on standard input.
    """
    from transom.workspace.contents_sources import source_of
    from transom.workspace.datasets import dataset_document
    from transom.workspace.datasets_adding import Addition, add_dataset

    given = sys.stdin.buffer if source == STANDARD_INPUT else source_of(source)
    tags = pairs(adding.tag, "--tag")
    addition = Addition(name, given, adding.description, tags, as_files=adding.files, read=adding.read)
    with Bar(f"reading {name}", quiet=json) as bar:
        added = add_dataset(workspace(), addition, bar)
    if json:
        told = dataset_document(added.dataset)
        print_json(told | {"new": added.is_new, "warnings": list(added.warnings)})
        return 0
    warn(added.warnings)
    if added.read is not None and added.read.types:
        types = [f"{column} {kind}" for column, kind in added.read.types.items()]
        more = [f"and {len(types) - _COLUMNS_SHOWN} more"] if len(types) > _COLUMNS_SHOWN else []
        say("  " + " · ".join(types[:_COLUMNS_SHOWN] + more))
    tell_added(added.dataset.reference, _what(dataset_document(added.dataset)), is_new=added.is_new)
    return 0


@app.command(name="list")
def show_all(*, json: _Json = False) -> int:
    """List the datasets, the latest version of each."""
    from transom.workspace.datasets_shown import dataset_rows

    rows = dataset_rows(workspace())
    if json:
        print_json({"datasets": rows})
        return 0
    lines = [("name", "version", "what", "size", "added", "description")]
    lines += [
        (each["name"], str(each["version"]), _what(each), size(each["bytes"]), when(each["created"]), described(each))
        for each in rows
    ]
    grid(lines, numbers=(False, True, False, True))
    return 0


@app.command
def show(name: _Named, /, *, json: _Json = False) -> int:
    """Show a dataset: its first rows or its files, statistics, size, versions, and what made it.

    Parameters
    ----------
    name
        The dataset: cars, or cars@2 for one version.
    """
    from transom.workspace.datasets import find_dataset
    from transom.workspace.datasets_shown import show_dataset

    here = workspace()
    told = show_dataset(here, find_dataset(here, name))
    if json:
        print_json(told)
        return 0
    _say_dataset(told)
    if told["kind"] == "files":
        show_files(told)
        return 0
    _grid_of_rows(told)
    if told["rows"]:
        from transom.model.profiles import Profile

        print()
        _grid_of_statistics(Profile.from_document(told["statistics"]))
    return 0


@app.command
def profile(name: _Named, /, *, json: _Json = False) -> int:
    """Show the statistics of every column of a table.

    Parameters
    ----------
    name
        The dataset: cars, or cars@2 for one version.
    """
    from transom.workspace.datasets import find_dataset
    from transom.workspace.datasets_shown import profile_of

    here = workspace()
    found = profile_of(here, find_dataset(here, name))
    if json:
        print_json(found.document())
    else:
        _grid_of_statistics(found)
    return 0


@app.command
def export(
    name: _Named,
    target: Annotated[
        str, Parameter(help="The file, whose ending names the format; a folder or .zip for files; - prints CSV.")
    ],
    /,
    *,
    json: _Json = False,
) -> int:
    """Write a dataset to a file or a folder.

    Parameters
    ----------
    name
        The dataset: cars, or cars@2 for one version.
    target
        The file, whose ending names the format; a folder or .zip for files; - prints CSV.
    """
    from transom.workspace.datasets import find_dataset
    from transom.workspace.datasets_shown import export_dataset

    here = workspace()
    dataset = find_dataset(here, name)
    if target == STANDARD_INPUT:
        warn(export_dataset(here, dataset, sys.stdout.buffer))
        return 0
    with Bar(f"writing {target}", quiet=json) as bar:
        warnings = export_dataset(here, dataset, target, bar)
    if json:
        print_json({"dataset": str(dataset.reference), "target": target, "warnings": list(warnings)})
        return 0
    warn(warnings)
    say(f"Wrote {dataset.reference} to {target}.")
    return 0


@app.command
def remove(name: _Named, /, *, json: _Json = False) -> int:
    """Remove one version of a dataset (cars@2), or all of them (cars).

    Parameters
    ----------
    name
        The dataset: cars for all its versions, or cars@2 for one.
    """
    from transom.workspace.datasets import remove_dataset

    tell_removed(remove_dataset(workspace(), name), json=json)
    return 0


def _what(told: dict[str, Any]) -> str:
    if told["kind"] == "table":
        return f"{told['rows']:,} rows x {len(told['columns']):,} columns"
    return "1 file" if told["files"] == 1 else f"{told['files']:,} files"


def _say_dataset(told: dict[str, Any]) -> None:
    print(visible(f"{told['name']}@{told['version']}: {_what(told)}, {size(told['bytes'])}"))
    made = f"from {told['source']}" + (f" ({told['format']})" if told["format"] else "")
    if told["run"]:
        made = f"by the run {told['run']}" + (f" ({told['port']})" if told["port"] else "")
    print(visible(f"added {when(told['created'])} {made}"))
    for name in ("description", "id"):
        if told[name]:
            print(visible(f"{name}: {told[name]}"))
    if told["tags"]:
        print(visible(f"tags: {told_pairs(told['tags'])}"))
    versions = [f"{each['version']} ({when(each['created'])})" for each in told["versions"]]
    more = f" and {len(versions) - _VERSIONS_SHOWN} more" if len(versions) > _VERSIONS_SHOWN else ""
    print(f"versions: {', '.join(versions[:_VERSIONS_SHOWN])}{more}\n")


def _grid_of_rows(told: dict[str, Any]) -> None:
    names = [*(level or "" for level in told["index"]), *(each["name"] for each in told["columns"])]
    kinds = ["index"] * len(told["index"]) + [each["type"].lower() for each in told["columns"]]
    if not names:
        say("It has no columns.")
        return
    rows = [[*levels, *cells] for levels, cells in zip(told["first_index"], told["first_rows"], strict=True)]
    grid([names, *rows], numbers=[kind.startswith(("int", "uint", "float")) for kind in kinds])
    if told["rows"] > len(rows):
        say(f"... and {told['rows'] - len(rows):,} more rows")


def _grid_of_statistics(found: Profile) -> None:
    head = ("column", "type", "missing", "unique", "min", "median", "mean", "max", "deviation", "values")
    lines: list[tuple[str | None, ...]] = [head]
    lines += [_statistics(each) for each in (*found.index, *found.columns)]
    grid(lines, numbers=(False, False, True, True, True, True, True, True, True))


def _statistics(column: ColumnProfile) -> tuple[str | None, ...]:
    about = "~" if column.unique_is_approximate else ""
    unique = None if column.unique is None else f"{about}{column.unique:,}"
    shown = [_value(each) for each in (column.min, column.median, column.mean, column.max, column.deviation)]
    return (column.name or "", column.type, f"{column.missing:,}", unique, *shown, _values(column))


def _value(value: float | str | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _values(column: ColumnProfile) -> str | None:
    """The histogram as bars, or the most frequent values."""
    if column.histogram is not None and len(column.histogram.counts) > 1:
        return _bars(column.histogram)
    return ", ".join(f"{each.value} {each.count:,}" for each in column.top[:_TOP_SHOWN]) or None


def _bars(histogram: Histogram) -> str:
    most = max(histogram.counts) or 1
    return "".join(" " if not count else _BARS[(len(_BARS) - 1) * count // most] for count in histogram.counts)
