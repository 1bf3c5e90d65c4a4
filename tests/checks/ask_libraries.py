"""Run in an environment: which of the names on standard input its libraries have; Python 3.6 and newer."""

import importlib
import inspect
import json
import sys
import warnings

HOLDERS = {
    "frame": "pandas.DataFrame",
    "series": "pandas.Series",
    "groupby": "pandas.core.groupby.DataFrameGroupBy",
    "multiindex": "pandas.MultiIndex",
    "excel": "pandas.ExcelWriter",
    "estimator": "sklearn.feature_extraction.text.CountVectorizer",
    "array": "numpy.ndarray",
    "axes": "matplotlib.axes.Axes",
    "thread": "threading.Thread",
    "dict": "builtins.dict",
}


def get(path):
    """(whether a dotted path is there, what it is)."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:length]))
        except Exception:
            continue
        try:
            for part in parts[length:]:
                value = getattr(value, part)
            return True, value
        except Exception:
            return False, None
    return False, None


def method(kinds, name):
    """Whether any of these kinds of values has a method; None where the kind is unknown here."""
    answers = [get(HOLDERS[kind])[1] for kind in kinds if kind in HOLDERS]
    answers = [each for each in answers if each is not None]
    return any(hasattr(each, name) for each in answers) if answers else None


def parameter(path, name):
    """Whether a function has a parameter; None where that cannot be told."""
    there, function = get(path)
    if not there:
        return None
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    if name in parameters:
        return True
    return None if any(each.kind is each.VAR_KEYWORD for each in parameters.values()) else False


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    print(
        json.dumps(
            {
                "names": {path: get(path)[0] for path in asked["names"]},
                "methods": [method(kinds, name) for kinds, name in asked["methods"]],
                "parameters": [parameter(path, name) for path, name in asked["parameters"]],
            }
        )
    )
