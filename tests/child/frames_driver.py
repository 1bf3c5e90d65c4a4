"""The frames that the tests send through step files, and what compares them; runs in every interpreter.

As a program it is given a folder with `plan.json`, a list of orders, and writes `report.json` beside it, a list of
what came of each: {"do": the name of one of the functions of `ORDERS`, "file": path, ...}.
"""
# ruff: noqa: B905, E721, F401, PLW2901, PT017
# It runs on Python 3.6 as well, outside of pytest, and the expressions of the cases use what it imports.

import datetime
import decimal
import fractions
import importlib
import importlib.util
import inspect
import json
import os
import random
import sys
import traceback
import uuid
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.testing import assert_frame_equal

CHILD = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "src", "transom", "engine", "child"
)
PACKAGE = "_frames_under_test"


def load(name="frames"):
    """A module of the child, loaded as the child itself loads it: in a package of a private name."""
    if PACKAGE not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            PACKAGE, os.path.join(CHILD, "__init__.py"), submodule_search_locations=[CHILD]
        )
        sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[PACKAGE])
    return importlib.import_module(PACKAGE + "." + name)


frames = load()
kinds = load("exact.kinds")


def objects(*cells):
    """A column of exactly these objects, whatever pandas would rather make of them."""
    made = np.empty(len(cells), dtype=object)
    for place, cell in enumerate(cells):
        made[place] = cell
    return pd.Series(made, dtype=object)


def table(*columns):
    """A frame of the columns, named a, b, ..."""
    return pd.DataFrame({"abcdefghijklmnopqrstuvwxyz"[place]: pd.Series(one) for place, one in enumerate(columns)})


def sparse(*cells, **options):
    return pd.Series(pd.arrays.SparseArray(list(cells), **options))


def stamps(*texts):
    return pd.Series(pd.DatetimeIndex([pd.Timestamp(text) if text else pd.NaT for text in texts]))


def date(*parts):
    return datetime.date(*parts)


def moment(*parts, **options):
    return datetime.datetime(*parts, **options)


def number_names():
    return ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"]


def extremes(name):
    limits = np.finfo(name) if name.startswith("f") else np.iinfo(name)
    return np.array([limits.min, limits.max, 0, 1], dtype=name)


def made(expression):
    """The frame of an expression; None where this pandas has no such thing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return eval(expression, dict(globals()))
        except (AttributeError, TypeError, ValueError, ImportError, KeyError, OverflowError, NotImplementedError):
            return None


def assert_equal(found, wanted):
    """Equal as the contract means it, and of the same kind in every cell of an object column."""
    options = {"check_freq": False} if "check_freq" in inspect.signature(assert_frame_equal).parameters else {}
    assert type(found) is pd.DataFrame
    assert list(map(str, found.dtypes)) == list(map(str, wanted.dtypes))
    assert_frame_equal(_levelled(found), _levelled(wanted), check_exact=True, **options)
    for place, dtype in enumerate(wanted.dtypes):
        if dtype == object:
            for one, other in zip(_one_missing(found.iloc[:, place]), _one_missing(wanted.iloc[:, place])):
                assert kinds.kind_of(type(one)) == kinds.kind_of(type(other)), (one, other)
        elif str(dtype)[:1] in "sS" and str(dtype).lower().startswith("str"):
            assert dtype == found.dtypes.iloc[place], (dtype, found.dtypes.iloc[place])


def _levelled(frame):
    """A copy in whose object columns and object index all kinds of missing are one, and Decimal NaN equals itself."""
    columns = [_comparable(frame.iloc[:, place]) for place in range(frame.shape[1])]
    made = pd.DataFrame(dict(enumerate(columns)), index=frame.index, columns=range(len(columns)))
    made.columns = frame.columns
    if frame.index.dtype == object and not isinstance(frame.index, pd.MultiIndex):
        made.index = pd.Index(_one_missing(frame.index.to_series()).values, dtype=object, name=frame.index.name)
    return made


def _comparable(series):
    if series.dtype == object:
        return _one_missing(series)
    if pd.__version__.startswith("1.1.") and pd.api.types.is_extension_array_dtype(series.dtype):
        # this pandas cannot compare these exactly
        return _one_missing(series.astype(object))
    return series


def _one_missing(series):
    cells = np.empty(len(series), dtype=object)
    for place, cell in enumerate(series):
        if isinstance(cell, decimal.Decimal) and cell.is_nan():
            cell = str(cell)
        elif isinstance(cell, np.ndarray):
            cell = f"{cell.dtype} {cell.tolist()!r}"
        elif kinds.kind_of(type(cell)) == "missing" or (isinstance(cell, (float, np.floating)) and cell != cell):
            cell = None
        cells[place] = cell
    return pd.Series(cells, index=series.index, dtype=object)


def canonical(frame):
    """The cells of a frame and of its index as texts that say the value and not the dtype that holds it."""
    columns = {name: [cell_text(cell) for cell in frame.iloc[:, place]] for place, name in enumerate(frame.columns)}
    return {"columns": columns, "index": [cell_text(label) for label in frame.index]}


def cell_text(cell):
    """One value, however it is held: 3, 3.0 and a nullable 3 are one, and so are the kinds of missing."""
    if isinstance(cell, (list, tuple, np.ndarray)):
        return "[" + ", ".join(cell_text(one) for one in cell) + "]"
    if isinstance(cell, pd.Period):
        return f"period {cell.ordinal}"
    if isinstance(cell, pd.Interval):
        return f"{cell.closed} {cell_text(cell.left)} {cell_text(cell.right)}"
    for kind, text in _CELL_TEXTS.items():
        if kinds.kind_of(type(cell)) == kind:
            return text(cell)
    return repr(cell)


def _number_text(cell):
    if cell != cell:
        return "missing"
    number = decimal.Decimal(int(cell) if isinstance(cell, (int, np.integer)) else float(cell))
    return "0" if number == 0 else f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _moment_text(cell):
    if isinstance(cell, np.datetime64):
        cell = pd.Timestamp(cell)
    nanoseconds = getattr(cell, "nanosecond", 0)
    plain = cell.to_pydatetime(warn=False) if isinstance(cell, pd.Timestamp) else cell
    return f"{plain.replace(tzinfo=None).isoformat()} {nanoseconds:03d} {plain.utcoffset()}"


def _duration_text(cell):
    if isinstance(cell, (pd.Timedelta, np.timedelta64)):
        try:
            return str(pd.Timedelta(cell).value) + " ns"
        except OverflowError:  # of a wider unit, and whole microseconds
            cell = pd.Timedelta(cell)
    micros = (cell.days * 86400 + cell.seconds) * 10**6 + cell.microseconds
    return str(micros * 1000) + " ns"


_CELL_TEXTS = {
    "missing": lambda cell: "missing",
    "boolean": str,
    "integer": _number_text,
    "float": _number_text,
    "complex": lambda cell: _number_text(cell.real) + " " + _number_text(cell.imag),
    "decimal": str,
    "moment": _moment_text,
    "duration": _duration_text,
    "label": str,
}


def write(order):
    """Write the frame of an expression; what it was."""
    frame = made(order["expression"])
    if frame is None:
        return {"absent": True}
    shape, told = frames.write_frame(frame, order["file"])
    return {"shape": shape, "told": told, "canonical": canonical(frames.read_frame(order["file"])[0])}


def read(order):
    """Read a file that another environment wrote."""
    frame, told = frames.read_frame(order["file"])
    return {"types": [str(dtype) for dtype in frame.dtypes], "told": told, "canonical": canonical(frame)}


def round_trip(order):
    """Send a frame through two steps; it must come back equal, and nothing may be told."""
    frame = made(order["expression"])
    if frame is None:
        return {"absent": True}
    told = []
    for _ in range(2):
        told += frames.write_frame(frame, order["file"])[1]
        found, told_reading = frames.read_frame(order["file"])
        told += told_reading
        assert_equal(found, frame)
        frame = found
    return {"told": told}


def changed(order):
    """Send a frame through a step which changes it; what comes back must be what was expected."""
    frame, expected = made(order["expression"]), order["expected"]
    if frame is None:
        return {"absent": True}
    told = frames.write_frame(frame, order["file"])[1]
    found, told_reading = frames.read_frame(order["file"])
    if expected is not None:
        assert_equal(found, made(expected))
    return {"told": told + told_reading}


def refused(order):
    """Try to write what cannot be kept; the column and the sentence of the error."""
    frame = made(order["expression"])
    if frame is None:
        return {"absent": True}
    try:
        frames.write_frame(frame, order["file"])
    except frames.Unstorable as wrong:
        return {"column": wrong.column, "sentence": str(wrong), "left": os.listdir(os.path.dirname(order["file"]))}
    return {"column": None}


def in_place(order):
    """Change what was read in every way that this pandas allows; the file stays as it is."""
    frames.write_frame(made(order["expression"]), order["file"])
    with open(order["file"], "rb") as file:
        before = file.read()
    found, _ = frames.read_frame(order["file"])
    mapped = [lies_in(found[name].values, order["file"]) for name in found.columns]
    try:
        found[found.columns[0]].values[0] = 7
        values_writable = True
    except ValueError:
        values_writable = False
    found.iloc[1, 0] = 8
    found[found.columns[1]] *= 2
    found.sort_values(found.columns[0], inplace=True)
    with open(order["file"], "rb") as file:
        unchanged = file.read() == before
    again, _ = frames.read_frame(order["file"])
    return {
        "mapped": mapped,
        "values_writable": values_writable,
        "unchanged": unchanged,
        "seen": [cell_text(cell) for cell in found[found.columns[0]]],
        "again": [cell_text(cell) for cell in again[again.columns[0]]],
    }


def lies_in(values, path):
    """Whether an array lies in the map of a file, rather than in a copy."""
    address = values.__array_interface__["data"][0]
    with open("/proc/self/maps") as file:
        spans = [line.split()[0].split("-") for line in file if line.rstrip().endswith(os.path.realpath(path))]
    return any(int(start, 16) <= address < int(end, 16) for start, end in spans)


def at_random(order):
    """Send random frames through two steps; the seeds of those that came back silently different."""
    generator = load_beside("random_frames")
    failed, told, stored = [], 0, 0
    for seed in range(order["first"], order["first"] + order["count"]):
        frame = generator.random_frame(random.Random(seed))
        try:
            warned = two_steps(frame, order["file"])
        except Exception:
            failed.append({"seed": seed, "why": traceback.format_exc()[-1500:], "types": list(map(str, frame.dtypes))})
            continue
        stored += warned is not None
        told += bool(warned)
    return {"failed": failed, "told": told, "stored": stored}


def two_steps(frame, path):
    """What was told on the way, or None where an error named the column; equal where nothing was told."""
    told, wanted = [], frame
    for _ in range(2):
        try:
            told_now = frames.write_frame(wanted, path)[1]
        except frames.Unstorable as wrong:
            assert wrong.column in [str(name) for name in [*wanted.columns, *wanted.index.names, "the index"]]
            return None
        found, told_reading = frames.read_frame(path)
        told_now += told_reading
        if not told_now:
            assert_equal(found, wanted)
        assert len(found) == len(wanted)
        told += told_now
        wanted = found
    return told


def load_beside(name):
    """A module that lies beside this file, however this file itself was found."""
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ORDERS = {one.__name__: one for one in (write, read, round_trip, changed, refused, in_place, at_random)}


def main(folder):
    """Carry out the orders of a folder's plan."""
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    report = []
    for order in plan:
        try:
            report.append(ORDERS[order["do"]](order))
        except Exception:
            report.append({"failed": traceback.format_exc()})
    with open(os.path.join(folder, "report.json"), "w", encoding="utf-8") as file:
        json.dump(report, file)


if __name__ == "__main__":
    main(sys.argv[1])
