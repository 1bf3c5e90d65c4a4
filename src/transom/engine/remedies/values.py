"""What the errors that libraries raise about values mean, and what to do: one row for each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from transom.engine.remedies.brevity import quoted
from transom.engine.remedies.context import FailureContext
from transom.engine.remedies.wording import BUNDLE, FEWER_ROWS, GIVE_DATA
from transom.model.runs import Failure

_MARKS = frozenset({"?", "-", "--", "na", "n/a", "nan", "null", "none", "", ".", "#n/a", "missing", "unknown"})

#: (types of the exception, what its message says, the remedy). `{0}` is what the first group found.
_ROWS: tuple[tuple[str, str, str], ...] = (
    (
        "ValueError",
        r"You are trying to merge on (\S+) and (\S+) columns",
        "The keys are of different types, {0} and {1}: make them the same first, for instance"
        " `right[key] = right[key].astype(left[key].dtype)`.",
    ),
    (
        "MergeError",
        r"No common columns",
        "The two tables share no column name: name the keys, `left.merge(right, left_on=…, right_on=…)`.",
    ),
    (
        "ValueError|InvalidIndexError",
        r"cannot reindex|Reindexing only valid with uniquely",
        "The index has the same label twice: call `.reset_index(drop=True)`, or `.drop_duplicates(…)`, first.",
    ),
    (
        "ValueError",
        r"Length mismatch: Expected axis has (\d+) elements, new values have (\d+)",
        "The table has {0} columns or rows, but {1} names are given: rename only some with `df.rename(columns={{…}})`.",
    ),
    (
        "ValueError",
        r"Length of values \((\d+)\) does not match length of index \((\d+)\)",
        "The new column has {0} values, the table has {1} rows: make them from the same rows.",
    ),
    (
        "ValueError",
        r"Input (?:\w+ )?contains NaN|Input contains NaN|infinity or a value too large",
        "scikit-learn takes no missing values here: fill them (`df.fillna(…)`, SimpleImputer) or drop them"
        " (`df.dropna()`), and replace infinities.",
    ),
    (
        "ValueError",
        r"Unknown label type",
        "A classifier needs classes, not measured numbers: use a regressor, or make classes with `pd.cut` or"
        " `y.astype(int)`.",
    ),
    (
        "ValueError",
        r"Expected 2D array, got 1D array",
        "Give a table of one column, `df[['x']]` with two brackets, or `values.reshape(-1, 1)`.",
    ),
    (
        "ValueError",
        r"Found input variables with inconsistent numbers of samples: (\[.*\])",
        "The tables have different numbers of rows, {0}: take the rows of both from the same table.",
    ),
    (
        "ValueError",
        r"X has (\d+) features, but \w+ is expecting (\d+)",
        "The model was fitted with {1} columns and is given {0}: give it the same columns, in the same order.",
    ),
    (
        "ValueError",
        r"The feature names should match those that were passed during fit",
        "Give the model the columns that it was fitted with, in the same order: `df[model.feature_names_in_]`.",
    ),
    (
        "ValueError",
        r"[Tt]he truth value of a (?:Series|DataFrame) is ambiguous",
        "Use `&`, `|` and `~` with brackets around each condition, `.empty` to ask for rows, or `.any()` or `.all()`.",
    ),
    (
        "ValueError",
        r"time data .* (?:does not match|doesn't match) format|Unknown (?:string|datetime string) format",
        "The dates are written in more than one way: use `pd.to_datetime(x, format='mixed', dayfirst=…)`, or"
        " `errors='coerce'` to make the others missing.",
    ),
    (
        "OutOfBoundsDatetime",
        r"",
        "The date lies outside of what nanoseconds hold (1677 to 2262): use `errors='coerce'`, or keep it as text.",
    ),
    (
        "ValueError|IntCastingNaNError",
        r"Cannot convert non-finite values|cannot convert float NaN to integer",
        "A missing value is no integer: fill it first, or use `.astype('Int64')`.",
    ),
    (
        "ValueError",
        r"No objects to concatenate",
        "The list of tables is empty: no file or group was found, or the loop made none.",
    ),
    (
        "EmptyDataError",
        r"",
        "The file is empty: look at what wrote it.",
    ),
    (
        "ParserError",
        r"Expected (\d+) fields in line (\d+), saw (\d+)",
        "Line {1} has {2} values where {0} are expected: name the delimiter (`sep=';'`), quote the text, or skip such"
        " lines with `on_bad_lines='skip'`.",
    ),
    (
        "ParserError",
        r"Error tokenizing data",
        "Name the delimiter (`sep=';'`) and the encoding of the file.",
    ),
    (
        "ValueError",
        r"Object arrays cannot be loaded when allow_pickle=False",
        "Write `np.load(…, allow_pickle=True)` if you trust the file.",
    ),
    (
        "ValueError",
        r"(?:assignment destination is|array is|buffer source array is|output array is) read-only",
        "Since pandas 3 the arrays of a table are read-only: work on `.to_numpy(copy=True)`.",
    ),
    (
        "ValueError",
        r"All arrays must be of the same length|arrays must all be same length",
        "The lists that make up the table have different lengths: make each as long as the others.",
    ),
    (
        "ValueError",
        r"If using all scalar values, you must pass an index",
        "Put each value into a list: `pd.DataFrame([values])` makes a table of one row.",
    ),
    (
        "ValueError",
        r"n_splits=(\d+) cannot be greater than the number of (?:members|samples)",
        "There are too few rows for {0} parts: take fewer parts, or more rows (as where `--sample` left few).",
    ),
    (
        "ValueError",
        r"Excel file format cannot be determined|Unsupported format, or corrupt file",
        "The file is no Excel workbook: open it to see what it holds, and read CSV with pd.read_csv.",
    ),
    (
        "BadZipFile",
        r"",
        "The file is no zip file, or it is broken: open it to see what it holds.",
    ),
    (
        "TypeError",
        r"'<' not supported between instances of '(\w+)' and '(\w+)'",
        "The column mixes {0} and {1}: make it one type first, for instance `.astype(str)`.",
    ),
    (
        "TypeError",
        r"can only concatenate str \(not \"(\w+)\"\) to str|must be str, not (\w+)",
        "Turn the number into text first, with str(…) or `.astype(str)`.",
    ),
    (
        "TypeError",
        r"unsupported operand type\(s\) for [^:]+: '(\w+)' and '(\w+)'",
        "One side is {0}, the other {1}: convert one of them first (`pd.to_numeric`, `.astype(…)`, str).",
    ),
    (
        "TypeError",
        r"Could not convert|agg function failed|Cannot perform reduction|does not support (?:operation|reduction)",
        "A column of text is among the numbers: add `numeric_only=True`, or choose the columns first.",
    ),
    (
        "TypeError",
        r"'(DataFrame|Series)' object is not callable",
        "Use square brackets for a {0}, `df['x']`; round ones call a function.",
    ),
    (
        "TypeError",
        r"cannot unpack non-iterable NoneType",
        "The function gives nothing back: end it with `return`.",
    ),
    (
        "TypeError",
        r"missing (\d+) required positional arguments?: (.+)$",
        "Give a value for {1}, or a default in the function.",
    ),
    (
        "TypeError",
        r"Object of type (\w+) is not JSON serializable",
        "Convert it first: `int(x)`, `float(x)`, `x.tolist()`, or `json.dumps(…, default=str)`.",
    ),
    (
        "IndexError",
        r"single positional indexer is out-of-bounds|index 0 is out of bounds for axis 0 with size 0",
        "The table has fewer rows than that: look at `df.shape`, and whether a filter left any.",
    ),
    (
        "NotFittedError",
        r"",
        "Call `.fit(…)` before, or load a model that was fitted.",
    ),
    (
        "NotImplementedError",
        r"",
        "That version of the package cannot do it: look for another function, or a newer version.",
    ),
    (
        "MemoryError|ArrayMemoryError|_ArrayMemoryError",
        r"",
        "Read only the columns that it needs, use smaller types (`float32`, `category`), or try fewer rows"
        f" ({FEWER_ROWS}).",
    ),
    (
        "RecursionError",
        r"",
        "A function calls itself without end: look at the lines above that repeat.",
    ),
    (
        "SettingWithCopyError|SettingWithCopyWarning",
        r"",
        "Assign to `df.loc[rows, column]` in one step, or take a `.copy()` first.",
    ),
    (
        "EOFError",
        r"EOF when reading a line",
        "Nobody can answer input(): set the value in the script, or read it from a dataset.",
    ),
    (
        "BdbQuit",
        r"",
        "A breakpoint needs a terminal: run the script with `transom run --pdb`, or take the breakpoint out.",
    ),
    (
        "EOFError|UnpicklingError",
        r"",
        "The file is no whole pickle: write it again, in the same environment that reads it.",
    ),
    (
        "ConnectionError|ConnectionRefusedError|ConnectTimeout|ConnectTimeoutError|NewConnectionError|gaierror"
        "|MaxRetryError|SSLError|ProxyError|ReadTimeout|TimeoutError",
        r"",
        "The other machine does not answer: check its name and the network, or give the data as a dataset instead.",
    ),
    (
        "URLError",
        r"",
        f"The address does not answer: check it and the network, or {GIVE_DATA}.",
    ),
    (
        "HTTPError",
        r"(40[13])",
        "The server wants other rights ({0}): sign in, or give the data as a dataset.",
    ),
    (
        "HTTPError",
        r"404",
        "The address leads nowhere (404): check it, or give the data as a dataset.",
    ),
    (
        "HTTPError",
        r"",
        "The server refused: check the address, or give the data as a dataset.",
    ),
    (
        "OperationalError|InterfaceError|DatabaseError",
        r"no such table: (\S+)",
        "The database has no table {0}: the file may be new and empty, because it was not in the script bundle.",
    ),
    (
        "OperationalError|InterfaceError|DatabaseError",
        r"unable to open database file",
        f"The folder of the database is not there: put the file in the script bundle ({BUNDLE}).",
    ),
    (
        "LookupError",
        r"nltk|Resource .*not found",
        "The data of nltk are not there: call `nltk.download(name)` first, or put them in the script bundle.",
    ),
    (
        "OSError",
        r"\[E050\] Can't find model '([\w-]+)'",
        "The model {0} of spaCy is not there: call `spacy.cli.download('{0}')` first.",
    ),
    (
        "TclError|ImportError",
        r"no display name|headless",
        "There is no screen: leave out what opens a window, and use matplotlib.use('agg').",
    ),
    (
        "ImportError",
        r"libGL\.so",
        "Install opencv-python-headless in place of opencv-python: it needs no screen.",
    ),
    (
        "ImportError",
        r"Missing optional dependency '([\w.-]+)'",
        "Run the script with `transom run --with {0}`, which adds the package for one run,"
        ' or put `import os; os.system("pip install {0}")` above.',
    ),
    (
        "ImportError",
        r"`Import py(tables)` failed",
        "Run the script with `transom run --with {0}`, which adds the package for one run,"
        ' or put `import os; os.system("pip install {0}")` above.',
    ),
    (
        "ImportError",
        r"partially initialized module '([\w.]+)'.*circular import",
        "A file of the script or its bundle is called like the module {0}: rename that file.",
    ),
    (
        "CalledProcessError",
        r"Command '(.+)' returned non-zero exit status",
        "The command failed; what it printed is in the log above.",
    ),
    (
        "StatisticsError|ZeroDivisionError",
        r"",
        "There is nothing to divide by: look whether a filter left any rows.",
    ),
    (
        "LinAlgError",
        r"[Ss]ingular matrix",
        "A column depends on the others: drop one of those that say the same.",
    ),
)


def values(failure: Failure, _: FailureContext) -> str | None:
    """What the message of the exception tells by itself."""
    for types, pattern, remedy in _ROWS:
        if failure.type in types.split("|"):
            found = re.search(pattern, failure.message, re.DOTALL)
            if found:
                return remedy.format(*(quoted(each or "") for each in found.groups()))
    return None


_NOT_A_NUMBER = re.compile(
    r"could not convert string to float: (?P<float>.+)$"
    r"|invalid literal for int\(\) with base 10: (?P<int>.+)$"
    r"|Unable to parse string (?P<parse>\".*?\"|'.*?')",
    re.DOTALL,
)


def conversions(failure: Failure, context: FailureContext) -> str | None:
    """A text that should be a number: a mark for missing, a decimal comma, or a category."""
    found = _NOT_A_NUMBER.search(failure.message) if failure.type == "ValueError" else None
    if not found:
        return None
    text = next(each for each in found.groups() if each is not None).strip().strip("'\"")
    code = failure.frames[-1].code if failure.frames else ""
    where = _column_in(code, context.columns())
    said = repr(quoted(text))
    if text.strip().lower() in _MARKS:
        return (
            f"{said} stands for a missing value{where}: read it so with `na_values=[{said}]`, or use"
            " `pd.to_numeric(x, errors='coerce')`."
        )
    if re.fullmatch(r"[+-]?\d[\d.]*,\d+", text):
        return f"{said} has a decimal comma{where}: read the file with `decimal=','`, or replace the comma by a point."
    if re.fullmatch(r"[^\w]*[\d][\d., ]*\s*[%€$£]?|[€$£]\s*[\d.,]+", text):
        return f"{said}{where} has signs that no number has: take them away with `.str.replace(…)` first."
    if any(word in code for word in ("fit", "predict", "corr", "transform", "score")):
        return (
            f"{said} is text{where}: leave such columns out (`df.select_dtypes('number')`), or turn them into numbers"
            " with `pd.get_dummies(df)`."
        )
    return f"{said} is no number{where}: use `pd.to_numeric(x, errors='coerce')` to make such values missing."


def _column_in(code: str, tables: Mapping[str, tuple[str, ...]]) -> str:
    """The column that a line of code names, as the end of a phrase."""
    known = {name for names in tables.values() for name in names}
    for text in re.findall(r"\[\s*['\"]([^'\"]+)['\"]\s*\]", code):
        if text in known:
            return f" in the column {quoted(text)!r}"
    return ""
