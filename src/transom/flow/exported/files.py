"""How an exported script reads and writes tables: pieces that are copied into it, never executed by Transom.

Each column of a text file is, over all of its cells, of whole numbers (with leading zeros: text), of decimals, of true
and false, of ISO dates, or else of text; NA, NULL and ? are missing where all else are numbers or dates.
"""

from __future__ import annotations

import os
import re
import sys
from glob import glob
from pathlib import Path

import pandas as pd

# ruff: noqa: PLR0913 (each argument is one that a person may have given)

FOLDER = Path()
OUTPUTS = Path()

MISSING = ("", "na", "n/a", "#n/a", "null", "none", "nan", "?")
WHOLE = r"[+-]?(?:0|[1-9]\d*)"
DECIMAL = r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf"
MOMENT = r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
ZONED = r".*\d\d:\d\d.*(?:Z|[+-]\d\d(?::?\d\d)?)"
EXACT_IN_FLOAT = 2**53


def typed(texts: pd.Series, kind: str | None = None, decimal: str = ".") -> pd.Series:
    """A column of texts as what all of its cells are; `kind` is whole, decimal, boolean, datetime or text."""
    if texts.isna().all():
        return texts if kind == "text" else texts.astype(float)
    cleaned = texts.str.strip()
    cleaned = cleaned.mask(cleaned.str.lower().isin(MISSING))
    for name, read, column in (
        ("whole", as_whole, cleaned),
        ("decimal", as_decimal, cleaned if decimal == "." else with_point(cleaned)),
        ("boolean", as_boolean, texts),
        ("datetime", as_datetime, cleaned),
    ):
        if kind in (None, name) and column.notna().any():
            found = read(column, kind is not None)
            if found is not None:
                return found
    if kind not in (None, "text"):
        raise SystemExit(f"The column {texts.name} cannot be read as {kind}.")
    return texts


def with_point(texts: pd.Series) -> pd.Series:
    """Decimals with a comma as such with a point; one that has a point already is none."""
    return texts.str.replace(".", "?", regex=False).str.replace(",", ".", regex=False)


def all_match(texts: pd.Series, pattern: str) -> bool:
    """Whether the pattern fits each whole text."""
    return bool(texts.dropna().str.fullmatch(pattern).all())


def as_whole(texts: pd.Series, wanted: bool) -> pd.Series | None:
    """Whole numbers; floats where some are missing, as pandas has them."""
    if not all_match(texts, r"[+-]?\d+" if wanted else WHOLE):
        return None
    numbers = [None if cell is None or cell != cell else int(cell) for cell in texts]
    present = [number for number in numbers if number is not None]
    if not -(2**63) <= min(present) <= max(present) < 2**64:
        return None
    is_exact = max(abs(number) for number in present) <= EXACT_IN_FLOAT
    name = "uint64" if max(present) >= 2**63 else "int64"
    if len(present) < len(numbers):
        name = "float64" if is_exact else name.replace("i", "I").replace("uI", "UI")
    return pd.Series(numbers, texts.index, name, name=texts.name)


def as_decimal(texts: pd.Series, wanted: bool) -> pd.Series | None:
    """Decimal numbers, unless a whole number among them is too long for one."""
    if not all_match(texts, r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf" if wanted else DECIMAL):
        return None
    numbers = texts.astype(float)
    is_long = (numbers.abs() > EXACT_IN_FLOAT) & texts.str.fullmatch(r"[+-]?\d+").eq(True)
    return None if is_long.any() else numbers


def as_boolean(texts: pd.Series, _: bool) -> pd.Series | None:
    """True and false; with missing ones a column of objects."""
    lower = texts.str.lower()
    if not lower.dropna().isin(("true", "false")).all():
        return None
    values = [None if cell is None or cell != cell else cell == "true" for cell in lower]
    return pd.Series(values, texts.index, "bool" if texts.notna().all() else "object", name=texts.name)


def as_datetime(texts: pd.Series, _: bool) -> pd.Series | None:
    """Dates and times, in UTC where they name a zone."""
    present = texts.dropna()
    if not present.str.fullmatch(MOMENT).all():
        return None
    zoned = present.str.fullmatch(ZONED)
    if zoned.any() and not zoned.all():
        return None
    try:
        found = pd.to_datetime(texts, format="ISO8601", utc=bool(zoned.all()))
    except (ValueError, OverflowError):
        return None
    for unit in ("ns", "us"):
        try:
            return found.dt.as_unit(unit)
        except (ValueError, OverflowError, AttributeError):  # out of range; pandas 1 has nanoseconds only
            continue
    return found


def read_table(
    path: str,
    header: bool = True,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8-sig",
    types: dict[str, str] | None = None,
    sheet: int | str = 0,
    ending: str = "",
    file_column: str | None = None,
) -> pd.DataFrame:
    """The table of a file or an address, or the rows of all files of a folder or a pattern."""
    how = (header, delimiter, decimal, encoding, types, sheet, ending)
    if "://" in path:
        parts = distant(path)
    elif os.path.isdir(path) and not os.path.exists(os.path.join(path, "_meta.yaml")):
        parts = sorted(each for each in glob(os.path.join(path, "**"), recursive=True) if is_table(each, path))
    elif os.path.exists(path):
        parts = [path]
    else:
        parts = sorted(each for each in glob(path, recursive=True) if os.path.isfile(each))
    if not parts:
        raise SystemExit(f"There is no file {path}.")
    frames = [read_file(each, *how) for each in parts]
    if file_column:
        frames = [
            frame.assign(**{file_column: name}) for name, frame in zip(names_of(parts, path), frames, strict=True)
        ]
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def distant(address: str) -> list[str]:
    """The files that an address means: one, all of a folder, or those of a pattern."""
    if address.startswith(("http:", "https:")) or "::" in address:
        return [address]
    from fsspec.core import url_to_fs

    system, root = url_to_fs(address)
    if system.exists(root) and not system.isdir(root):
        return [address]
    if system.exists(f"{root}/_meta.yaml"):
        return [f"{address.rstrip('/')}/_data.parquet"]
    is_folder = system.isdir(root)
    found = system.find(root) if is_folder else system.glob(root)
    start = root.rstrip("/") if is_folder else re.split(r"[*?\[]", root)[0].rpartition("/")[0]
    names = {each: each[len(start) :].strip("/").split("/") for each in found if not system.isdir(each)}
    visible = [each for each, below in names.items() if not any(name.startswith((".", "_")) for name in below)]
    return sorted(system.unstrip_protocol(each) for each in visible)


def is_table(path: str, folder: str) -> bool:
    """Whether it is a file that is no hidden one, nor one of other programs such as _SUCCESS."""
    below = os.path.relpath(path, folder).split(os.sep)
    return os.path.isfile(path) and not any(name.startswith((".", "_")) for name in below)


def names_of(parts: list[str], path: str) -> list[str]:
    """The files as a column of file names has them: below the folder, or below what a pattern begins with."""
    if parts == [path]:
        return [os.path.basename(path)]
    # an address may have one slash more where a file system tells it
    *parts, path = (re.sub(r"^\w[\w+.-]*://+", "", each) for each in (*parts, path))
    is_folder = os.path.isdir(path) or all(each.startswith(f"{path.rstrip('/')}/") for each in parts)
    folder = path if is_folder else os.path.dirname(re.split(r"[*?\[]", path)[0])
    return [os.path.relpath(each, folder or ".") for each in parts]


def read_file(
    path: str,
    header: bool,
    delimiter: str | None,
    decimal: str | None,
    encoding: str,
    types: dict[str, str] | None,
    sheet: int | str,
    ending: str,
) -> pd.DataFrame:
    """The table of one file; its ending says what it holds."""
    is_web = path.startswith(("http:", "https:"))
    ending = ending or (re.sub(r"[?#].*", "", path) if is_web else path).lower().removesuffix(".gz").rpartition(".")[2]
    if os.path.isdir(path):
        return pd.read_parquet(os.path.join(path, "_data.parquet"))
    if ending in ("csv", "tsv", "tab"):
        return read_text(path, header, delimiter or (None if ending == "csv" else "\t"), decimal, encoding, types or {})
    if ending in ("xlsx", "xlsm", "xls"):
        return pd.read_excel(path, sheet_name=sheet, header=0 if header else None)
    if ending in ("jsonl", "ndjson", "json"):
        return pd.read_json(path, lines=ending != "json")
    if ending in ("parquet", "pq"):
        return pd.read_parquet(path)
    if ending in ("arrow", "feather"):
        return pd.read_feather(path)
    raise SystemExit(f"{path} is read by Transom, but not by this script: make a CSV or Parquet file of it.")


def read_text(
    path: str, header: bool, delimiter: str | None, decimal: str | None, encoding: str, types: dict[str, str]
) -> pd.DataFrame:
    """The table of a text file."""
    if delimiter is None:
        first = pd.read_csv(path, sep="\x1f", header=None, nrows=1, dtype=str, quoting=3, encoding=encoding)
        delimiter = max(",;\t|", key=str(first.iat[0, 0]).count)
    texts = pd.read_csv(
        path,
        sep=delimiter,
        header=0 if header else None,
        dtype=str,
        keep_default_na=False,
        na_values=[""],
        encoding=encoding,
    )
    if not header:
        texts.columns = [f"Column{number + 1}" for number in range(texts.shape[1])]
    made = {}
    for name in texts:
        has_points = texts[name].str.fullmatch(r"\s*[+-]?\d*\.\d+\s*").eq(True).any()
        point = decimal or ("," if delimiter == ";" and not has_points else ".")
        made[name] = typed(texts[name], types.get(name), point)
    return pd.DataFrame(made, texts.index)


def place(path: str | None) -> str:
    """An address, or a path that begins at the folder of the pipeline."""
    if path is None:
        sys.exit("Fill in PLACES near the top of this script: only a workspace of Transom knows where that lies.")
    return path if "://" in path else os.fspath(Path(FOLDER, os.path.expanduser(path)))


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The table without its row index: named levels become the first columns, what has no name is left out."""
    named = [name for name in frame.index.names if name is not None]
    unnamed = [number for number, name in enumerate(frame.index.names) if name is None]
    if not named:
        return frame.reset_index(drop=True)
    return frame.reset_index(level=unnamed, drop=True).reset_index() if unnamed else frame.reset_index()


def write_table(frame: pd.DataFrame, path: str, if_exists: str = "replace") -> None:
    """Write a file; its ending names the format."""
    if "://" not in path:
        if if_exists == "fail" and os.path.exists(path):
            raise SystemExit(f"There is {path} already.")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    ending = path.lower().removesuffix(".gz").rpartition(".")[2]
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending in ("arrow", "feather"):
        flat(frame).to_feather(path)
    elif ending in ("jsonl", "ndjson"):
        leaving(frame).to_json(path, orient="records", lines=True, date_format="iso")
    elif ending == "xlsx":
        leaving(frame).to_excel(path, index=False)
    elif ending in ("csv", "tsv"):
        with_words(leaving(frame)).to_csv(path, sep="\t" if ending == "tsv" else ",", index=False, lineterminator="\n")
    else:
        raise SystemExit(f"This script writes no files such as {path}.")


def leaving(frame: pd.DataFrame) -> pd.DataFrame:
    """The table for a format without a row index: one of texts, dates or several levels becomes columns."""
    if frame.index.names == [None] and not pd.api.types.is_numeric_dtype(frame.index.dtype):
        return frame.reset_index(names="index")
    return frame.reset_index() if frame.index.nlevels > 1 else flat(frame)


def with_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with `true` and `false` as text files have them."""
    made = frame.copy()
    for name in made.columns:
        present = made[name].dropna()
        if pd.api.types.is_bool_dtype(present.infer_objects().dtype) and len(present):
            made[name] = made[name].map({True: "true", False: "false"}, na_action="ignore")
    return made


def deliver(name: str, frame: pd.DataFrame, ending: str) -> None:
    """Write an output of the pipeline, and say so."""
    target = OUTPUTS / f"{name}.{ending}"
    write_table(frame, os.fspath(target))
    print(f"{name}: {len(frame):,} rows x {frame.shape[1]} columns in {target}")


def secret(name: str | None) -> str | None:
    """A secret, which stands in the environment, never in this script; None where none is named."""
    if name is None:
        return None
    # no shell can set a variable with a hyphen
    plain_name = "".join(sign if sign.isalnum() else "_" for sign in name).upper()
    for variable in (name, plain_name):
        if variable in os.environ:
            return os.environ[variable]
    sys.exit(f"Set the environment variable {plain_name}: a step needs the secret {name}.")
