"""Every recorded case of Microsoft's own module: what Transom does with it, on every pandas from 0.25 to the newest.

In the host's interpreter the whole product runs it; in the others the engine does, through its child, in a new process
for each or, where the environment's name says so, through a warm one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.engine.running import Done, Worker, warm
from tests.environments import ENVIRONMENTS, python_of, ready_made

import transom
from transom.engine.process import CHILD
from transom.model.runs import Outcome
from transom.workspace.results import RunResult

CASES_FILE = Path(__file__).resolve().parents[3] / "shared" / "contract" / "cases.json"
CASES: list[dict[str, Any]] = json.loads(CASES_FILE.read_text("utf-8")) if CASES_FILE.is_file() else []
HOST = "host"
#: Environments that come with Transom, through a warm process.
WARM = ("designer-2020 warm", "designer-2025 warm", "current warm")

pytestmark = pytest.mark.skipif(not CASES, reason=f"the recorded cases are not beside this checkout ({CASES_FILE})")


class Tables:
    """Makes step files from code and tells what is in them, in one interpreter that stays."""

    def __init__(self, interpreter: str) -> None:
        command = [interpreter, str(Path(__file__).with_name("tables_in.py")), str(CHILD)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.made: dict[str, Path] = {}

    def make(self, code: str, folder: Path) -> Path:
        if code not in self.made:
            self.made[code] = folder / f"made{len(self.made)}.arrow"
            self._ask({"make": code, "path": str(self.made[code])})
        return self.made[code]

    def tell(self, path: Path) -> dict[str, Any]:
        return self._ask({"path": str(path)})

    def _ask(self, request: dict[str, str]) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@cache
def tables_of(interpreter: str) -> Tables:
    return Tables(interpreter)


@pytest.fixture(scope="session", autouse=True)
def _ended_tables() -> Iterator[None]:
    yield
    tables_of.cache_clear()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("environment", [HOST, *(each.name for each in ENVIRONMENTS), *WARM])
def test_a_recorded_case_does_what_the_contract_says(
    environment: str, case: dict[str, Any], tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = interpreter_of(environment)
    tables = tables_of(interpreter)
    datasets = {
        port: tables.make(case[frame], made)
        for port, frame in (("dataset1", "dataframe1"), ("dataset2", "dataframe2"))
        if case[frame] != "None"
    }
    if environment == HOST:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TRANSOM_DATA_FOLDER", str(tmp_path / "data"))
        check(case, run_whole(case, datasets), tables)
    else:
        worker = Worker(tmp_path, interpreter, spares=warm(interpreter) if environment in WARM else None)
        check(case, worker.run(case["script"], datasets, case["bundle"]), tables)


def interpreter_of(environment: str) -> str:
    """The Python of an environment; skips where this machine has none of that version."""
    if environment == HOST:
        return sys.executable
    if environment in WARM:
        ready = ready_made(environment.removesuffix(" warm"))
        found = None if ready is None else ready.interpreter
    else:
        found = python_of(next(each for each in ENVIRONMENTS if each.name == environment))
    if found is None:
        pytest.skip(f"the Python of {environment} is not on this machine")
    return str(found)


def run_whole(case: dict[str, Any], datasets: dict[str, Path]) -> Whole:
    """Run a case as a person does: files in the current folder, with every check and remedy."""
    Path("script.py").write_text(case["script"], "utf-8", newline="")
    for name, text in (case["bundle"] or {}).items():
        file = Path("bundle", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return Whole(transom.run("script.py", **datasets, bundle="bundle" if case["bundle"] else None))


@dataclass
class Whole:
    """A run of the whole product."""

    run: RunResult

    @property
    def outcome(self) -> Outcome:
        return self.run.outcome

    @property
    def log(self) -> str:
        return self.run.log

    def result(self, number: int = 1) -> Path:
        table = self.run.result_dataset if number == 1 else self.run.result_dataset2
        assert table is not None
        return table.path


def check(case: dict[str, Any], done: Ended, tables: Tables) -> None:
    wanted: str = case["transom"]
    failure = done.outcome.failure
    assert done.outcome.status == ("succeeded" if wanted.startswith("succeeded") else "failed"), failure
    if wanted.startswith("succeeded"):
        told = [tables.tell(done.result(number)) for number in (1, 2)]
        if case["name"] not in EXPECTED:
            recorded = [case[each] for each in ("microsoft_0_0_118", "microsoft_0_0_195") if case[each]["rc"] == 0]
            wanted_tables = [[normal(each["result1"]), normal(each["result2"])] for each in recorded]
            assert [normal(each) for each in told] in wanted_tables
    else:
        assert failure is not None
        assert failure.kind == wanted.split()[1].rstrip(":,")
        told = []
    if case["name"] in EXPECTED:
        EXPECTED[case["name"]](done, told)


def normal(table: dict[str, Any]) -> dict[str, Any]:
    """What is told of a table, with what differs between versions of pandas made one: all missing values, text types."""
    words = {"str": "object", "string": "object"}
    return {
        **table,
        "dtypes": [
            "datetime64[ns]" if dtype.startswith("datetime64[") else words.get(dtype, dtype)
            for dtype in table["dtypes"]
        ],
        "index": ["None" if label in MISSING else label for label in table["index"]],
        "values": [["None" if value in MISSING else value for value in column] for column in table["values"]],
        "index_names": table["index_names"],
    }


MISSING = ("nan", "NaT", "None", "<NA>")

Ended = Done | Whole
Expectation = Callable[[Ended, list[dict[str, Any]]], None]


def first(told: list[dict[str, Any]], **wanted: Any) -> None:
    """The first table has these columns, in this order, and these values."""
    assert told[0]["columns"] == list(wanted)
    assert normal(told[0])["values"] == [[str(value) for value in values] for values in wanted.values()]


def warned(done: Ended, *words: str) -> None:
    text = "\n".join(done.outcome.warnings)
    assert all(word in text for word in words), text


def failed(done: Ended, *, line: int | None = None, kind: str | None = None, words: tuple[str, ...] = ()) -> None:
    failure = done.outcome.failure
    assert failure is not None
    if line is not None:
        assert (failure.file, failure.line) == ("script.py", line)
    if kind is not None:
        assert failure.type == kind
    assert all(word in failure.message for word in words), failure.message


def _list(done: Ended, told: list[dict[str, Any]]) -> None:
    first(told, a=[1, 2, 3], b=["'x'", "'y'", None], c=[1.5, None, 2.0])
    assert told[1]["rows"] == 1


def _three(done: Ended, told: list[dict[str, Any]]) -> None:
    assert [table["rows"] for table in told] == [3, 3]
    warned(done, "3", "first two")


def _series(done: Ended, told: list[dict[str, Any]]) -> None:
    first(told, a=[1, 2, 3])
    warned(done, "Series")


def _number(done: Ended, told: list[dict[str, Any]]) -> None:
    first(told, column=[3])
    warned(done, "int")


def _raise_in_helper(done: Ended, told: list[dict[str, Any]]) -> None:
    failed(done, line=2, kind="KeyError", words=("missing",))
    failure = done.outcome.failure
    assert failure is not None
    assert [(frame.line, frame.function) for frame in failure.frames] == [(5, "azureml_main"), (2, "helper")]


def _segfault(done: Ended, told: list[dict[str, Any]]) -> None:
    failed(done, line=4)
    assert done.outcome.failure is not None
    assert done.outcome.failure.kind == "process_died"
    assert done.outcome.failure.signal == "SIGSEGV"


def _os_exit(done: Ended, told: list[dict[str, Any]]) -> None:
    assert done.outcome.failure is not None
    assert done.outcome.failure.exit_code == 3


def _int_names(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["columns"] == ["0", "1"]
    warned(done, "text")


def _duplicates(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["columns"] == ["x", "x_0"]
    assert told[0]["values"] == [["1", "3"], ["2", "4"]]
    warned(done, "x_0")


def _named_index(done: Ended, told: list[dict[str, Any]]) -> None:
    first(told, a=[1, 2, 3], c=[1.5, None, 2.0])
    assert told[0]["index_names"] == ["b"]
    assert normal(told[0])["index"] == ["'x'", "'y'", "None"]


def _no_columns(done: Ended, told: list[dict[str, Any]]) -> None:
    assert (told[0]["columns"], told[0]["rows"]) == ([], 3)


def _mixed(done: Ended, told: list[dict[str, Any]]) -> None:
    first(told, m=["'1'", "'two'", "'3.0'"])
    warned(done, "m", "text")


def _categories(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["dtypes"] == ["category"] * 3
    first(told, k=["'x'", "'y'", None], o=["'lo'", "'hi'", "'lo'"], i=[3, 1, 3])


def _datetimes(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["values"][0][0] == "Timestamp('2020-01-01 00:00:01.123456789')"


def _timedelta(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["dtypes"][0].startswith("timedelta64")
    assert told[0]["values"] == [["Timedelta('1 days 00:00:00')", "Timedelta('0 days 02:00:00')", "NaT"]]


def _period(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["dtypes"] == ["period[M]"]
    assert [value.split("'")[1] for value in told[0]["values"][0]] == ["2020-01", "2020-02", "2020-03"]


def _interval(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["dtypes"] == ["category"]
    assert len({str(value) for value in told[0]["values"][0]}) == 3
    assert all("Interval(" in value for value in told[0]["values"][0])


def _nullable(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["dtypes"] == ["Int64"]
    first(told, i=[1, None, 3])


def _lists(done: Ended, told: list[dict[str, Any]]) -> None:
    assert told[0]["values"] == [["array([1, 2])", "array([3])", "None"]]
    warned(done, "l")


EXPECTED: dict[str, Expectation] = {
    "return_a_list": _list,
    "return_three": _three,
    "return_series": _series,
    "return_dict": lambda done, told: failed(done, kind="dict", words=("dict", "DataFrame")),
    "return_number": _number,
    "one_parameter": lambda done, told: first(told, a=[1, 2, 3], b=["'x'", "'y'", None], c=[1.5, None, 2.0]),
    "no_parameter": lambda done, told: first(told, a=[1]),
    "no_entry_point": lambda done, told: failed(done, words=("azureml_main",)),
    "empty_script": lambda done, told: failed(done, words=()),
    "syntax_error": lambda done, told: failed(done, line=1),
    "name_error": lambda done, told: failed(done, line=4, kind="NameError", words=("undeclared",)),
    "import_error": lambda done, told: _import_error(done),
    "raise_in_helper": _raise_in_helper,
    "os_exit": _os_exit,
    "segfault": _segfault,
    "int_column_names": _int_names,
    "duplicate_columns": _duplicates,
    "multiindex_columns": lambda done, told: failed(done, words=("('a', 'x')",)),
    "named_index": _named_index,
    "no_columns": _no_columns,
    "type_bytes": lambda done, told: first(told, y=["b'a'", "b'\\xff'", None]),
    "type_mixed_int_str": _mixed,
    "type_lists": _lists,
    "type_category": _categories,
    "type_datetimes": _datetimes,
    "type_timedelta": _timedelta,
    "type_period": _period,
    "type_interval": _interval,
    "type_nullable_int": _nullable,
    "type_objects": lambda done, told: failed(done, kind="object", words=("'o'", "object")),
    "prints": lambda done, told: _prints(done),
    "prints_unicode": lambda done, told: _logged(done, "é 日本 😀\n"),
}


def _import_error(done: Ended) -> None:
    failed(done, line=1, kind="ModuleNotFoundError", words=("no_such_module",))
    if isinstance(done, Whole):
        assert done.outcome.failure is not None
        assert "pip install no-such-module" in str(done.outcome.failure.remedy)


def _prints(done: Ended) -> None:
    lines = done.log.splitlines()
    assert lines[:2] == ["to stdout", "to stderr"]
    assert "logged" in lines[2]


def _logged(done: Ended, text: str) -> None:
    assert text in done.log
