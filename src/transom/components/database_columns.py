"""In which type a column of a table lies in each kind of database, and how its values are handed over."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transom.components.database_kinds import is_mysql
from transom.components.native import CannotApply
from transom.tables.display import cell_texts
from transom.tables.leaving import nan_to_null

#: How many digits exact numbers have at most, and behind the point, where a database takes fewer than Arrow.
_DIGITS = {"mysql": (65, 30), "mariadb": (65, 30), "mssql": (38, 38), "oracle": (38, 127)}
_WITHOUT_INFINITY = frozenset({"mysql", "mariadb", "mssql"})
_AS_TEXT = "The column {name} was written as text: {what}."
_NO_SUCH = "databases have no such type"
_NO_DECIMALS = "SQLite has no exact decimal numbers"
_TOO_MANY = "this database has no numbers of so many digits"


@dataclass(frozen=True, slots=True)
class Column:
    """One column on its way: its values in Arrow, SQLAlchemy's type, how a value is handed over, and what is said."""

    name: str
    values: pa.ChunkedArray
    type: Any
    convert: Callable[[Any], Any] | None = None
    said: str = ""

    def cells(self, start: int, count: int) -> list[Any]:
        """Some of its values as drivers take them. Raises CannotApply for a time that none of them has."""
        try:
            values: list[Any] = self.values.slice(start, count).to_pylist()
        except (OverflowError, ValueError):
            raise too_far(self.name) from None
        if self.convert is None:
            return values
        return [None if value is None else self.convert(value) for value in values]


def column_for(name: str, column: pa.ChunkedArray, encoding: Any, dialect: str) -> Column:
    """The column with the type that it has in a database of this kind. Raises CannotApply for what it cannot hold."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    word = (encoding or {}).get("encoding")
    if word == "decimals" or (word == "integers" and not pa.types.is_integer(kind)):
        return _exact_texts(name, column.cast(pa.string()), dialect)
    found = _number(name, column, dialect) or _time(name, column, dialect) or _other(name, column, dialect)
    if found is not None and word not in ("interval", "complex", "complexes", "period numbers"):
        return found
    texts = pa.chunked_array([pa.array(cell_texts(column, encoding), pa.string())])
    return _as_text(name, texts, dialect, _NO_SUCH)


def _as_text(name: str, column: pa.ChunkedArray, dialect: str, what: str) -> Column:
    return Column(name, column.cast(pa.string()), _text(dialect), said=_AS_TEXT.format(name=name, what=what))


def _text(dialect: str) -> Any:
    """A type for texts of any length and all signs."""
    import sqlalchemy
    from sqlalchemy.dialects import mysql

    if is_mysql(dialect):
        return mysql.LONGTEXT()  # TEXT ends at 64 KB
    return sqlalchemy.UnicodeText() if dialect == "mssql" else sqlalchemy.Text()


def _exact_texts(name: str, column: pa.ChunkedArray, dialect: str) -> Column:
    """Exact numbers that a step file holds as text."""
    import sqlalchemy

    if dialect == "sqlite":
        return _as_text(name, column, dialect, _NO_DECIMALS)
    if dialect not in _DIGITS:
        return Column(name, column, sqlalchemy.Numeric(), Decimal)
    # without a number of digits these databases round
    parts = [Decimal(value).as_tuple() for value in column.drop_null().to_pylist()]
    if not all(isinstance(each.exponent, int) for each in parts):
        return _as_text(name, column, dialect, "this database has no numbers that are none")
    after = max((-each.exponent for each in parts if isinstance(each.exponent, int)), default=0)
    before = max((len(each.digits) + each.exponent for each in parts if isinstance(each.exponent, int)), default=1)
    return _decimals(name, column, (max(before, 1) + max(after, 0), max(after, 0)), dialect, Decimal)


def _decimals(
    name: str,
    column: pa.ChunkedArray,
    digits: tuple[int, int],
    dialect: str,
    convert: Callable[[Any], Any] | None = None,
) -> Column:
    """Exact numbers of so many digits, and so many of them behind the point."""
    import sqlalchemy

    most = _DIGITS.get(dialect)
    if most is not None and (digits[0] > most[0] or digits[1] > most[1]):
        return _as_text(name, column, dialect, _TOO_MANY)
    return Column(name, column, sqlalchemy.Numeric(*digits), convert)


def _number(name: str, column: pa.ChunkedArray, dialect: str) -> Column | None:
    import sqlalchemy

    kind = column.type
    if pa.types.is_boolean(kind):
        return Column(name, column, sqlalchemy.Boolean())
    if pa.types.is_integer(kind):
        return _whole(name, column, dialect)
    if pa.types.is_floating(kind):
        if dialect in _WITHOUT_INFINITY and pc.any(pc.is_inf(column)).as_py():
            raise CannotApply(
                f"The column {name} has an infinite number, and this database has none.",
                "Put another number, or nothing, in its place before.",
            )
        is_small = kind != pa.float64() and dialect != "sqlite"
        return Column(name, nan_to_null(column), sqlalchemy.REAL() if is_small else sqlalchemy.Double())
    if pa.types.is_decimal(kind):
        if dialect == "sqlite":
            return Column(name, column, _text(dialect), str, _AS_TEXT.format(name=name, what=_NO_DECIMALS))
        return _decimals(name, column, (kind.precision - min(kind.scale, 0), max(kind.scale, 0)), dialect)
    return None


def _whole(name: str, column: pa.ChunkedArray, dialect: str) -> Column:
    import sqlalchemy

    kind = column.type
    if pa.types.is_uint64(kind) and (pc.max(column).as_py() or 0) >= 1 << 63:
        if dialect == "sqlite":
            return _as_text(name, column, dialect, _NO_DECIMALS)
        return Column(name, column, sqlalchemy.Numeric(20, 0))
    if kind in (pa.int8(), pa.int16(), pa.uint8()):
        return Column(name, column, sqlalchemy.SmallInteger())
    is_middle = kind in (pa.int32(), pa.uint16())
    return Column(name, column, sqlalchemy.Integer() if is_middle else sqlalchemy.BigInteger())


def _time(name: str, column: pa.ChunkedArray, dialect: str) -> Column | None:
    import sqlalchemy
    from sqlalchemy.dialects import mysql

    kind = column.type
    if pa.types.is_date(kind):
        return Column(name, column, sqlalchemy.Date())
    if pa.types.is_time(kind):
        column, said = _to_microseconds(name, column, pa.time64("us"))
        return Column(name, column, mysql.TIME(fsp=6) if is_mysql(dialect) else sqlalchemy.Time(), said=said)
    if not pa.types.is_timestamp(kind):
        return None
    column, said = _to_microseconds(name, column, pa.timestamp("us", "UTC" if kind.tz else None))
    if kind.tz and dialect == "sqlite":  # which would forget the zone
        return Column(name, column, _text(dialect), datetime.datetime.isoformat, said)
    if kind.tz and is_mysql(dialect):
        said = " ".join([*([said] if said else []), f"The times of the column {name} are in UTC: {_NO_ZONES}."])
    return Column(name, column, _moment(dialect, has_zone=kind.tz is not None), said=said)


_NO_ZONES = "this database has no times with a zone"


def _moment(dialect: str, *, has_zone: bool) -> Any:
    """A type for times to the microsecond; what SQLAlchemy takes without being told has no fractions in some."""
    import sqlalchemy
    from sqlalchemy.dialects import mysql

    if is_mysql(dialect):
        return mysql.DATETIME(fsp=6)
    if dialect == "mssql":
        return _moment_of_mssql(has_zone=has_zone)
    if dialect == "oracle":
        return sqlalchemy.TIMESTAMP(timezone=has_zone)
    return sqlalchemy.DateTime(timezone=has_zone)


def _moment_of_mssql(*, has_zone: bool) -> Any:
    from sqlalchemy.dialects import mssql

    kinds: Any = mssql  # which has no annotations
    return kinds.DATETIMEOFFSET(6) if has_zone else kinds.DATETIME2(6)


def _to_microseconds(name: str, column: pa.ChunkedArray, wanted: pa.DataType) -> tuple[pa.ChunkedArray, str]:
    try:
        return column.cast(wanted), ""
    except pa.ArrowInvalid:
        if column.type.unit != "ns":  # of others nothing is cut: they lie further away than microseconds reach
            raise too_far(name) from None
    return column.cast(wanted, safe=False), f"The times of the column {name} were cut to microseconds, as databases do."


def too_far(name: str) -> CannotApply:
    """The error for a time before the year 1 or after 9999."""
    return CannotApply(f"The column {name} has a time that no database holds.", "Bring it to years from 1 to 9999.")


def _other(name: str, column: pa.ChunkedArray, dialect: str) -> Column | None:
    import sqlalchemy
    from sqlalchemy.dialects import mysql

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return Column(name, column, _text(dialect))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return Column(name, column, mysql.LONGBLOB() if is_mysql(dialect) else sqlalchemy.LargeBinary())
    return None
