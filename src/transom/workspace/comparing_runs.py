"""What differs between two runs: script, environment, inputs, what was asked for, metrics, and the tables they made."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from transom.errors import ContentRemoved, InputUnreadable
from transom.model.assets import Environment
from transom.model.records import RunInput, RunRecord
from transom.workspace.runs import Runs, as_json, metrics_of, row

_CONTEXT_LINES = 2
#: What differs between any two runs, and means nothing.
_NOT_COMPARED = ("folder", "tables", "bundle")


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs; None where one of the runs has none."""

    name: str
    first: str | None
    second: str | None


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How the tables of one port differ, the first run's being what was expected: cell by cell, and in distribution."""

    port: str
    equal: bool
    sentences: tuple[str, ...]
    cells: tuple[Mapping[str, Any], ...] = ()
    distributions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunComparison:
    """What differs between two runs; what is empty is the same in both. `script` is a unified diff, line by line."""

    first: Mapping[str, Any]
    second: Mapping[str, Any]
    script: tuple[str, ...] = ()
    environment: tuple[Change, ...] = ()
    request: tuple[Change, ...] = ()
    inputs: tuple[Change, ...] = ()
    metrics: tuple[Change, ...] = ()
    outcome: tuple[Change, ...] = ()
    tables: tuple[TableDifference, ...] = field(default_factory=tuple)

    @property
    def equal(self) -> bool:
        """Whether both came to the same: status, metrics and tables."""
        return not self.metrics and not self.outcome and all(each.equal for each in self.tables)

    def document(self) -> dict[str, Any]:
        """What `transom runs compare --json` prints."""
        return {"equal": self.equal, **asdict(self)}


def compare_runs(runs: Runs, first: RunRecord, second: RunRecord, tolerance: float = 1e-9) -> RunComparison:
    """Compare two runs that have ended; contents that were removed are told of. Raises WrongUse for the tolerance."""
    return RunComparison(
        first=row(first),
        second=row(second),
        script=tuple(_script(runs, first, second)),
        environment=tuple(_environment(runs, first, second)),
        request=tuple(_changes(_request(first), _request(second))),
        inputs=tuple(_changes(_inputs(first), _inputs(second))),
        metrics=tuple(_changes(_texts(metrics_of(first)), _texts(metrics_of(second)))),
        outcome=tuple(_changes(_outcome(first), _outcome(second))),
        tables=tuple(_tables(runs, first, second, tolerance)),
    )


def _script(runs: Runs, first: RunRecord, second: RunRecord) -> Iterator[str]:
    if first.begun.script == second.begun.script:
        return
    try:
        before, after = runs.script(first).splitlines(), runs.script(second).splitlines()
    except ContentRemoved as wrong:
        yield wrong.message
        return
    names = (f"{first.begun.script_shown} ({first.id})", f"{second.begun.script_shown} ({second.id})")
    yield from difflib.unified_diff(before, after, *names, lineterm="", n=_CONTEXT_LINES)


def _environment(runs: Runs, first: RunRecord, second: RunRecord) -> Iterator[Change]:
    facts = [
        {"name": each.ended.environment, "python": each.ended.python, "policy": each.ended.policy} if each.ended else {}
        for each in (first, second)
    ]
    yield from _changes(*facts)
    locks = [each.ended.lock if each.ended else None for each in (first, second)]
    if locks[0] == locks[1]:
        return
    try:
        packages = [dict(Environment("", "", lock=runs.lock(each)).packages) for each in (first, second)]
    except ContentRemoved:
        return
    yield from _changes(*packages)


def _request(record: RunRecord) -> dict[str, str]:
    return _texts({name: value for name, value in record.begun.request.items() if name not in _NOT_COMPARED})


def _inputs(record: RunRecord) -> dict[str, str]:
    inputs = () if record.ended is None else record.ended.inputs
    return {each.port: _shown_input(each) for each in inputs}


def _shown_input(each: RunInput) -> str:
    """What tells one input from another: the content, and for a person its name and size."""
    size = "" if each.shape is None else f", {each.shape.rows:,} rows x {len(each.shape.columns):,} columns"
    return f"{each.shown} ({each.digest[:12]}{size})"


def _outcome(record: RunRecord) -> dict[str, str]:
    ended = record.ended
    failure = "" if ended is None or ended.failure_kind is None else f"{ended.failure_kind}: {ended.message}"
    return {"status": record.status, **({"failure": failure} if failure else {})}


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {name: as_json(value) for name, value in values.items()}


def _changes(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            yield Change(name, first.get(name), second.get(name))


def _tables(runs: Runs, first: RunRecord, second: RunRecord, tolerance: float) -> Iterator[TableDifference]:
    made = [{} if each.ended is None else each.ended.results for each in (first, second)]
    for port in sorted({*made[0], *made[1]}):
        before, after = made[0].get(port), made[1].get(port)
        if before is None or after is None:
            there = first.id if after is None else second.id
            yield TableDifference(port, False, (f"Only the run {there} made it.",))
        elif before.digest == after.digest:
            yield TableDifference(port, True, ("It is the same.",))
        else:
            yield _table(runs, (first, before.digest), (second, after.digest), (port, tolerance))


def _table(
    runs: Runs, first: tuple[RunRecord, str], second: tuple[RunRecord, str], how: tuple[str, float]
) -> TableDifference:
    from transom.tables.compare import compare
    from transom.tables.distributions import distributions

    port, tolerance = how
    try:
        paths = [runs.path(record, digest, port) for record, digest in (first, second)]
        found = compare(paths[1], paths[0], tolerance)
        shifts = () if found.equal else distributions(paths[0], paths[1]).sentences
    except (ContentRemoved, InputUnreadable) as wrong:
        return TableDifference(port, False, (wrong.message,))
    cells = tuple(asdict(each) for each in found.first)
    return TableDifference(port, found.equal, found.sentences, cells, tuple(shifts))
