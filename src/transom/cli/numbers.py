"""How numbers are taken from a command line: whole ones whole, where cyclopts would round 1.5 in silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts import Token


def whole_number(_: Any, tokens: Sequence[Token]) -> int:
    """The number that an option was given; a converter of cyclopts. Raises ValueError."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text} is no whole number") from None
