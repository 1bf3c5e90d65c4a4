"""Each failure of `tests/scripts/needs_help` is told with the remedy that the script's first lines expect."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from tests.engine.running import Worker

from transom.engine.checks import Surroundings, check, environment_facts
from transom.engine.checks.departures import LIBRARIES, rows_of
from transom.engine.remedies import FailureContext, remedy
from transom.model.runs import Failure, FailureKind, Frame
from transom.model.scripts import Source, read_source

FOLDER = Path(__file__).resolve().parents[1] / "scripts" / "needs_help"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.name != "lies_beside.py")
#: Bundles of those scripts that have one.
BUNDLES = {"reads_a_file_of_another_folder_of_the_bundle": {"deep/data.csv": "a\n1\n", "x.txt": "x"}}


def surroundings(name: str) -> Surroundings:
    files = tuple(BUNDLES.get(name, ()))
    return Surroundings(environment_facts(sys.executable), bool(files), {}, files, FOLDER)


def head(text: str) -> tuple[str, list[str]]:
    """(what is expected to go wrong, the remedies that are right)."""
    first, second = text.split("\n")[:2]
    return first.removeprefix("# expects: "), second.removeprefix("# remedy: ").format_map(_Folder()).split(" || ")


class _Folder(dict[str, str]):
    def __missing__(self, key: str) -> str:
        if key == "nearby":  # as it is called from the current folder
            return os.path.relpath(FOLDER / "bundle_of_its_author")
        return str(FOLDER) if key == "folder" else "{" + key + "}"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_failure_is_told_with_what_to_do(path: Path, tmp_path: Path) -> None:
    text = path.read_text("utf-8")
    expected, remedies = head(text)
    done = Worker(tmp_path).run(text, bundle=BUNDLES.get(path.stem))
    failure = done.outcome.failure
    assert failure is not None
    source = read_source(text.encode(), "script.py")
    context = FailureContext(source, surroundings(path.stem), done.executed.facts, frozenset())
    told = remedy(failure, context)
    assert f"{told.kind} {told.type or ''}".strip() == expected, told.message
    assert (told.remedy or "none") in remedies, told.message


def failed(kind: FailureKind, message: str = "", **more: object) -> str | None:
    context = FailureContext(_source("def azureml_main(a=None):\n    return a\n"), surroundings(""))
    return remedy(Failure(kind, message, **more), context).remedy  # type: ignore[arg-type]


def _source(text: str) -> Source:
    return read_source(text.encode(), "script.py")


def test_a_limit_that_was_reached_is_told_with_the_option_that_sets_it() -> None:
    assert "--timeout" in str(failed(FailureKind.TIMED_OUT))
    assert "--memory" in str(failed(FailureKind.MEMORY_EXCEEDED))
    assert "out of memory" in str(failed(FailureKind.PROCESS_DIED, signal="SIGKILL"))


#: Options that `transom pipeline run` does not have.
_OF_RUN_ALONE = re.compile(
    r"(?<!transom run )(?:--(?:dataset\d|bundle|sample|with|env|timeout|cpu|memory|processes|file-size|disk|outputs)|-b) "
)


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.SCRIPT_ERROR])
def test_what_an_option_of_a_run_sets_is_named_for_a_pipeline_too(kind: FailureKind) -> None:
    signal = "SIGKILL" if kind is FailureKind.PROCESS_DIED else None
    told = str(failed(kind, signal=signal))
    assert not _OF_RUN_ALONE.search(told) or "in a pipeline" in told, told


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("MemoryError", ""),
        ("URLError", ""),
        ("OperationalError", "unable to open database file"),
        ("ImportError", "Missing optional dependency 'tables'"),
        ("FileNotFoundError", "No such file or directory: '/home/author/cars.csv'"),
        ("FileNotFoundError", "No such file or directory: 'cars.csv'"),
        ("FileNotFoundError", "No such file or directory: './Script Bundle/cars.csv'"),
    ],
)
def test_what_an_option_of_a_run_gives_is_named_for_a_pipeline_too(kind: str, message: str) -> None:
    told = str(failed(FailureKind.SCRIPT_ERROR, message, type=kind))
    assert not _OF_RUN_ALONE.search(told) or "in a pipeline" in told, told


@pytest.mark.parametrize(
    ("kind", "message", "remedy_part"),
    [
        ("ValueError", "Unknown label type: continuous. Maybe you are trying to fit a classifier", "use a regressor"),
        ("ValueError", "Expected 2D array, got 1D array instead:\narray=[1. 2.]", "two brackets"),
        ("ValueError", "X has 3 features, but LinearRegression is expecting 2 features as input.", "2 columns"),
        ("ValueError", "Object arrays cannot be loaded when allow_pickle=False", "allow_pickle=True"),
        ("ValueError", "could not convert string to float: '12 %'", "signs that no number has"),
        ("ValueError", "invalid literal for int() with base 10: 'NA'", "stands for a missing value"),
        ("ValueError", "assignment destination is read-only", "copy=True"),
        ("IntCastingNaNError", "Cannot convert non-finite values (NA or inf) to integer", "Int64"),
        ("ValueError", "If using all scalar values, you must pass an index", "pd.DataFrame([values])"),
        ("MemoryError", "Unable to allocate 8. GiB for an array", "--sample"),
        ("EmptyDataError", "No columns to parse from file", "empty"),
        ("HTTPError", "HTTP Error 404: Not Found", "leads nowhere"),
        ("ImportError", "libGL.so.1: cannot open shared object file", "opencv-python-headless"),
        ("KeyError", "'x'", None),
        ("ValueError", "no cars today", None),
        ("ZeroDivisionError", "division by zero", "nothing to divide by"),
    ],
)
def test_what_a_message_tells_is_told(kind: str, message: str, remedy_part: str | None) -> None:
    told = failed(FailureKind.SCRIPT_ERROR, message, type=kind)
    assert told is None if remedy_part is None else remedy_part in str(told)


def test_a_remedy_that_is_there_is_kept() -> None:
    assert failed(FailureKind.TIMED_OUT, remedy="Wait.") == "Wait."


@pytest.mark.parametrize("kind", [FailureKind.CANCELLED, FailureKind.ENVIRONMENT_FAILED, FailureKind.INPUT_INVALID])
def test_where_nothing_is_known_nothing_is_said(kind: FailureKind) -> None:
    assert failed(kind, "it is so") is None


def test_facts_of_any_form_are_survived() -> None:
    strange = {"columns": [1], "names": 3, "none_variables": {"a": 1}, "module": 4, "filename": [], "key": None}
    failure = Failure(
        FailureKind.SCRIPT_ERROR, "'a'", "KeyError", "script.py", 99, "f", (Frame("script.py", 99, "f", "x['a']"),)
    )
    context = FailureContext(_source("def azureml_main(:\n"), surroundings(""), strange)
    for kind in ("KeyError", "NameError", "ModuleNotFoundError", "FileNotFoundError", "AttributeError", "ValueError"):
        remedy(Failure(failure.kind, "'a'", kind, failure.file, 99, "f", failure.frames), context)


@pytest.mark.parametrize(
    ("kind", "message", "facts"),
    [
        ("ValueError", f"could not convert string to float: '{'much text ' * 500}'", {}),
        ("ValueError", f"Found input variables with inconsistent numbers of samples: [{'1000, ' * 500}]", {}),
        ("KeyError", "'a'", {"columns": {"x": [f"a column with a long name, the {n}th" * 4 for n in range(90)]}}),
        ("KeyError", f"'{'a' * 5000}'", {"columns": {"x": ["a" * 5001]}}),
        ("FileNotFoundError", f"No such file: '{'deep/' * 500}a.csv'", {}),
        ("ModuleNotFoundError", f"No module named '{'deep.' * 500}a'", {}),
        ("ImportError", f"Missing optional dependency '{'deep' * 500}'", {}),
    ],
)
def test_a_remedy_is_never_a_page(kind: str, message: str, facts: dict[str, object]) -> None:
    context = FailureContext(_source("def azureml_main(x=None):\n    return x\n"), surroundings(""), facts)
    frame = Frame("script.py", 2, "azureml_main", "x['a']")
    told = remedy(Failure(FailureKind.SCRIPT_ERROR, message, kind, "script.py", 2, "f", (frame,)), context).remedy
    assert told
    assert len(told) <= 400


def test_a_list_of_columns_says_how_many_more_there_are() -> None:
    names = [f"measure number {number}" for number in range(60)]
    context = FailureContext(_source("x = 1\n"), surroundings(""), {"columns": {"x": names}})
    frame = Frame("script.py", 1, "azureml_main", "x['unlike any']")
    failure = Failure(FailureKind.SCRIPT_ERROR, "'unlike any'", "KeyError", "script.py", 1, "f", (frame,))
    told = str(remedy(failure, context).remedy)
    assert told.startswith("x has the columns 'measure number 0', 'measure number 1', ")
    assert told.endswith(f" and {60 - told.count('measure')} more.")


def test_no_remedy_of_the_check_is_a_page() -> None:
    for path in SCRIPTS:
        for finding in check(read_source(path.read_bytes(), path.name), surroundings("")):
            assert len(finding.remedy) <= 400


def test_the_notes_of_the_tables_are_short() -> None:
    for library in set(LIBRARIES.values()):
        for row in rows_of(library):
            assert len(row.note) <= 250


@pytest.mark.parametrize(
    ("message", "remedy_part"),
    [
        ("'utf-8' codec can't encode character '\\udcff' in position 0: surrogates not allowed", "half a character"),
        ("'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in range(128)", "encoding='utf-8'"),
    ],
)
def test_text_that_cannot_become_bytes_is_told_why(message: str, remedy_part: str) -> None:
    assert remedy_part in str(failed(FailureKind.SCRIPT_ERROR, message, type="UnicodeEncodeError"))
