"""How the entry point is called, and what becomes of what it returns."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tests.engine.running import Done, Worker

HEAD = "import functools, numpy as np, pandas as pd\n"


@pytest.fixture
def tables(host: Worker) -> dict[str, object]:
    """Two step files of one column and one row, `first` and `second`."""
    made = host.run(HEAD + "def azureml_main():\n    return pd.DataFrame({'n': [1]}), pd.DataFrame({'n': [2]})\n")
    return {"dataset1": made.result(1), "dataset2": made.result(2)}


def values(done: Done, number: int = 1) -> dict[str, list[object]]:
    assert done.outcome.failure is None, done.outcome.failure
    read: dict[str, list[object]] = pa.ipc.open_file(str(done.result(number))).read_all().to_pydict()
    return read


SIGNATURES = {
    "async def": ("async def azureml_main(a, b):\n    return a, b\n", 1, 2),
    "lambda": ("azureml_main = lambda a, b: (a, b)\n", 1, 2),
    "partial": ("def f(k, a, b):\n    return a, b\nazureml_main = functools.partial(f, 1)\n", 1, 2),
    "class": ("class azureml_main(tuple):\n    def __new__(cls, a, b):\n        return (a, b)\n", 1, 2),
    "instance": ("class C:\n    def __call__(self, a, b):\n        return a, b\nazureml_main = C()\n", 1, 2),
    "all positional": ("def azureml_main(*all):\n    return all\n", 1, 2),
    "one and the rest": ("def azureml_main(a, *rest):\n    return (a, *rest)\n", 1, 2),
    "keywords by name": ("def azureml_main(*, dataframe2, dataframe1):\n    return dataframe1, dataframe2\n", 1, 2),
    "keywords of other names": ("def azureml_main(*, left, right=None):\n    return left, right\n", 1, 2),
    "one, one by name": ("def azureml_main(a, *, dataframe2=None, mode='x'):\n    return a, dataframe2\n", 1, 2),
    "a third with a default": ("def azureml_main(a, b, c=3):\n    assert c == 3\n    return a, b\n", 1, 2),
    "options by keyword": ("def azureml_main(a, b, **options):\n    assert not options\n    return a, b\n", 1, 2),
    "from the bundle": ("from entry import azureml_main\n", 1, 2),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_any_callable_gets_as_many_frames_as_it_takes(name: str, host: Worker, tables: dict[str, object]) -> None:
    text, first, second = SIGNATURES[name]
    done = host.run(HEAD + text, tables, {"entry.py": "def azureml_main(a, b):\n    return a, b\n"})  # type: ignore[arg-type]
    assert values(done, 1) == {"n": [first]}
    assert values(done, 2) == {"n": [second]}


def test_a_default_is_kept_where_nothing_is_connected(host: Worker) -> None:
    done = host.run(HEAD + "def azureml_main(a='default', *, b='other'):\n    return a, b\n")
    assert values(done) == {"column": ["default"]}
    assert values(done, 2) == {"column": ["other"]}


def test_more_than_two_required_parameters_are_named(host: Worker) -> None:
    failure = host.run("def azureml_main(a, b, c, *, d):\n    pass\n").outcome.failure
    assert failure is not None
    assert failure.kind == "entry_point_signature"
    assert "4 parameters (a, b, c, d)" in failure.message


def test_an_entry_point_that_cannot_be_called_is_named(host: Worker) -> None:
    failure = host.run("azureml_main = 3\n").outcome.failure
    assert failure is not None
    assert failure.kind == "entry_point_missing"
    assert "type int" in failure.message


RETURNED = {
    "a generator": ("(yield_ for yield_ in [pd.DataFrame({'a': [1]}), None])", {"a": [1]}, 0),
    "values of a dictionary": ("{'x': pd.DataFrame({'a': [1]})}.values()", {"a": [1]}, 0),
    "a subclass": ("type('Mine', (pd.DataFrame,), {})({'a': [1]})", {"a": [1]}, 0),
    "an empty tuple": ("()", {}, 0),
    "text": ("'abc'", {"column": ["abc"]}, 1),
    "a series without a name": ("pd.Series([1, 2])", {"column": [1, 2]}, 1),
    "an array": ("np.array([1.5, 2.5])", {"column": [1.5, 2.5]}, 1),
    "an array of two dimensions": ("np.array([[1, 2], [3, 4]])", {"column_0": [1, 3], "column_1": [2, 4]}, 1),
    "a number of numpy": ("np.float64(2.5)", {"column": [2.5]}, 1),
    "an index": ("pd.Index([1, 2], name='i')", {"i": [1, 2]}, 1),
    "an element that is a number": ("(7,)", {"column": [7]}, 1),
}


@pytest.mark.parametrize("name", RETURNED)
def test_what_is_returned_becomes_a_table(name: str, host: Worker) -> None:
    expression, wanted, warnings = RETURNED[name]
    done = host.run(f"{HEAD}def azureml_main():\n    return {expression}\n")
    assert values(done) == wanted
    assert len(done.outcome.warnings) == warnings


@pytest.mark.parametrize(
    ("expression", "named"),
    [("{1, 2}", "set"), ("object()", "object"), ("(pd, 1)", "module"), ("np.zeros((2, 2, 2))", "numpy.ndarray")],
)
def test_what_is_no_table_is_named(expression: str, named: str, host: Worker) -> None:
    failure = host.run(f"{HEAD}def azureml_main():\n    return {expression}\n").outcome.failure
    assert failure is not None
    assert failure.kind == "result_invalid"
    assert f"type {named}" in failure.message
    assert "return a DataFrame" in failure.message


def test_an_error_inside_a_returned_generator_is_the_script_s(host: Worker) -> None:
    failure = host.run("def azureml_main():\n    yield 1 / 0\n").outcome.failure
    assert failure is not None
    assert (failure.kind, failure.type, failure.line) == ("script_error", "ZeroDivisionError", 2)
