"""How a value that is said of a pipeline becomes one of a step: a piece that is copied into an exported script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

# ruff: noqa: PLR0913 (each argument is one that a parameter may have)

WANTED = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "text": "a text"}


def parameter(
    given: Mapping[str, Any],
    name: str,
    kind: str,
    default: Any = ...,
    choices: tuple[str, ...] = (),
    least: float = -math.inf,
    most: float = math.inf,
) -> Any:
    """The value of an input as a parameter of this kind is given it, the default where there is none."""
    value = given[name]
    if value is None:
        if default is ...:
            raise SystemExit(f"The input {name} is missing.")
        return default
    made = of_kind(value, kind)
    if made is None or (choices and made not in choices):
        wanted = f"one of {', '.join(choices)}" if choices else WANTED.get(kind, f"of the kind {kind}")
        raise SystemExit(f"The input {name} is {value!r}, and must be {wanted}.")
    if kind in ("integer", "number") and not least <= made <= most:
        limit = f"less than {least:g}" if made < least else f"more than {most:g}"
        raise SystemExit(f"The input {name} is {made:g}, {limit}.")
    return made


def of_kind(value: Any, kind: str) -> Any:
    """The value as one of this kind, or None; texts of numbers and truths are read."""
    if kind in ("integer", "number"):
        number = finite(value)
        if kind == "number" or number is None:
            return number
        is_exact = isinstance(value, str) and value.lstrip("+-").isdigit()
        return None if number != int(number) else int(value if is_exact else number)
    if kind == "boolean":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if isinstance(value, (list, dict)):
        return None if kind == "text" else value
    if kind == "columns":
        return [value] if isinstance(value, str) else None
    return str(value) if kind == "text" and not isinstance(value, bool) else None


def finite(value: Any) -> float | None:
    """A number, or the one that a text says; None for what is none, or has no end."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value) if isinstance(value, str) else value
        return number if abs(number) < 2**63 else None
    except (TypeError, ValueError):
        return None
