"""What to do where a job ended otherwise than by an exception: its script left, died, was stopped, or gave no table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from transom.engine.checks import check
from transom.engine.remedies.context import FailureContext
from transom.engine.remedies.wording import FEWER_ROWS, limit
from transom.model.runs import Failure, FailureKind
from transom.model.scripts import Severity

_SIGNALS: Mapping[str, str] = {
    "SIGKILL": "It was killed from outside, most often because the machine ran out of memory: try it with fewer rows"
    f" ({FEWER_ROWS}), or on a machine with more memory.",
    "SIGSEGV": "A compiled package crashed in the line above: update that package, or pass it smaller or cleaner data.",
    "SIGBUS": "A file that was mapped into memory became shorter, or the disk is full: check the free space.",
    "SIGFPE": "A compiled package divided by zero in the line above: pass it cleaner data, or update it.",
    "SIGILL": "A compiled package needs a newer processor than this one: install a build of it for this machine.",
    "SIGABRT": "A compiled package gave up: what it printed before is in the log.",
    "SIGTERM": "Something asked the process to end; if the script did not do it itself, run it again.",
    "SIGXCPU": "It used more processor time than this machine allows.",
}


def syntax(failure: Failure, context: FailureContext) -> str | None:
    """What the check says of the text that could not be compiled."""
    if failure.kind is not FailureKind.SCRIPT_SYNTAX and failure.type not in {
        "SyntaxError",
        "IndentationError",
        "TabError",
    }:
        return None
    findings = [each for each in check(context.source, context.surroundings) if each.code == "syntax"]
    here = [each for each in findings if each.file == failure.file and each.line == failure.line]
    refused = [each for each in findings if each.severity is Severity.REFUSED]
    return next((each.remedy for each in (*here, *refused) if each.remedy), None)


def _left(_: Failure, context: FailureContext) -> str | None:
    name = context.surroundings.entry_point
    return f"Leave {name} with `return` and its result; to stop as failed, raise an error instead of calling sys.exit."


def _died(failure: Failure, context: FailureContext) -> str | None:
    if failure.signal:
        return _SIGNALS.get(failure.signal)
    if failure.exit_code is not None:
        name = context.surroundings.entry_point
        return f"Something called os._exit; leave {name} with `return` instead."
    return None


def _late(failure: Failure, _: FailureContext) -> str | None:
    return f"Give it more time ({limit('timeout', '30m')}), or try it with fewer rows ({FEWER_ROWS}).{_where(failure)}"


def _too_much_processor(failure: Failure, _: FailureContext) -> str | None:
    more = f"Give it more processor time ({limit('cpu', '8h')})"
    return f"{more}, or try it with fewer rows ({FEWER_ROWS}).{_where(failure)}"


def _where(failure: Failure) -> str:
    return f" It was in line {failure.line} of {failure.file} when its time was up." if failure.line else ""


def _too_much_memory(_: Failure, __: FailureContext) -> str | None:
    more = f"Allow it more ({limit('memory', '8GiB')})"
    return f"{more}, read only the columns that it needs, or try fewer rows ({FEWER_ROWS})."


def _too_many_processes(_: Failure, __: FailureContext) -> str | None:
    fewer = "Start fewer at a time (`n_jobs=2`, `max_workers=2`), wait for each"
    return f"{fewer}, or allow more ({limit('processes', '10000')})."


def _too_large_a_file(_: Failure, __: FailureContext) -> str | None:
    less = "Write several files, or columns and rows that are needed alone"
    return f"{less}, or allow larger ones ({limit('file_size', '50GiB')})."


def _too_much_disk(_: Failure, __: FailureContext) -> str | None:
    less = "Remove what is not needed any more while the script runs"
    return f"{less}, or allow it more ({limit('disk', '100GiB')})."


def _too_much_left(_: Failure, __: FailureContext) -> str | None:
    less = "Leave what is needed later alone, compressed (`.to_parquet`)"
    return f"{less}, or allow it more ({limit('outputs', '50GiB')})."


#: No space left on the device, and the quota of a user used up.
_DISK_FULL = frozenset({28, 122})
_DISK_FULL_TEXT = re.compile(r"\[errno (?:28|122)\]", re.IGNORECASE)


def full(failure: Failure, context: FailureContext) -> str | None:
    """A file system that has no room left: which one, as far as its path tells."""
    if context.facts.get("errno") not in _DISK_FULL and not _DISK_FULL_TEXT.search(failure.message):
        return None
    if (context.text("filename") or "").startswith("/dev/shm"):
        return "The shared memory is full: share less between processes, or let them write to the working directory."
    return (
        "The disk is full: make room, or have the workspace, where jobs write, on a disk with more: the setting"
        " TRANSOM_WORKSPACE names its folder."
    )


def _no_entry_point(_: Failure, context: FailureContext) -> str | None:
    found = [each for each in check(context.source, context.surroundings) if each.code == "entry_point_missing"]
    if found:
        return found[0].remedy
    return f"Define `def {context.surroundings.entry_point}(dataframe1=None, dataframe2=None):` at the left margin."


def _signature(_: Failure, context: FailureContext) -> str | None:
    name = context.surroundings.entry_point
    return f"Write `def {name}(dataframe1=None, dataframe2=None):`; other values belong into the script or its bundle."


def _no_result(failure: Failure, context: FailureContext) -> str | None:
    return full(failure, context) or _no_table(failure, context)


def _no_table(failure: Failure, _: FailureContext) -> str | None:
    message = failure.message
    if failure.type == "dict":
        return (
            "Return a table made of it: `pd.DataFrame(result)` where values are lists, else `pd.DataFrame([result])`."
        )
    if failure.type in {"set", "frozenset"}:
        return "Return a table made of it: `return pd.DataFrame({'value': sorted(result)}),`."
    if failure.type in {"GroupBy", "DataFrameGroupBy", "SeriesGroupBy"}:
        return "Say what to make of each group: `.sum()`, `.mean()` or `.agg(…)`, then `.reset_index()`."
    if failure.type in {"Styler"}:
        return "Return the table itself: `return styler.data,`."
    if "MultiIndex" in message or "levels" in message:
        return (
            "Join the levels before you return it: `df.columns = ['_'.join(map(str, names)) for names in df.columns]`."
        )
    if failure.type in {"Figure", "Axes", "AxesSubplot"}:
        return "A figure is kept by itself: return a table, or nothing."
    if failure.type in {"function", "method", "type", "module"}:
        return "It is not called: put `()` after its name."
    if failure.type and "object" in message and "column" in message:
        return "Make its values text or numbers before you return it: `df[name] = df[name].astype(str)`."
    if "column" in message:
        return "Turn that column into text or numbers first (`df[name] = df[name].astype(str)`), or drop it."
    return "Return a DataFrame, a tuple of up to two DataFrames, or nothing."


_BY_KIND: Mapping[FailureKind, Callable[[Failure, FailureContext], str | None]] = {
    FailureKind.SCRIPT_EXITED: _left,
    FailureKind.PROCESS_DIED: _died,
    FailureKind.TIMED_OUT: _late,
    FailureKind.CPU_EXCEEDED: _too_much_processor,
    FailureKind.MEMORY_EXCEEDED: _too_much_memory,
    FailureKind.PROCESSES_EXCEEDED: _too_many_processes,
    FailureKind.FILE_SIZE_EXCEEDED: _too_large_a_file,
    FailureKind.DISK_EXCEEDED: _too_much_disk,
    FailureKind.OUTPUTS_EXCEEDED: _too_much_left,
    FailureKind.ENTRY_POINT_MISSING: _no_entry_point,
    FailureKind.ENTRY_POINT_SIGNATURE: _signature,
    FailureKind.RESULT_INVALID: _no_result,
}


def endings(failure: Failure, context: FailureContext) -> str | None:
    """What the kind of the failure alone tells."""
    advice = _BY_KIND.get(failure.kind)
    return advice(failure, context) if advice else None
