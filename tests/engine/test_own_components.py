"""A script of a person's own component: any number of frames and parameters by name, any number of results by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from tests.engine.conftest import script
from tests.engine.running import Done, Worker, warm, zip_of
from tests.environments import ENVIRONMENTS, python_of
from tests.tables import frames_of_every_kind as every

from transom.engine.child import frames
from transom.model.runs import Failure, FailureKind, GivenFiles, Limits, Status

HEAD = "import pandas as pd, numpy as np, collections, functools\n"
PLACES = [
    f"{name}{how}"
    for name in ("host", *(one.name for one in ENVIRONMENTS if one.python in ("3.6", "3.13")))
    for how in ("", " warm")
]


@pytest.fixture(params=PLACES)
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Worker:
    """A worker in the host, on the oldest and on the newest Python, cold and warm."""
    name = request.param.removesuffix(" warm")
    interpreter: str | Path | None = sys.executable
    if name != "host":
        interpreter = python_of(next(one for one in ENVIRONMENTS if one.name == name))
        if interpreter is None:
            pytest.skip(f"there is no Python for {name} on this machine")
    spares = warm(str(interpreter)) if request.param.endswith(" warm") else None
    return Worker(tmp_path, str(interpreter), spares=spares)


def step(path: Path, frame: pd.DataFrame) -> Path:
    """A step file of a frame."""
    frames.write_frame(frame, str(path))
    return path


def read(done: Done, port: str) -> dict[str, list[object]]:
    assert done.outcome.failure is None, done.outcome.failure
    found: dict[str, list[object]] = (
        pa.ipc.open_file(str(done.blobs.path(done.outcome.results[port].digest))).read_all().to_pydict()
    )
    return found


def failure(worker: Worker, text: str, *outputs: str, **own: object) -> Failure:
    done = worker.run(HEAD + text, own={"ports": (), "outputs": outputs, **own})
    assert done.outcome.status is Status.FAILED
    assert done.outcome.results == {}
    assert done.outcome.failure is not None
    return done.outcome.failure


def test_named_tables_and_parameters_come_in_and_named_tables_go_out(anywhere: Worker, tmp_path: Path) -> None:
    left = step(tmp_path / "left", pd.DataFrame({"k": [1, 2, 3], "a": ["x", "y", None]}))
    right = step(tmp_path / "right", pd.DataFrame({"k": [2, 3], "b": [0.5, 1.5]}))
    done = anywhere.run(
        script("joins_named_tables"),
        {"left": left, "right": right},
        own={
            "ports": ("left", "right"),
            "parameters": {"key": "k", "how": "inner", "names": ["é", "d"]},
            "outputs": ("joined", "dropped", "counts"),
        },
    )
    assert read(done, "joined") == {"k": [2, 3], "a": ["y", None], "b": [0.5, 1.5]}
    assert read(done, "counts") == {"rows": [2, 1], "name": ["é", "d"]}
    assert list(done.outcome.results) == ["joined", "dropped", "counts"]
    assert done.outcome.results["dropped"].shape.rows == 1


def test_files_come_as_paths_that_cannot_be_written_to(anywhere: Worker, tmp_path: Path) -> None:
    texts = anywhere.blobs.put_bytes(zip_of({"a.txt": "one", "deep/b.txt": "two"}, tmp_path / "texts.zip"))
    note = anywhere.blobs.put_bytes(b"three")
    own = {
        "ports": ("texts", "one"),
        "outputs": ("found",),
        "files": {"texts": GivenFiles(texts), "one": GivenFiles(note, "note.md")},
    }
    done = anywhere.run(script("reads_named_files"), own=own)
    assert read(done, "found") == {
        "name": ["a.txt", "deep/b.txt", "note.md"],
        "text": ["one", "two", "three"],
        "may_write": [False] * 3,
    }
    assert anywhere.blobs.bytes(note) == b"three"


def test_results_keep_every_kind_of_value_and_index(host: Worker, tmp_path: Path) -> None:
    kinds = [*map(every.frame, every.COLUMNS), *map(every.indexed, every.INDEXES)]
    given = {f"t{place}": step(tmp_path / f"t{place}", frame) for place, frame in enumerate(kinds)}
    own = {"ports": tuple(given), "outputs": tuple(f"back_{name}" for name in given)}
    done = host.run(script("hands_every_kind_on"), given, own=own)
    assert done.outcome.failure is None, done.outcome.failure
    for port, path in given.items():
        back, _ = frames.read_frame(str(done.blobs.path(done.outcome.results[f"back_{port}"].digest)))
        every.assert_same(frames.read_frame(str(path))[0], back)


def test_a_port_that_is_not_connected_is_none_or_the_parameter_s_own_default(host: Worker) -> None:
    text = "def azureml_main(a, b=None, *, c='mine', d=3):\n    return pd.DataFrame({'x': [repr((a, b, c, d))]})\n"
    done = host.run(HEAD + text, own={"ports": ("a", "b", "c"), "parameters": {"d": None}, "outputs": ("x",)})
    assert read(done, "x") == {"x": ["(None, None, 'mine', None)"]}


def test_parameters_arrive_as_they_are(host: Worker) -> None:
    given = {"n": 3, "f": 0.1, "t": True, "s": "é\n", "l": [1, [2]], "m": {"k": None}, "nothing": None}
    text = "def azureml_main(**all):\n    return pd.DataFrame({'x': [repr(sorted(all.items()))]})\n"
    done = host.run(HEAD + text, own={"ports": (), "parameters": given, "outputs": ("x",)})
    assert read(done, "x") == {"x": [repr(sorted(given.items()))]}


def test_many_tables_are_handed_over(host: Worker, tmp_path: Path) -> None:
    names = tuple(f"table{number}" for number in range(120))
    tables = {name: step(tmp_path / name, pd.DataFrame({"n": [place]})) for place, name in enumerate(names)}
    text = "def azureml_main(**all):\n    return pd.DataFrame({'n': [all[name]['n'][0] for name in sorted(all, key=lambda each: int(each[5:]))]})\n"
    done = host.run(HEAD + text, tables, own={"ports": names, "outputs": ("x",)})
    assert read(done, "x") == {"n": list(range(120))}


RETURNED = {
    "a frame alone": ("pd.DataFrame({'n': [1]})", ("one",)),
    "a tuple": ("pd.DataFrame({'n': [1]}), pd.DataFrame({'n': [2]})", ("one", "two")),
    "a list": ("[pd.DataFrame({'n': [1]}), pd.DataFrame({'n': [2]})]", ("one", "two")),
    "a generator": ("(pd.DataFrame({'n': [n]}) for n in (1, 2))", ("one", "two")),
    "a mapping in another order": (
        "{'two': pd.DataFrame({'n': [2]}), 'one': pd.DataFrame({'n': [1]})}",
        ("one", "two"),
    ),
    "a mapping of another kind": ("collections.ChainMap({'one': pd.DataFrame({'n': [1]})})", ("one",)),
    "a named tuple, by its names": (
        "collections.namedtuple('R', 'two one')(pd.DataFrame({'n': [2]}), pd.DataFrame({'n': [1]}))",
        ("one", "two"),
    ),
    "a subclass": ("type('Mine', (pd.DataFrame,), {})({'n': [1]})", ("one",)),
    "nothing where nothing is handed on": ("None", ()),
}


@pytest.mark.parametrize("name", RETURNED)
def test_what_is_returned_is_found_by_name_or_by_order(name: str, host: Worker) -> None:
    expression, outputs = RETURNED[name]
    done = host.run(f"{HEAD}def azureml_main():\n    return {expression}\n", own={"ports": (), "outputs": outputs})
    assert {port: read(done, port) for port in outputs} == {
        port: {"n": [number]} for number, port in enumerate(outputs, start=1)
    }
    assert set(done.outcome.results) == set(outputs)
    assert done.outcome.failure is None


WRONG = {
    "None": ("None", ("one",), ["returned None", "the output one"]),
    "too few": ("(pd.DataFrame(),)", ("one", "two"), ["returned 1 table,", "one, two"]),
    "an empty tuple": ("()", ("one",), ["returned nothing"]),
    "too many": ("[pd.DataFrame()] * 3", ("one", "two"), ["returned more than 2 tables,", "one, two"]),
    "a frame for two outputs": ("pd.DataFrame()", ("one", "two"), ["returned 1 table,"]),
    "a number for two outputs": ("(1,)", ("one", "two"), ["returned 1 value,"]),
    "a missing name": ("{'one': pd.DataFrame()}", ("one", "two"), ["no table for two", "one, two"]),
    "an unknown name": ("{'one': pd.DataFrame(), 'tow': 3}", ("one",), ["tow, which is no output"]),
    "a Series": ("pd.Series([1])", ("one",), ["a value of type pandas", "Series"]),
    "a text": ("'ab'", ("one", "two"), ["type str"]),
    "an element that is a number": ("(pd.DataFrame(), 3)", ("one", "two"), ["two:", "type int"]),
    "None by name": ("{'one': pd.DataFrame(), 'two': None}", ("one", "two"), ["two:", "None"]),
    "a table where nothing is handed on": (
        "pd.DataFrame()",
        (),
        ["returned something, but its component has no outputs"],
    ),
    "a column that cannot be kept": ("pd.DataFrame({'x': [object()]})", ("one",), ["one:", "x"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_the_outputs_is_told_with_their_names(name: str, host: Worker) -> None:
    expression, outputs, words = WRONG[name]
    found = failure(host, f"def azureml_main():\n    return {expression}\n", *outputs)
    assert found.kind is FailureKind.RESULT_INVALID
    for word in words:
        assert word in found.message
    if name != "a column that cannot be kept":
        assert found.remedy is not None
        assert found.remedy.startswith("Write `return")


SIGNATURES = {
    "a required one more": ("def azureml_main(a, share, rate):\n    pass\n", "requires rate"),
    "one less": ("def azureml_main(a):\n    pass\n", "takes no share"),
    "one by position only": ("def azureml_main(a, share, /):\n    pass\n", "a by position only"),
    "one of another name": ("def azureml_main(first, share):\n    pass\n", "requires first"),
    "behind a decorator": (
        "def same(f):\n    @functools.wraps(f)\n    def inner(**all):\n        return f(**all)\n    return inner\n"
        "@same\ndef azureml_main(a):\n    pass\n",
        "takes no share",
    ),
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_an_entry_point_that_does_not_take_what_it_is_given_is_told_with_its_line(name: str, host: Worker) -> None:
    text, words = SIGNATURES[name]
    found = failure(host, text, ports=("a",), parameters={"share": 0.5})
    assert found.kind is FailureKind.ENTRY_POINT_SIGNATURE
    assert words in found.message
    assert (found.file, found.line) == ("script.py", HEAD.count("\n") + 1 + (6 if name.startswith("behind") else 0))
    assert found.remedy == "Write `def azureml_main(a, share):`, or name in component.yaml what it takes."


def test_an_error_of_the_script_is_told_as_ever(host: Worker) -> None:
    found = failure(host, "def azureml_main():\n    yield 1 / 0\n", "one")
    assert (found.kind, found.type, found.line) == (FailureKind.SCRIPT_ERROR, "ZeroDivisionError", 3)


def test_results_of_any_name_count_for_the_limit_of_outputs(host: Worker) -> None:
    text = HEAD + "def azureml_main():\n    return pd.DataFrame({'n': np.arange(100_000)})\n"
    done = host.run(text, own={"ports": (), "outputs": ("large",)}, limits=Limits(outputs=100_000))
    assert done.outcome.failure is not None
    assert done.outcome.failure.kind is FailureKind.OUTPUTS_EXCEEDED


def test_an_entry_point_of_another_name_and_a_coroutine_are_called(host: Worker) -> None:
    text = HEAD + "async def clean(n):\n    return pd.DataFrame({'n': [n]})\n"
    done = host.run(text, entry_point="clean", own={"ports": (), "parameters": {"n": 4}, "outputs": ("x",)})
    assert read(done, "x") == {"n": [4]}
