"""How a pipeline file says what a step may use, and how often it is tried: times, sizes and kinds of failure."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from transom.flow.file_section import Allowed, Section, shown
from transom.model.pipelines import Retry
from transom.model.runs import Limits
from transom.settings import bytes_from, limit_from, seconds_from

#: The limits that are seconds; all others but the count of processes are bytes.
SECONDS = ("timeout", "cpu")
COUNTS = ("processes",)
_LARGEST = 2**63
LIMITS = tuple(each.name for each in fields(Limits))

_LIMIT = Allowed(keys=LIMITS)
_RETRY = Allowed(keys=("attempts", "delay", "on"))


def limits_of(section: Section) -> dict[str, float]:
    """What `limits:` says, by the names of Limits, in seconds, bytes or processes; what was lifted is infinite."""
    section.check_keys(_LIMIT, "the limits")
    found: dict[str, float] = {}
    for name, said in section.items():
        if name not in LIMITS or said is None:
            continue
        value = None if _is_lifted_by_size(section, name, said) else _limit(name, said)
        if value is None:
            wanted = "a time such as 600 or 10m" if name in SECONDS else "a size such as 2GiB"
            wanted = "a whole number" if name in COUNTS else wanted
            section.wrong(name, f"The limit {name} cannot be {shown(said)}", f"It is {wanted}, or `none`.")
        else:
            found[name] = value
    return found


def _is_lifted_by_size(section: Section, name: str, said: Any) -> bool:
    """Whether it is a number so large that it would be read as infinite, which lifts a limit: `2e400`."""
    written = str(section.document.text((*section.place, name), said))
    return said == math.inf and written.strip("+").lower() != ".inf"


def _limit(name: str, said: Any) -> float | None:
    """The value of a limit, above 0; None for what is none."""
    if isinstance(said, (int, float)) and not isinstance(said, bool):
        return _number(name, said)
    if not isinstance(said, str):
        return None
    parse = seconds_from if name in SECONDS else int if name in COUNTS else bytes_from
    try:
        value = limit_from(parse)(said)
    except (ValueError, OverflowError):
        return None
    return value if value < _LARGEST or value == math.inf else None


def _number(name: str, said: float) -> float | None:
    """A limit that was said as a number; bytes and processes are whole ones."""
    if said == math.inf:
        return said
    if not 0 < said < _LARGEST:
        return None
    if name in SECONDS:
        return said
    return int(said) if said == int(said) else None


def retry_of(section: Section) -> Retry:
    """What `retry:` says."""
    section.check_keys(_RETRY, "`retry`")
    default = Retry()
    attempts = section.number("attempts")
    if attempts is not None and attempts != int(attempts):
        section.wrong("attempts", f"`attempts` must be a whole number, not {shown(attempts)}")
        attempts = None
    return Retry(
        attempts=default.attempts if attempts is None else int(attempts),
        delay=_delay(section),
        kinds=_kinds(section),
    )


def _delay(section: Section) -> float:
    said = section.content.get("delay")
    if isinstance(said, str):
        try:
            return seconds_from(said)
        except ValueError:
            section.wrong("delay", f"`delay` cannot be {shown(said)}", "It is a time such as 5 or 1m.")
            return 0.0
    return section.number("delay") or 0.0


def _kinds(section: Section) -> tuple[str, ...]:
    said = section.content.get("on")
    listed = said if isinstance(said, list) else [] if said is None else [said]
    if not all(isinstance(each, str) for each in listed):
        section.wrong("on", "`on` must be a list of kinds of failure", "Write `on: [process_died, timed_out]`.")
        return ()
    return tuple(listed)
