"""What a column is, and how it becomes of another type: pieces that are copied into an exported script, never executed
by Transom.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from transom.flow.exported.files import as_datetime, as_decimal, as_whole

LETTERS = pd.Series(["a"]).dtype  # what this pandas holds texts in


def words_of(column: pd.Series) -> set[str]:
    """The words of a selection that the type of a column answers to; of objects it is what all of them are."""
    tests = pd.api.types
    if isinstance(column.dtype, pd.CategoricalDtype):
        return {"categorical"}
    if column.dtype == object:
        kind = tests.infer_dtype(column, skipna=True)
        known = {"floating": "numeric double", "integer": "numeric integer", "decimal": "numeric", "date": "datetime"}
        known |= {"timedelta": "timespan", "empty": "string", "mixed-integer": "string"}
        known |= {each: each for each in ("string", "boolean", "datetime")}
        return set(known.get(kind, "other").split())
    for fits, words in (
        (tests.is_bool_dtype, {"boolean"}),
        (tests.is_integer_dtype, {"numeric", "integer"}),
        (tests.is_float_dtype, {"numeric", "double"}),
        (tests.is_datetime64_any_dtype, {"datetime"}),
        (tests.is_timedelta64_dtype, {"timespan"}),
        (tests.is_string_dtype, {"string"}),
    ):
        if fits(column.dtype):
            return words
    return {"other"}


def plain(column: pd.Series) -> pd.Series:
    """A column of categories as one of their values."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    kind = column.cat.categories.dtype
    if column.isna().any() and kind.kind in "iu":
        kind = np.dtype(float)
    return column.astype(kind)


def converted(column: pd.Series, data_type: str, datetime_format: str | None) -> pd.Series:
    """The column as text, whole numbers, decimals, true and false, dates, or spans of time; a cell that is none of
    these is an error.
    """
    words = words_of(column)
    is_text = "string" in words
    if is_text and column.dtype == object and not all(isinstance(cell, str) for cell in column.dropna()):
        column = texts_of(column)
    is_narrow = data_type == "double" and getattr(column.dtype, "itemsize", 8) < 8
    if data_type in words and (column.dtype != object or is_text) and not is_narrow:
        return column
    lost = ValueError(f"The column {column.name} has a cell that cannot become {data_type}.")
    if data_type == "string":
        return texts_of(column)
    if words & {"datetime", "timespan"} and data_type != "datetime":
        raise lost
    if data_type == "integer":
        return whole(column.str.strip() if is_text else column, lost)
    if data_type == "double":
        found = as_decimal(column.str.strip(), True) if is_text else column.astype(float)
    elif data_type == "boolean":
        found = truths(column)
    elif data_type == "datetime":
        found = dates(column, datetime_format)
    else:
        found = pd.to_timedelta(column.str.strip().str.replace(r"^(-?\d+)\.(?=\d+:)", r"\1 days ", regex=True))
        found = found.dt.as_unit("ns")
    if found is None:
        raise lost
    return found


def texts_of(column: pd.Series) -> pd.Series:
    """The cells as text; dates without a time where all of them are midnights."""
    texts = column.map(shown, na_action="ignore").astype(LETTERS)
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        return texts
    if str(column.dt.tz) == "UTC":
        texts = texts.str.replace(r"\+00:00$", "Z", regex=True)
    is_midnight = texts.dropna().str.endswith(" 00:00:00").all()
    return texts.str.replace(r" 00:00:00$", "", regex=True) if is_midnight else texts


def shown(cell: Any) -> str:
    """A cell as text: a whole number without a point, a time without zeros at the end of its seconds."""
    if isinstance(cell, (float, np.floating)):
        return re.sub(r"e([+-])0*(?=\d)", r"e\1", repr(float(cell))).removesuffix(".0")
    if isinstance(cell, (pd.Timestamp, pd.Timedelta)):
        return re.sub(r"(\.\d*[1-9])0+(?=[+-]|$)", r"\1", str(cell))
    if isinstance(cell, bytes):
        return cell.decode()
    return cell.isoformat("microseconds") if type(cell).__name__ == "time" else str(cell)


def dates(column: pd.Series, datetime_format: str | None) -> pd.Series | None:
    """Dates and times of texts, of a format or as ISO 8601 writes them, and of days."""
    texts = texts_of(column).str.strip()
    if datetime_format and "datetime" not in words_of(column):
        return pd.to_datetime(texts, format=datetime_format).dt.as_unit("ns")
    return as_datetime(texts, True)


def whole(column: pd.Series, lost: Exception) -> pd.Series:
    """Whole numbers; nullable ones where some are missing."""
    found = column
    if "string" in words_of(column):
        found = as_whole(column, True)
        found = as_decimal(column, True) if found is None else found
    has_fractions = found is not None and (found.dtype == object or pd.api.types.is_float_dtype(found.dtype))
    if found is None or (has_fractions and not (found.dropna() % 1 == 0).all()):
        raise lost
    if found.dtype == object:
        found = found.map(int, na_action="ignore")
    return found.astype("Int64" if found.isna().any() else "int64")


def truths(column: pd.Series) -> pd.Series | None:
    """True and false of texts (yes, no, 1, 0 too) and of the numbers 1 and 0."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    texts = column.map(shown, na_action="ignore").astype(LETTERS).str.strip().str.lower()
    if not texts.dropna().isin(list(words)).all():
        return None
    return texts.map(words).astype("boolean" if column.isna().any() else "bool")
