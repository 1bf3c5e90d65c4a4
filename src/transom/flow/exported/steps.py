"""What the native components do, by pandas: pieces that are copied into an exported script, never executed by Transom.

Rows keep the labels of their row index, but for joins and SQL, where named levels become columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from transom.flow.exported.columns import LETTERS, converted, plain, words_of
from transom.flow.exported.files import EXACT_IN_FLOAT, flat

# ruff: noqa: PLR0913 (each argument is one that a person may have given)


# The columns of a selection: a list of names, or a mapping with names, all, types, roles, from, to and except.
def choose(frame: pd.DataFrame, said: Any) -> list[str]:
    """The names of the columns that a selection means, each once."""
    if not isinstance(said, dict):
        wanted = [str(name) for name in ([said] if isinstance(said, str) else said)]
        for name in wanted:
            if name not in frame.columns:
                raise SystemExit(f"There is no column {name}; there are {', '.join(map(str, frame.columns))}.")
        return list(dict.fromkeys(wanted))
    chosen = choose(frame, listed(said.get("names")))
    kinds, roles = set(listed(said.get("types"))), set(listed(said.get("roles")))
    between = range(0)
    if "from" in said or "to" in said:
        between = range((said.get("from") or 1) - 1, said.get("to") or frame.shape[1])
    own = frame.attrs.get("roles", {})
    for number, name in enumerate(frame.columns):
        fits = said.get("all") or number in between or own.get(name, "feature") in roles
        if fits or kinds & words_of(frame[name]):
            chosen.append(name)
    without = choose(frame, said["except"]) if said.get("except") else []
    return [name for name in dict.fromkeys(chosen) if name not in without]


def listed(value: Any) -> list[str]:
    """Several values, one, or none, as a list."""
    return [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]


def select(frame: pd.DataFrame, columns: object) -> pd.DataFrame:
    """The chosen columns with all rows."""
    return frame[choose(frame, columns)]


# Which rows a random split draws: row number i has the key of step i of the generator SplitMix64; the smallest keys are
# drawn. So a seed draws the same rows on every machine.
def row_keys(seed: int, rows: int) -> np.ndarray:
    """The key of each row."""
    mixing = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
    start = seed % 2**64
    for shift, factor in mixing:
        start = (start ^ (start >> shift)) * factor % 2**64
    start ^= start >> 31
    keys = np.uint64(start) + np.arange(1, rows + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in mixing:
        keys = (keys ^ (keys >> np.uint64(shift))) * np.uint64(factor)
    return keys ^ (keys >> np.uint64(31))


def share(rows: int, fraction: float) -> int:
    """How many rows a fraction is, a half upwards."""
    return int((Decimal(repr(float(fraction))) * rows + Decimal("0.5")).to_integral_value(ROUND_FLOOR))


def split(
    frame: pd.DataFrame,
    fraction: float = 0.5,
    randomized: bool = True,
    seed: int = 0,
    stratify_by: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A fraction of the rows, and all others; of each stratum its share."""
    rows = len(frame)
    keys = row_keys(seed, rows) if randomized else np.arange(rows)
    strata = np.zeros(rows, dtype=np.int64)
    if stratify_by is not None:
        strata = pd.factorize(frame[choose(frame, stratify_by)[0]], use_na_sentinel=False)[0]
    sizes = np.bincount(strata, minlength=1) if rows else np.zeros(1, dtype=np.int64)
    exact = sizes * float(fraction)
    quotas = np.floor(exact).astype(np.int64)
    lacking = max(share(rows, fraction) - int(quotas.sum()), 0)
    quotas[np.argsort(-(exact - quotas), kind="stable")[:lacking]] += 1  # the largest remainders, the earlier first
    quotas = np.minimum(quotas, sizes)
    order = np.lexsort((keys, strata))
    starts = np.cumsum(sizes) - sizes
    chosen = np.zeros(rows, dtype=bool)
    chosen[order] = np.arange(rows) - starts[strata[order]] < quotas[strata[order]]
    return frame[chosen], frame[~chosen]


def column_of(frame: pd.DataFrame, expression: str) -> tuple[str, str]:
    r"""The column that an expression begins with, \"name" or (\2), and the rest of it."""
    found = re.match(r'\s*\\?"((?:[^"]|"")*)"', expression)
    if found is not None:
        name = found[1].replace('""', '"')
        for each in (name, name.removesuffix("\\"), name.strip(), name.removesuffix("\\").strip()):
            if each in frame.columns:
                return each, expression[found.end() :]
        raise SystemExit(f"There is no column {name}.")
    found = re.match(r"\s*(?:\(\s*\\(\d+)\s*\)|\\(\d+)(?=[\s<>=!]))", expression)
    if found is None:
        raise SystemExit(f"The expression {expression} does not begin with a column.")
    return frame.columns[int(found[1] or found[2]) - 1], expression[found.end() :]


def split_by_pattern(frame: pd.DataFrame, expression: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows in whose text the pattern is found, and all others; a missing text is an empty one."""
    name, pattern = column_of(frame, expression)
    is_found = [re.search(pattern.strip(), "" if pd.isna(text) else text) is not None for text in frame[name]]
    chosen = np.array(is_found, dtype=bool)
    return frame[chosen], frame[~chosen]


def split_by_comparison(frame: pd.DataFrame, expression: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that satisfy comparisons such as > 5000 & < 20000, read from left to right, and all others."""
    name, rest = column_of(frame, expression)
    values, result, joined = plain(frame[name]), np.ones(len(frame), dtype=bool), "&"
    while joined:
        found = re.match(
            r"""\s*(?:\\?"[^"]*"\s*)?(<=|>=|==|!=|<>|<|>|=)\s*"""
            r"""(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^&|"']*[^&|"'\s]))\s*""",
            rest,
        )
        if found is None:
            raise SystemExit(f"The expression has no comparison at {rest}.")
        text = (found[2] or "").replace('""', '"') or (found[3] or "").replace("''", "'") or (found[4] or "").strip()
        rows = compared(values, found[1], text)
        result = result & rows if joined == "&" else result | rows
        rest = rest[found.end() :]
        joined, rest = rest[:1], rest[1:]
    return frame[result], frame[~result]


def compared(values: pd.Series, operator: str, text: str) -> np.ndarray:
    """Which values compare so with what a text says; a missing one never does."""
    other: Any = text
    if pd.api.types.is_bool_dtype(values.dtype) or is_of_truths(values):
        values, other = values.astype("boolean").astype("Int8"), {"true": 1, "1": 1, "false": 0, "0": 0}[text.lower()]
    elif pd.api.types.is_numeric_dtype(values.dtype):
        is_whole = pd.api.types.is_integer_dtype(values.dtype) and re.fullmatch(r"[+-]?\d+", text)
        other = int(text) if is_whole else float(text)
    elif pd.api.types.is_datetime64_any_dtype(values.dtype):
        other = pd.Timestamp(text)
        zone = getattr(values.dtype, "tz", None)
        if zone is not None:
            other = other.tz_localize("UTC") if other.tzinfo is None else other
    elif pd.api.types.is_timedelta64_dtype(values.dtype):
        other = pd.Timedelta(re.sub(r"^(-?\d+)\.(?=\d+:)", r"\1 days ", text if text.count(":") > 1 else f"{text}:00"))
    name = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "=": "eq", "==": "eq", "!=": "ne", "<>": "ne"}[operator]
    present = values.notna().to_numpy(dtype=bool)
    result = np.zeros(len(values), dtype=bool)
    result[present] = getattr(values[present], name)(other).to_numpy(dtype=bool)
    return result


def is_of_truths(values: pd.Series) -> bool:
    """Whether it is a column of objects that are all true or false."""
    present = values.dropna() if values.dtype == object else values[:0]
    return len(present) > 0 and all(isinstance(cell, bool) for cell in present)


def join(
    left: pd.DataFrame,
    right: pd.DataFrame,
    left_keys: object,
    right_keys: object = None,
    join_type: str = "inner",
    match_case: bool = True,
    keep_right_keys: bool = True,
) -> pd.DataFrame:
    """Rows side by side where their keys are equal, in the left order, and within it in the right; missing keys match
    nothing.
    """
    left, right = flat(left), flat(right)
    left_names = choose(left, left_keys)
    right_names = choose(right, left_names if right_keys is None else right_keys)
    keys = [f"key{number}" for number in range(len(left_names))]
    one, other = (
        pd.DataFrame({key: comparable(frame[name], match_case) for key, name in zip(keys, names, strict=True)})
        .assign(**{side: np.arange(len(frame))})
        .dropna()
        for frame, names, side in ((left, left_names, "left"), (right, right_names, "right"))
    )
    pairs = one.merge(other, on=keys)[["left", "right"]].sort_values(["left", "right"], kind="stable")
    matched = np.isin(np.arange(len(left)), pairs["left"])
    if join_type in ("left_semi", "left_anti"):
        return left[matched if join_type == "left_semi" else ~matched].reset_index(drop=True)
    if join_type in ("left_outer", "full_outer"):
        alone = pd.DataFrame({"left": np.flatnonzero(~matched), "right": -1})
        pairs = pd.concat([pairs, alone]).sort_values("left", kind="stable")
    if join_type == "full_outer":
        alone = np.flatnonzero(~np.isin(np.arange(len(right)), pairs["right"]))
        pairs = pd.concat([pairs, pd.DataFrame({"left": -1, "right": alone})])
    kept = right if keep_right_keys else right.drop(columns=right_names)
    one, other = taken(left, pairs["left"]), taken(with_other_names(kept, left), pairs["right"])
    if join_type == "full_outer" and not keep_right_keys:
        is_alone = pairs["left"].to_numpy() < 0
        for name, key in zip(left_names, right_names, strict=True):
            own = plain(taken(left[[name]], pairs["left"])[name])
            values = plain(taken(right[[key]], pairs["right"])[key])
            kind = left[name].dtype if not own.isna()[~is_alone].any() else own.dtype
            one[name] = own.where(~is_alone, values).astype(plain(left[name]).dtype if kind == "category" else kind)
    made = pd.concat([one, other], axis=1)
    made.attrs["roles"] = {**other.attrs.get("roles", {}), **left.attrs.get("roles", {})}
    return made


def comparable(column: pd.Series, match_case: bool) -> pd.Series:
    """The values of a key as they are compared."""
    column = plain(column)
    if not match_case and "string" in words_of(column):
        column = column.str.lower()
    return column


def taken(frame: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    """The rows of these numbers; -1 is one without values."""
    return frame.reindex(rows.to_numpy()).reset_index(drop=True)


def with_other_names(right: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
    """Columns whose names the left table has too get a number, the same one for all."""
    both = [name for name in right.columns if name in left.columns]
    number = 1
    while any(f"{name}_{number}" in left.columns or f"{name}_{number}" in right.columns for name in both):
        number += 1
    return right.rename(columns={name: f"{name}_{number}" for name in both})


def edit(
    frame: pd.DataFrame,
    columns: object,
    data_type: str = "unchanged",
    datetime_format: str | None = None,
    categorical: str = "unchanged",
    fields: str = "unchanged",
    new_column_names: Iterable[object] = (),
) -> pd.DataFrame:
    """The table whose chosen columns are of another type, categories, of another role, or have new names."""
    chosen, made = choose(frame, columns), frame.copy()
    roles = dict(frame.attrs.get("roles", {}))
    for name in chosen:
        column = made[name]
        if data_type != "unchanged":
            column = converted(plain(column), data_type, datetime_format)
        if categorical == "categorical":
            column = column.astype("category")
        if categorical == "noncategorical":
            column = plain(column)
        made[name] = column
        if fields != "unchanged":
            roles[name] = {"clear": "none"}.get(fields, fields)
    names = dict(zip(chosen, map(str, new_column_names), strict=False))
    made = made.rename(columns=names)
    made.attrs["roles"] = {names.get(name, name): role for name, role in roles.items()}
    return made


def sql(query: str, **tables: pd.DataFrame | None) -> pd.DataFrame:
    """The rows of a query of these tables, by DuckDB, which reaches no files and no networks."""
    given = {name: flat(frame) for name, frame in tables.items() if frame is not None}
    given = {name: frame.assign(**{each: plain(frame[each]) for each in frame}) for name, frame in given.items()}
    with duckdb.connect(config={"python_enable_replacements": False}) as database:
        for name, frame in given.items():
            database.register(name, frame)
        set_zone(database, given.values())
        database.execute("SET enable_external_access = false; SET lock_configuration = true")
        found = database.sql(query)
        chosen = [as_usual(number + 1, str(kind)) for number, kind in enumerate(found.types)]
        made = database.sql(f"SELECT {', '.join(chosen)} FROM ({query.strip().rstrip(';')}\n)").df()
        made.columns = found.columns
        for name, kind in zip(found.columns, map(str, found.types), strict=True):
            if kind == "VARCHAR":
                made[name] = made[name].astype(LETTERS)
            elif kind == "DATE":
                made[name] = made[name].dt.date
            else:
                made[name] = without_mask(made[name])
    roles = [frame.attrs.get("roles", {}) for frame in tables.values() if frame is not None]
    made.attrs["roles"] = {name: role for each in reversed(roles) for name, role in each.items() if name in made}
    return made


def set_zone(database: duckdb.DuckDBPyConnection, frames: Iterable[pd.DataFrame]) -> None:
    """Times are read in the one zone that all of them have; in UTC where there are several, or one of mere hours."""
    kinds = [getattr(kind, "pyarrow_dtype", kind) for frame in frames for kind in frame.dtypes]
    zones = {str(kind.tz) for kind in kinds if getattr(kind, "tz", None) is not None}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    try:
        database.execute("SET TimeZone = '{}'".format(re.sub("^UTC(?=[+-])", "", zone).replace("'", "''")))
    except duckdb.Error:  # a zone that DuckDB does not know
        database.execute("SET TimeZone = 'UTC'")


def without_mask(column: pd.Series) -> pd.Series:
    """Numbers and truths with missing ones as pandas has them without a mask: floats and objects."""
    if not pd.api.types.is_extension_array_dtype(column.dtype) or not column.isna().any():
        return column
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.astype(object).where(column.notna(), None)
    is_exact = pd.api.types.is_integer_dtype(column.dtype) and (column.dropna().abs() <= EXACT_IN_FLOAT).all()
    return column.astype(float) if is_exact else column


def as_usual(number: int, kind: str) -> str:
    """A column in a type that pandas has: sums are whole numbers of 64 bits, exact decimals are floats."""
    if kind in ("HUGEINT", "UHUGEINT"):
        return f"CAST(#{number} AS BIGINT)"
    return f"CAST(#{number} AS DOUBLE)" if kind.startswith("DECIMAL") else f"#{number}"
