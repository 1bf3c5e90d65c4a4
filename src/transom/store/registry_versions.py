"""How things with versions are registered, found, changed and removed, whatever kind of thing they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, func, insert, select, update

from transom.errors import Unknown, VersionUnknown
from transom.model.assets import Reference
from transom.model.texts import cut, visible
from transom.store.database import Database
from transom.store.schema import last_versions

Asset = TypeVar("Asset")

#: The largest number that a version can have in every database.
_LARGEST = 2**31 - 1
_LONGEST_SHOWN = 100
_MOST_VERSIONS_SHOWN = 10


def shown_name(name: str) -> str:
    """A name that somebody asked for, as a message shows it."""
    return cut(visible(name), _LONGEST_SHOWN)


def near_names(name: str, names: Sequence[str]) -> str:
    """The names that are most like it, whether written large or small, to stand after "Did you mean"."""
    folded = {each.casefold(): each for each in names}
    return " or ".join(folded[each] for each in get_close_matches(name[:_LONGEST_SHOWN].casefold(), folded))


@dataclass(frozen=True, slots=True)
class Versions(Generic[Asset]):
    """Every version of every thing of one kind: `kind` is what messages call it, `read` makes one from its row."""

    database: Database
    workspace: str
    kind: str
    table: Table
    read: Callable[[Row[Any]], Asset]

    def add(self, fixed: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[Asset, bool]:
        """Register a content, and whether that made a new version: not where the latest one has the content already.

        `fixed` are the columns of a new version, `given` those that change an old one too unless they are None.
        """
        stated = {name: value for name, value in given.items() if value is not None}
        with self.database.writing() as connection:
            latest = self._latest(connection, fixed["name"])
            if latest is not None and latest.digest == fixed["digest"]:
                row, is_new = self._changed(connection, latest, stated), False
            else:
                version = self._next(connection, fixed["name"])
                row, is_new = self._inserted(connection, version, {**_EMPTY, **fixed, **stated}), True
        return self._read(row), is_new

    def one(self, reference: Reference) -> Asset:
        """The version that is named. Raises Unknown and VersionUnknown."""
        with self.database.reading() as connection:
            row = self._one(connection, reference)
        return self._read(row)

    def by_id(self, identity: str) -> Asset:
        """The version of this id. Raises Unknown."""
        with self.database.reading() as connection:
            row = connection.execute(select(self.table).where(self.table.c.id == identity)).one_or_none()
        if row is None:
            raise self.unknown(identity)
        return self._read(row)

    def all(self, *, latest: bool) -> list[Asset]:
        """By name, the newest version first; of each name the latest version only, if so wanted."""
        table = self.table
        wanted = select(table)
        if latest:
            highest = select(table.c.name, func.max(table.c.version).label("version")).group_by(table.c.name).subquery()
            wanted = wanted.join(highest, and_(table.c.name == highest.c.name, table.c.version == highest.c.version))
        with self.database.reading() as connection:
            rows = connection.execute(wanted).all()
        return [self._read(row) for row in sorted(rows, key=lambda row: (row.name.casefold(), row.name, -row.version))]

    def versions(self, name: str) -> list[Asset]:
        """All the versions of a name, the newest first. Raises Unknown."""
        table = self.table
        with self.database.reading() as connection:
            rows = connection.execute(select(table).where(table.c.name == name).order_by(table.c.version.desc())).all()
            if not rows:
                raise self.unknown(name, self._names(connection))
        return [self._read(row) for row in rows]

    def update(self, reference: Reference, given: Mapping[str, Any]) -> Asset:
        """Change what is given and not None of a version. Raises Unknown and VersionUnknown."""
        stated = {name: value for name, value in given.items() if value is not None}
        with self.database.writing() as connection:
            row = self._changed(connection, self._one(connection, reference), stated)
        return self._read(row)

    def remove(self, reference: Reference) -> list[Asset]:
        """Forget a version, or all where none is named; those forgotten. Raises Unknown and VersionUnknown."""
        table = self.table
        with self.database.writing() as connection:
            wanted = table.c.name == reference.name
            if reference.version is not None:
                wanted = self._own(self._one(connection, reference))
            rows = connection.execute(select(table).where(wanted).order_by(table.c.version)).all()
            if not rows:
                raise self.unknown(reference.name, self._names(connection))
            connection.execute(delete(table).where(wanted))
        return [self._read(row) for row in rows]

    def _one(self, connection: Connection, reference: Reference) -> Row[Any]:
        name, version, table = reference.name, reference.version, self.table
        if version is None:
            row = self._latest(connection, name)
        elif not 0 < version <= _LARGEST:
            row = None
        else:
            row = connection.execute(
                select(table).where(table.c.name == name, table.c.version == version)
            ).one_or_none()
        if row is not None:
            return row
        there = (
            connection.execute(select(table.c.version).where(table.c.name == name).order_by(table.c.version))
            .scalars()
            .all()
        )
        if not there:
            raise self.unknown(name, self._names(connection))
        raise VersionUnknown(kind=self.kind, name=shown_name(name), version=version, there=_versions_shown(there))

    def _latest(self, connection: Connection, name: str) -> Row[Any] | None:
        table = self.table
        return connection.execute(
            select(table).where(table.c.name == name).order_by(table.c.version.desc()).limit(1)
        ).one_or_none()

    def _names(self, connection: Connection) -> Sequence[str]:
        return connection.execute(select(self.table.c.name).distinct()).scalars().all()

    def _next(self, connection: Connection, name: str) -> int:
        """A version that the name never had, also not one that was removed."""
        own = and_(last_versions.c.kind == self.kind, last_versions.c.name == name)
        last = connection.execute(select(last_versions.c.version).where(own)).scalar()
        if last is None:
            connection.execute(insert(last_versions).values(kind=self.kind, name=name, version=1))
            return 1
        connection.execute(update(last_versions).where(own).values(version=last + 1))
        return int(last) + 1

    def _inserted(self, connection: Connection, version: int, columns: Mapping[str, Any]) -> Row[Any]:
        table = self.table
        values = {name: value for name, value in columns.items() if name in table.c}
        values |= {"version": version, "created": datetime.now(UTC)}
        connection.execute(insert(table).values(values))
        return connection.execute(select(table).where(table.c.name == values["name"], table.c.version == version)).one()

    def _changed(self, connection: Connection, row: Row[Any], stated: Mapping[str, Any]) -> Row[Any]:
        if not stated:
            return row
        own = self._own(row)
        connection.execute(update(self.table).where(own).values(stated))
        return connection.execute(select(self.table).where(own)).one()

    def _own(self, row: Row[Any]) -> ColumnElement[bool]:
        return and_(self.table.c.name == row.name, self.table.c.version == row.version)

    def _read(self, row: Row[Any]) -> Asset:
        with self.database.place.believed(f"what is recorded of the {self.kind} {shown_name(str(row.name))}"):
            return self.read(row)

    def unknown(self, name: str, names: Sequence[str] = ()) -> Unknown:
        """The error for a name that is not there; `names` are."""
        return Unknown(
            kind=self.kind,
            name=shown_name(name),
            workspace=self.workspace,
            listing=f"transom {self.kind} list",
            near=near_names(name, names),
        )


_EMPTY = {"description": "", "tags": {}, "properties": {}}


def _versions_shown(there: Sequence[int]) -> str:
    """`the version 2`, `the versions 1, 2 and 4`, of many the first and the last."""
    if len(there) == 1:
        return f"the version {there[0]}"
    first = [str(each) for each in there[:-1]]
    if len(first) > _MOST_VERSIONS_SHOWN:
        first = [*first[:3], "\u2026", *first[-3:]]
    return f"the versions {', '.join(first)} and {there[-1]}"
