"""The process that reads one workbook: an order in a line of standard input, an answer on standard output, limits.

The order has `path`, `target`, `shown`, `sample`, `options`, `memory` (bytes) and `seconds`. The answer has `types` and
`warnings`, or else `refused` and `advice`, `errno` and `said`, or `memory`. Standard input stays open for as long as
somebody waits for the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from transom.errors import InputUnreadable
from transom.tables.options import Kind, ReadOptions
from transom.tables.reading import Reading

_SMALL = 4096


def main() -> None:
    """Read the workbook that the order names."""
    order = json.loads(sys.stdin.buffer.readline())
    _limit(order["memory"], order["seconds"])
    threading.Thread(target=_end_with_who_waits, daemon=True).start()
    json.dump(_answer(order), sys.stdout)
    sys.stdout.flush()
    os._exit(0)


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # where there is none, the time that somebody waits is the only limit
        return
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit is there already
            resource.setrlimit(limit, (value, value))


def _end_with_who_waits() -> None:
    while sys.stdin.buffer.read(_SMALL):
        pass
    os._exit(1)


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    from transom.tables.excel_sheet import read_sheet

    options = order["options"]
    types = {name: Kind(kind) for name, kind in options.pop("types").items()}
    reading = Reading(Path(order["path"]), order["shown"], ReadOptions(**options, types=types), order["sample"])
    try:
        read = read_sheet(reading, Path(order["target"]))
    except InputUnreadable as wrong:
        return {"refused": wrong.facts["reason"], "advice": wrong.facts["advice"]}
    except MemoryError:
        return {"memory": True}
    except OSError as wrong:  # of the disk that is written to
        return {"errno": wrong.errno, "said": wrong.strerror}
    return {"types": dict(read.types), "warnings": list(read.warnings)}


if __name__ == "__main__":
    main()
