"""How an Excel workbook becomes a step file: in a process of its own, which has little memory and little time.

The library that reads workbooks makes room for every cell between the first and the last one, and ends its process
where there is not so much memory: a file of 2 KB may ask for 550 GB.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from transom.tables.growth import most_bytes
from transom.tables.reading import Read, Reading
from transom.tables.step_file import shape
from transom.tables.zipped import EXCEL

if TYPE_CHECKING:
    from pathlib import Path

_CHILD = "transom.tables.excel_process"
#: What the process takes before it has read anything; Arrow reserves some of it, and uses less.
_SPARED_MEMORY = 2 << 30
_SPARED_SECONDS = 60
_SECONDS_OF_A_MEBIBYTE = 10
_OUT_OF_MEMORY = (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
_OUT_OF_TIME = (-signal.SIGKILL, -signal.SIGXCPU)
_AS_CSV = "Save the sheet as CSV, and give that."


def read_excel(reading: Reading, target: Path) -> Read:
    """Read a sheet of a workbook into the step file `target`: the first one, or the one that the options name."""
    size = reading.path.stat().st_size
    limits = {"memory": _memory(size), "seconds": _SPARED_SECONDS + _SECONDS_OF_A_MEBIBYTE * (size >> 20)}
    order = {
        "path": str(reading.path),
        "target": str(target),
        "shown": reading.shown,
        "sample": reading.sample,
        "options": {**asdict(reading.options), "types": dict(reading.options.types)},
        **limits,
    }
    answer = _answer(reading, order)
    if "refused" in answer:
        raise reading.unreadable(answer["refused"], answer["advice"])
    if "errno" in answer:
        raise OSError(answer["errno"], answer["said"])
    if "memory" in answer:
        raise _too_large(reading, order)
    reading.tell(size, size)
    return Read(shape(target), answer["types"], tuple(answer["warnings"]), EXCEL)


def _memory(size: int) -> int:
    """The bytes that the process may take: what the file may unpack to, and never nearly all that the machine has."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(_SPARED_MEMORY, min(_SPARED_MEMORY + most_bytes(size), machine * 3 // 4))


def _answer(reading: Reading, order: dict[str, Any]) -> dict[str, Any]:
    """What the process says. The other end of its standard input is ours: it ends with us, whatever ends us."""
    import subprocess

    theirs, ours = os.pipe()
    with open(ours, "wb", buffering=0) as opened:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _CHILD], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        os.close(theirs)
        try:
            opened.write(json.dumps(order).encode() + b"\n")
            said, _ = process.communicate(timeout=order["seconds"])
        except (subprocess.TimeoutExpired, BrokenPipeError):
            said = b""
        finally:
            process.kill()
            process.wait()
    if process.returncode == 0:
        return dict(json.loads(said))
    if process.returncode in _OUT_OF_TIME:
        raise reading.unreadable(f"reading it takes more than {order['seconds']} seconds", _AS_CSV)
    if process.returncode in _OUT_OF_MEMORY:
        raise _too_large(reading, order)
    raise reading.unreadable("it is no Excel file that can be read", "Save it again, or save the sheet as CSV.")


def _too_large(reading: Reading, order: dict[str, Any]) -> Exception:
    gigabytes = order["memory"] / (1 << 30)
    return reading.unreadable(
        f"reading it takes more than {gigabytes:.0f} GiB of memory, as where cells lie very far from each other",
        f"Delete what is far from the table. {_AS_CSV}",
    )
