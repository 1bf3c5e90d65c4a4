"""How a text, a time and a document are kept in a column, the same in every kind of database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from transom.model.texts import whole


class Unreadable(ValueError):
    """What stands in a column was never written there by us; the text says what it is, to stand after "damaged"."""


def storable(text: str) -> str:
    """A text as every database takes it: NUL, and the bytes of a file name that are not UTF-8, become escapes."""
    return text if text.isascii() and "\0" not in text else whole(text).replace("\0", "\\x00")


class Told(TypeDecorator[str]):
    """A text, as it can be stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return value


class Document(TypeDecorator[Any]):
    """A value of JSON, as its text: NaN and half characters too, which the JSON columns of some databases refuse."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), default=_plain)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        try:
            return None if value is None else json.loads(value)
        except (ValueError, TypeError, RecursionError) as wrong:
            raise Unreadable(f"a document in it cannot be read: {wrong}") from wrong


class Moment(TypeDecorator[datetime]):
    """A time with microseconds; it goes in with any zone and comes out in UTC. SQLite keeps it as a text of UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} says no zone")
        utc = value.astimezone(UTC)
        return f"{utc:%Y-%m-%d %H:%M:%S.%f}" if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except (ValueError, TypeError) as wrong:
            raise Unreadable(f"a time in it cannot be read: {wrong}") from wrong
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


#: A number that grows by itself; SQLite counts only in a column of this very type.
Counted = BigInteger().with_variant(Integer(), "sqlite")


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no value of JSON")
