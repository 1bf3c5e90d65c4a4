"""What a dtype becomes in a pandas that lacks it, and the sentence that says so."""

import re

import pandas as pd


def tell_change(notes, column, expected, dtype, what=""):
    """Note a column whose dtype is not the one it was written with; `what` says of which part of it this is."""
    actual = str(dtype)
    if expected is None or expected == actual or _plain(expected) == _plain(actual) or notes.holds(column):
        return
    notes.add(column, "{}{} becomes {} in pandas {}".format(what, expected, actual, pd.__version__))


_FREQUENCIES = {"A": "Y", "H": "h", "T": "min", "S": "s", "L": "ms", "U": "us", "N": "ns"}


def _plain(dtype):
    """A dtype's text without what only its spelling changed between versions of pandas."""
    period = re.match(r"^period\[(\d*)([A-Za-z]+)(.*)\]$", dtype)
    if period:
        count, base, anchor = period.groups()
        return "period[" + count + _FREQUENCIES.get(base, base) + anchor + "]"
    if dtype.startswith("datetime64["):
        return dtype.partition(",")[0].rstrip("]")  # the zone is kept, under the name that its library has for it
    if dtype.startswith("interval["):
        return re.sub(r", (right|left|both|neither)\]$", "]", dtype)
    return dtype
