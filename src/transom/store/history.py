"""What was run in a workspace: when it began, how it ended, what it was made of and what it made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from transom.errors import Unknown, WrongUse
from transom.model.records import RunBegun, RunEnded, RunRecord
from transom.model.runs import FailureKind, Status
from transom.model.texts import cut, visible
from transom.store.columns import storable
from transom.store.database import Database
from transom.store.history_rows import (
    RUNNING,
    Parts,
    begun_columns,
    ended_columns,
    file_rows,
    input_rows,
    record_of,
    result_rows,
)
from transom.store.journal import Entry, Journal
from transom.store.schema import run_documents, run_files, run_inputs, run_results, runs

Records: TypeAlias = list[RunRecord]

#: Words for the run that began last.
_LATEST = ("latest", "last")
_PARTS = (run_inputs, run_results, run_files)
_BEGIN = insert(runs).inline()
_NUMBER = select(runs.c.number, runs.c.status).where(runs.c.id == bindparam("wanted"))
_ENDING = (
    *("status", "ended", "seconds", "failure_kind", "message", "environment", "environment_digest", "python"),
    *("policy", "lock", "log", "peak_memory", "tags"),
)
_END = update(runs).where(runs.c.number == bindparam("own")).values({name: bindparam(name) for name in _ENDING})
_ADD = {table: insert(table).inline() for table in (*_PARTS, run_documents)}
#: So many ids are named in one statement.
_AT_ONCE = 500
#: Ids that are compared with one that is not there.
_MOST_COMPARED = 1000
_MOST_SHOWN = 5
_LONGEST_SHOWN = 100
#: What a value raises that no column takes: an entry of the journal has been tampered with.
_NOT_STORABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)
_REFUSED = (DataError, IntegrityError)


class History:
    """The verbs on runs. Each is one transaction, and raises what a Database raises.

    `workspace` is what messages call the workspace. A run that another one began is its child: it is listed with it.
    """

    def __init__(self, database: Database, workspace: str, journal: Journal | None = None) -> None:
        """What lies in the `journal` is taken in before each verb: other processes may add to it at any time."""
        self._database = database
        self._workspace = workspace
        self._journal = journal

    def take_in(self) -> None:
        """Record what lies in the journal, in one transaction; what is there already stays as it is."""
        if self._journal is None or not self._journal.waiting():
            return
        with self._journal.taking_in() as entries, self._database.writing() as connection:
            gone = {entry.run for entry in entries if entry.begun is None}
            _forget(connection, list(gone))
            for entry in entries:
                if entry.run not in gone:
                    self._take(connection, entry, self._journal)

    def _take(self, connection: Connection, entry: Entry, journal: Journal) -> None:
        assert entry.begun is not None
        try:
            with connection.begin_nested():
                if connection.execute(_NUMBER, {"wanted": entry.run}).one_or_none() is None:
                    connection.execute(_BEGIN, begun_columns(entry.begun))
                if entry.ended is not None:
                    _end(connection, connection.execute(_NUMBER, {"wanted": entry.run}).one(), entry.ended)
        except (*_NOT_STORABLE, StatementError) as wrong:
            if isinstance(wrong, DBAPIError) and not isinstance(wrong, _REFUSED):
                raise
            journal.set_aside(entry.name, f"{type(wrong).__name__}: {wrong}")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self.take_in()
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self.take_in()
        with self._database.writing() as connection:
            yield connection

    def begin(self, begun: RunBegun) -> None:
        """Record that a run begins; its id is new."""
        with self._writing() as connection:
            connection.execute(_BEGIN, begun_columns(begun))

    def end(self, run: str, ended: RunEnded) -> None:
        """Record how a run ended; what was recorded of an end before is replaced. Raises Unknown."""
        with self._writing() as connection:
            found = connection.execute(_NUMBER, {"wanted": run}).one_or_none()
            if found is None:
                raise self._unknown(run)
            _end(connection, found, ended)

    def get(self, run: str) -> RunRecord:
        """The run of this id, or of the only id that begins so; `latest` or `last` is the one that began last.

        Raises Unknown, and WrongUse where several ids begin so.
        """
        with self._reading() as connection:
            number = self._number(connection, run)
            document = select(run_documents.c.document).where(run_documents.c.run == number)
            (record,) = self._records(connection, runs.c.number == number, connection.execute(document).scalar())
        return record

    def running(self) -> Records:
        """The runs that have begun and not ended, the newest first; children too."""
        with self._reading() as connection:
            return self._records(connection, runs.c.status == RUNNING)

    def children(self, run: str) -> Records:
        """The runs that a run began, the oldest first, without their documents."""
        with self._reading() as connection:
            return self._records(connection, runs.c.parent == run)[::-1]

    def experiments(self) -> list[str]:
        """The names of the experiments that runs belong to."""
        with self._reading() as connection:
            return sorted(connection.execute(select(runs.c.experiment).distinct()).scalars())

    def count(self) -> int:
        """How many runs are recorded, without children."""
        with self._reading() as connection:
            return connection.execute(select(func.count()).where(runs.c.parent.is_(None))).scalar_one()

    def abandon(self, ids: Sequence[str], kind: FailureKind, message: str) -> None:
        """End runs as failed, for this reason; those that have ended already stay as they are.

        Nobody knows how long they took: their `seconds` are 0.
        """
        told = {"status": Status.FAILED.value, "ended": datetime.now(UTC), "seconds": 0.0}
        told |= {"failure_kind": kind.value, "message": message}
        with self._writing() as connection:
            for some in _in_pieces(ids):
                left = runs.c.id.in_(some), runs.c.status == RUNNING
                connection.execute(update(runs).where(*left).values(told))

    def remove(self, ids: Sequence[str]) -> None:
        """Forget runs and their children; quiet for one that is not there."""
        with self._writing() as connection:
            _forget(connection, ids)

    def contents_removed(self, ids: Sequence[str]) -> None:
        """Record that the tables, files and logs of runs were removed."""
        with self._writing() as connection:
            for some in _in_pieces(ids):
                connection.execute(update(runs).where(runs.c.id.in_(some)).values(contents_kept=False))

    def oldest_beyond(self, count: int) -> list[str]:
        """The ids of the runs that are more than so many, the oldest first; none that is running, and no children."""
        beyond = select(runs.c.id, runs.c.status).where(runs.c.parent.is_(None)).order_by(runs.c.number.desc())
        with self._reading() as connection:
            rows = connection.execute(beyond.offset(count)).all()
        return [row.id for row in reversed(rows) if row.status != RUNNING]

    def needed_digests(self) -> set[str]:
        """The digests of what the records name and the workspace is to hold.

        That is the script and the lock of every run; and its log, results, files and inputs, as far as they were kept,
        unless its contents were removed.
        """
        whole = runs.c.contents_kept
        of_whole = select(runs.c.number).where(whole)
        wanted = (
            select(runs.c.script).distinct(),
            select(runs.c.lock).distinct(),
            select(runs.c.log).where(whole),
            select(run_inputs.c.digest).where(run_inputs.c.kept, run_inputs.c.run.in_(of_whole)),
            select(run_inputs.c.sample).where(run_inputs.c.run.in_(of_whole)),
            select(run_results.c.digest).where(run_results.c.run.in_(of_whole)),
            select(run_files.c.digest).where(run_files.c.run.in_(of_whole)),
        )
        with self._reading() as connection:
            found = {digest for each in wanted for digest in connection.execute(each).scalars()}
        return {digest for digest in found if digest}

    def list(
        self,
        limit: int | None = None,
        *,
        status: str | None = None,
        script: str | None = None,
        experiment: str | None = None,
        with_children: bool = False,
    ) -> Records:
        """The newest runs first, without their documents.

        `status` is `running` or that of an end; `script` the path as it was given, the end of that path, or the digest
        of the text. Children are left out unless they are asked for.
        """
        wanted: list[ColumnElement[bool]] = [] if with_children else [runs.c.parent.is_(None)]
        if status is not None:
            wanted.append(runs.c.status == status)
        if experiment is not None:
            wanted.append(runs.c.experiment == experiment)
        if script is not None:
            wanted.append(_is_of_script(script))
        page = select(runs.c.number).where(*wanted).order_by(runs.c.number.desc()).limit(limit)
        with self._reading() as connection:
            return self._records(connection, runs.c.number.in_(page))

    def _number(self, connection: Connection, run: str) -> int:
        if run in _LATEST:
            newest = select(runs.c.number).where(runs.c.parent.is_(None)).order_by(runs.c.number.desc()).limit(1)
            number = connection.execute(newest).scalar()
            if number is None:
                raise self._unknown(run)
            return int(number)
        found = connection.execute(_NUMBER, {"wanted": run}).one_or_none()
        return self._begun_so(connection, run) if found is None else int(found.number)

    def _begun_so(self, connection: Connection, run: str) -> int:
        """The number of the only run whose id begins so."""
        start = storable(run)
        begin_so = select(runs.c.number, runs.c.id).where(func.substr(runs.c.id, 1, len(start)) == start)
        rows = connection.execute(begin_so.order_by(runs.c.number.desc()).limit(_MOST_SHOWN + 1)).all() if run else []
        if not rows:
            newest = select(runs.c.id).order_by(runs.c.number.desc()).limit(_MOST_COMPARED)
            raise self._unknown(run, connection.execute(newest).scalars().all())
        if len(rows) > 1:
            shown = [row.id for row in rows[:_MOST_SHOWN]] + ["\u2026"] * (len(rows) > _MOST_SHOWN)
            raise WrongUse(
                problem=f"The ids of several runs begin with {run}: {', '.join(shown)}.",
                advice="Write more of the one that you mean.",
            )
        return int(rows[0].number)

    def _records(
        self, connection: Connection, wanted: ColumnElement[bool], document: dict[str, Any] | None = None
    ) -> Records:
        """The records of the runs that are wanted, the newest first; the document is that of the only one."""
        rows = connection.execute(select(runs).where(wanted).order_by(runs.c.number.desc())).all()
        numbers = select(runs.c.number).where(wanted)
        inputs, results, files = (_by_run(connection, table, numbers) for table in _PARTS)
        records = []
        for row in rows:
            with self._database.place.believed(f"what is recorded of the run {row.id}"):
                number = row.number
                parts = Parts(inputs[number], results[number], files[number], document)
                records.append(record_of(row, parts))
        return records

    def _unknown(self, run: str, ids: Sequence[str] = ()) -> Unknown:
        asked = cut(run, _LONGEST_SHOWN)
        near = [each for each in ids if len(asked) > 2 and asked in each] or get_close_matches(asked, ids)
        return Unknown(
            kind="run",
            name=visible(asked),
            workspace=self._workspace,
            listing="transom runs list",
            near=" or ".join(near[:3]),
        )


def _end(connection: Connection, found: Row[Any, Any], ended: RunEnded) -> None:
    """Record how a run ended that was found as a number and its status."""
    number: int = found.number
    if found.status != RUNNING:
        for table in (*_PARTS, run_documents):
            connection.execute(delete(table).where(table.c.run == number))
    connection.execute(_END, {"own": number, **ended_columns(ended)})
    rows = (
        (run_inputs, input_rows(number, ended.inputs)),
        (run_results, result_rows(number, ended.results)),
        (run_files, file_rows(number, ended.files)),
        (run_documents, [{"run": number, "document": ended.document}]),
    )
    for table, added in rows:
        if added:
            connection.execute(_ADD[table], added)


def _forget(connection: Connection, ids: Sequence[str]) -> None:
    """Remove runs and their children."""
    wanted = list(ids)
    while wanted:
        below: list[str] = []
        for some in _in_pieces(wanted):
            below += connection.execute(select(runs.c.id).where(runs.c.parent.in_(some))).scalars()
            connection.execute(delete(runs).where(runs.c.id.in_(some)))
        wanted = below


def _by_run(connection: Connection, table: Table, numbers: Select[int]) -> defaultdict[int, list[Row[Any]]]:
    """The rows of a table that belong to these runs, by run."""
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    ordered = select(table).where(table.c.run.in_(numbers)).order_by(table.c.run, table.c.place)
    for row in connection.execute(ordered):
        found[row.run].append(row)
    return found


def _is_of_script(script: str) -> ColumnElement[bool]:
    """Whether a run was one of this script."""
    ending = f"/{storable(script)}"
    begins = func.length(runs.c.script_shown) - len(ending) + 1
    return or_(
        runs.c.script_shown == script,
        runs.c.script == script,
        func.substr(runs.c.script_shown, begins, len(ending)) == ending,
    )


def _in_pieces(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
