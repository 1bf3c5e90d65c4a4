"""What is known of the steps of pipeline runs, and which earlier outcome belongs to a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    FromClause,
    Row,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from transom.errors import Unknown
from transom.model.records import RunBegun
from transom.model.step_records import GOOD, StepBegun, StepEnded, StepRecord
from transom.model.texts import cut, visible
from transom.store.columns import storable
from transom.store.database import Database
from transom.store.history import History
from transom.store.history_rows import RUNNING, begun_columns
from transom.store.schema import run_documents, run_files, run_inputs, run_results, runs, steps
from transom.store.step_rows import (
    BEGINNING,
    ENDING,
    FOUND,
    WAITING,
    begun_step_columns,
    digests_in,
    ended_step_columns,
    found_of,
    lasting_digests_in,
    step_of,
)

_ADD = insert(steps).inline()
_BEGIN_RUN = insert(runs).inline()
_NUMBER = select(runs.c.number).where(runs.c.id == bindparam("wanted"))
_OWN = (steps.c.run == bindparam("own_run"), steps.c.name == bindparam("own_name"))
_BEGIN = update(steps).where(*_OWN).values({name: bindparam(name) for name in BEGINNING})
_END = update(steps).where(*_OWN).values({name: bindparam(name) for name in ENDING})
_FILE_OF_RUN = select(runs.c.number, runs.c.script_shown, runs.c.request).where(runs.c.id == bindparam("wanted"))
_OF_RUN = (runs.c.id, runs.c.status.label("run_status"))
_AGAIN: dict[str, Any] = {"status": RUNNING, "message": "", "contents_kept": True}
_AGAIN |= dict.fromkeys(("ended", "seconds", "failure_kind", "log", "peak_memory"))
_STEP_AGAIN: dict[str, Any] = {"status": WAITING, "why": "", "attempts": 0, "seconds": 0.0}
_STEP_AGAIN |= dict.fromkeys(("outcome", "log", "began", "ended", "peak_memory"))
#: So many runs of files that are called the same are looked at for one in the same folder.
_MOST_NAMESAKES = 50
_NAMESAKES = (
    select(runs.c.number, runs.c.request)
    .where(runs.c.script_shown == bindparam("file"), runs.c.number < bindparam("before"))
    .order_by(runs.c.number.desc())
    .limit(_MOST_NAMESAKES)
)
_READ_AT_ONCE = 1000
_LONGEST_SHOWN = 100


class Steps:
    """The verbs on steps. Each is one transaction, and raises what a Database raises."""

    def __init__(self, database: Database, history: History) -> None:
        self._database = database
        self._history = history

    def begin(self, begun: RunBegun, names: Sequence[tuple[str, str]]) -> None:
        """Record that a run of a pipeline begins, with all its steps, (name, component) each, waiting."""
        self._history.take_in()
        with self._database.writing() as connection:
            connection.execute(_BEGIN_RUN, begun_columns(begun))
            number = self._number(connection, begun.id)
            rows = [
                {"run": number, "place": place, "name": name, "component": component, "status": WAITING}
                for place, (name, component) in enumerate(names)
            ]
            if rows:
                connection.execute(_ADD, rows)

    def begin_again(self, run: str, script: str) -> None:
        """Record that a run is taken up again: it is running, and waiting is each of its steps that did not end well.

        What was recorded of the run's end is forgotten. `script` is the digest of its pipeline now. Raises Unknown.
        """
        with self._database.writing() as connection:
            number = self._number(connection, run)
            connection.execute(update(runs).where(runs.c.number == number).values(_AGAIN | {"script": script}))
            for table in (run_inputs, run_results, run_files, run_documents):
                connection.execute(delete(table).where(table.c.run == number))
            left = and_(steps.c.run == number, steps.c.status.not_in(GOOD))
            connection.execute(update(steps).where(left).values(_STEP_AGAIN))

    def record(self, run: str, begun: Sequence[StepBegun], ended: Sequence[StepEnded]) -> None:
        """Record that steps of a run have begun, and have ended. Raises Unknown for one that is not there."""
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            number = self._number(connection, run)
            beginnings = [_own(number, each.name) | begun_step_columns(each, now) for each in begun]
            endings = [_own(number, each.name) | ended_step_columns(each, now) for each in ended]
            for statement, rows in ((_BEGIN, beginnings), (_END, endings)):
                if rows:
                    self._change(connection, statement, rows)

    def found(self, keys: Sequence[str]) -> dict[str, StepRecord]:
        """The newest step with an outcome to be taken again, by key; nothing for a key that has none.

        Steps of runs whose contents were removed are none. The records say what was made, not how and of what.
        """
        statement = _FOUND_ON_SERVER if self._database.path is None else _FOUND_IN_FILE
        with self._database.reading() as connection:
            rows = connection.execute(statement, {"values": json.dumps([*map(storable, keys)])}).all()
            # one that was executed comes after those of the same run that took its outcome
            return {row.key: self._record(row, found_of) for row in sorted(rows, key=lambda row: row.status == GOOD[0])}

    def of_run(self, run: str) -> list[StepRecord]:
        """The steps of a run of this id, in their places; none for a run of a script."""
        wanted = select(steps, *_OF_RUN).join(runs, runs.c.number == steps.c.run).where(runs.c.id == storable(run))
        with self._database.reading() as connection:
            return [self._record(row) for row in connection.execute(wanted.order_by(steps.c.place))]

    def similar(self, run: str, names: Sequence[str]) -> dict[str, StepRecord]:
        """Of each name the step in the newest earlier run of the same pipeline file that knew what it is made of.

        A name that has none is left out.
        """
        statement = _SIMILAR_ON_SERVER if self._database.path is None else _SIMILAR_IN_FILE
        with self._database.reading() as connection:
            own = connection.execute(_FILE_OF_RUN, {"wanted": storable(run)}).one_or_none()
            if own is None:
                return {}
            namesakes = connection.execute(_NAMESAKES, {"file": own.script_shown, "before": own.number}).all()
            numbers = [row.number for row in namesakes if _folder(row.request) == _folder(own.request)]
            wanted = {"values": json.dumps([*map(storable, names)]), "numbers": numbers}
            found = {row.name: self._record(row) for row in connection.execute(statement, wanted)}
        return {name: found[storable(name)] for name in names if storable(name) in found}

    def peaks(self) -> dict[tuple[str, str], int]:
        """The most memory that steps had in the last run that executed them, in bytes, by component and the digest of
        the script.
        """
        known = steps.c.peak_memory.is_not(None)
        by = steps.c.component, steps.c.script
        last = select(*by, func.max(steps.c.run).label("run")).where(known).group_by(*by).subquery()
        same = and_(*(steps.c[name] == last.c[name] for name in ("component", "script", "run")))
        peaks = select(*by, func.max(steps.c.peak_memory).label("peak")).join(last, same).where(known).group_by(*by)
        with self._database.reading() as connection:
            rows = connection.execute(peaks).all()
        return {(row.component, row.script): row.peak for row in rows}

    def needed_digests(self) -> set[str]:
        """The digests of all that the steps of runs name whose contents are kept; of the others those of the scripts
        and locks, which tell what has changed since.
        """
        outcome, content = (type_coerce(steps.c[name], Text).label(name) for name in ("outcome", "content"))
        named = select(outcome, content, steps.c.log, runs.c.contents_kept).join(runs, runs.c.number == steps.c.run)
        needed: set[str] = set()
        with self._database.reading() as connection:
            for row in connection.execute(named.execution_options(yield_per=_READ_AT_ONCE)):
                if row.contents_kept:
                    needed.update(digests_in(row.outcome, row.content), [row.log] if row.log else [])
                else:
                    needed.update(lasting_digests_in(row.content))
            needed.update(connection.execute(select(steps.c.script).distinct()).scalars())
        return needed - {""}

    def _number(self, connection: Connection, run: str) -> int:
        """The run's number. It is asked for each time: a number that is free again goes to the next run."""
        number = connection.execute(_NUMBER, {"wanted": run}).scalar()
        if number is None:
            raise self._unknown("run", run, "transom runs list")
        return int(number)

    def _change(self, connection: Connection, statement: Update, rows: Sequence[dict[str, Any]]) -> None:
        if connection.execute(statement, rows).rowcount == len(rows):
            return
        there = set(connection.execute(select(steps.c.name).where(steps.c.run == rows[0]["own_run"])).scalars())
        missing = next((row["own_name"] for row in rows if storable(row["own_name"]) not in there), None)
        if missing is not None:
            raise self._unknown("step", missing, "transom runs show RUN")

    def _unknown(self, kind: str, name: str, listing: str) -> Unknown:
        shown = visible(cut(name, _LONGEST_SHOWN))
        return Unknown(kind=kind, name=shown, workspace=self._database.place.shown, listing=listing)

    def _record(self, row: Row[Any], read: Callable[[Row[Any]], StepRecord] = step_of) -> StepRecord:
        with self._database.place.believed(f"what is recorded of the step {row.name} of the run {row.id}"):
            return read(row)


def _own(run: int, name: str) -> dict[str, Any]:
    return {"own_run": run, "own_name": name}


def _found(wanted: FromClause) -> Select[Any]:
    """The steps of the newest run that has one with an outcome for a key, each key looked up from the newest on."""
    newest = (
        select(steps.c.run)
        .join(runs, runs.c.number == steps.c.run)
        .where(steps.c.key == wanted.c.value, steps.c.status.in_(GOOD), runs.c.contents_kept)
        .order_by(steps.c.run.desc())
        .limit(1)
        .correlate(wanted)
        .scalar_subquery()
    )
    numbers = select(wanted.c.value, newest.label("run")).cte("numbers")
    return (
        select(*(steps.c[name] for name in FOUND), runs.c.id)
        .join(numbers, and_(steps.c.key == numbers.c.value, steps.c.run == numbers.c.run))
        .join(runs, runs.c.number == steps.c.run)
        .where(steps.c.status.in_(GOOD))
    )


def _similar(wanted: FromClause) -> Select[Any]:
    """The steps of the wanted names, each of the newest of some runs in which it has a content."""
    known = (
        steps.c.run.in_(bindparam("numbers", expanding=True)),
        steps.c.name.in_(select(wanted.c.value)),
        steps.c.content.is_not(None),
    )
    newest = select(steps.c.name, func.max(steps.c.run).label("run")).where(*known).group_by(steps.c.name).subquery()
    return (
        select(steps, *_OF_RUN)
        .join(newest, and_(steps.c.name == newest.c.name, steps.c.run == newest.c.run))
        .join(runs, runs.c.number == steps.c.run)
    )


#: Keys and names come as one document, so that the statement is the same for any number of them.
_VALUES = bindparam("values", type_=Text)
_ON_SERVER = func.json_array_elements_text(cast(_VALUES, JSON)).table_valued("value")
_IN_FILE = func.json_each(_VALUES).table_valued("value")
_FOUND_ON_SERVER, _FOUND_IN_FILE = _found(_ON_SERVER), _found(_IN_FILE)
_SIMILAR_ON_SERVER, _SIMILAR_IN_FILE = _similar(_ON_SERVER), _similar(_IN_FILE)


def _folder(request: Any) -> Any:
    return request.get("folder") if isinstance(request, dict) else None
