"""How a run, and what differs between two, is told in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from transom.cli.grids import bytes_of, when_exactly
from transom.cli.printing import print_columns, visible

if TYPE_CHECKING:
    from transom.workspace.comparing_runs import Change, RunComparison

_MOST_METRICS = 100


def results_of(results: Mapping[str, Mapping[str, int]]) -> str:
    """The tables that a run made, in one cell."""
    shown = [f"{each['rows']:,} x {each['columns']:,}" for each in results.values() if each["columns"]]
    return ", ".join(shown) or "-"


def say_run(document: Mapping[str, Any]) -> None:
    """Print what `transom runs show --json` prints, for people."""
    _out(f"{document['run']}: {document['status']}, {when_exactly(document['created'])}")
    _out(f"script {document['script']['path']}, experiment {document['experiment']}")
    if document["message"]:
        _out(f"{document['failure']}: {document['message']}")
    for each in document["inputs"]:
        size = (
            f"{each['rows']:,} rows x {len(each['columns']):,} columns" if "rows" in each else bytes_of(each["bytes"])
        )
        named = f" (dataset {each['dataset']})" if each["dataset"] else ""
        _out(f"{each['port']}: {each['source']}{named}, {size}; kept: {each['kept']}")
    if "steps" in document:
        rows = [(each["name"], each["status"], f"{each['seconds']:.2f} s", each["why"]) for each in document["steps"]]
        print_columns([("step", "status", "seconds", "why"), *rows])
    outcome = (document["outcome"] or {}) if "steps" not in document else {}
    for port, made in outcome.get("results", {}).items():
        _out(f"{port}: {made['rows']:,} rows x {len(made['columns']):,} columns: {made['path']}")
    for name, value in list(outcome.get("metrics", {}).items())[:_MOST_METRICS]:
        _out(f"metric {name}: {_cut(value)}")
    for each in outcome.get("files", [])[:_MOST_METRICS]:
        _out(f"file {each['name']} ({bytes_of(each['bytes'])})")
    for name, value in document["tags"].items():
        _out(f"tag {name}: {value}")
    if document["seconds"] is not None:
        memory = document["peak_memory"]
        used = f", {memory / 1000**2:,.0f} MB at most" if memory else ""
        where = f" in {document['environment']} (Python {document['python']})" if document["environment"] else ""
        _out(f"{document['seconds']:.2f} s{where}{used}")
    if "steps" in document and document["status"] not in ("running", "succeeded"):
        _out(f"to go on with it: transom runs resume {document['run']}")
    kept = "" if document["contents_kept"] else " (its tables, files and log were removed to make room)"
    _out(f"{document['folder']}{kept}")


def say_comparison(compared: RunComparison) -> None:
    """Print what differs."""
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
