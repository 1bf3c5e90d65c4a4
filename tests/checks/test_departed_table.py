"""The table of departed names agrees with the libraries themselves, in every environment that is here."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.environments import ENVIRONMENTS, OldEnvironment, python_of

from transom.engine.checks.departures import LIBRARIES, Departure, rows_of
from transom.engine.checks.surroundings import environment_facts, numbers

LIBRARY_FILES = sorted({*LIBRARIES.values(), "python"})
ROWS = [row for library in LIBRARY_FILES for row in rows_of(library)]
ASK = Path(__file__).with_name("ask_libraries.py")
HOST = OldEnvironment("host", "", ())
#: An old name that a library has in some versions between, or only inside of a type that is not asked here.
SEEN_BETWEEN = {("pad", "3.0"), ("backfill", "3.0"), ("select", "0.25"), ("has_key", "3.0"), ("is_first_col", "3.7")}
HOLDERS = {
    "frame": "pandas.DataFrame",
    "series": "pandas.Series",
}


def test_there_are_enough_rows_of_each_library() -> None:
    assert len(ROWS) > 300
    assert all(len(rows_of(library)) >= 2 for library in LIBRARY_FILES)


def test_every_row_says_what_to_do() -> None:
    for row in ROWS:
        assert row.note or row.become or row.call or row.rename or row.values or row.drop or row.special or row.names, (
            row
        )
        assert numbers(row.gone), row


@cache
def answers(environment: OldEnvironment) -> dict[str, object]:
    interpreter = sys.executable if environment is HOST else python_of(environment)
    if interpreter is None:
        pytest.skip(f"there is no Python {environment.python} on this machine")
    asked = {
        "names": sorted({row.path for row in ROWS if row.kind == "name"} | set(replacements())),
        "methods": [[row.on, row.name] for row in methods()],
        "parameters": [[path, name] for _, path, name in parameters()],
    }
    done = subprocess.run(
        [str(interpreter), "-W", "ignore", str(ASK)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told | {"facts": environment_facts(str(interpreter))}


def replacements() -> list[str]:
    return [row.become for row in ROWS if row.kind == "name" and "." in row.become]


def methods() -> list[Departure]:
    return [row for row in ROWS if row.kind == "method" and (row.name, row.gone) not in SEEN_BETWEEN and not row.hollow]


def parameters() -> list[tuple[Departure, str, str]]:
    found = []
    for row in ROWS:
        if row.kind == "keyword":
            for function in row.of:
                if not function.startswith("."):
                    found.append((row, function, row.name))
                elif set(row.on) & set(HOLDERS):
                    found += [(row, HOLDERS[kind] + function, row.name) for kind in row.on if kind in HOLDERS]
    return found


EVERY = pytest.mark.parametrize("environment", [*ENVIRONMENTS, HOST], ids=lambda each: each.name)


@EVERY
def test_a_name_is_there_until_the_version_that_the_table_gives(environment: OldEnvironment) -> None:
    told = answers(environment)
    wrong = []
    for row in (each for each in ROWS if each.kind == "name"):
        version = told["facts"].version(row.library)  # type: ignore[attr-defined]
        if version is None or ("." not in row.path and row.library != "python"):
            continue
        if row.introduced and version < numbers(row.introduced):
            continue
        if row.hollow and version < numbers(row.hollow):
            continue
        is_there = told["names"][row.path]  # type: ignore[index]
        if is_there == row.is_gone(version):
            wrong.append((row.path, row.gone, version, is_there))
    assert not wrong, "\n".join(map(str, wrong))


@EVERY
def test_a_method_is_there_until_the_version_that_the_table_gives(environment: OldEnvironment) -> None:
    told = answers(environment)
    wrong = []
    for row, is_there in zip(methods(), told["methods"], strict=True):  # type: ignore[call-overload]
        version = told["facts"].version(row.library)  # type: ignore[attr-defined]
        if version is not None and is_there is not None and is_there == row.is_gone(version):
            wrong.append((row.on, row.name, row.gone, version, is_there))
    assert not wrong, "\n".join(map(str, wrong))


@EVERY
def test_a_parameter_is_there_until_the_version_that_the_table_gives(environment: OldEnvironment) -> None:
    told = answers(environment)
    wrong = []
    for (row, path, name), is_there in zip(parameters(), told["parameters"], strict=True):  # type: ignore[call-overload]
        version = told["facts"].version(row.library)  # type: ignore[attr-defined]
        if version is None or is_there is None or (row.introduced and version < numbers(row.introduced)):
            continue
        if is_there == row.is_gone(version):
            wrong.append((path, name, row.gone, version, is_there))
    assert not wrong, "\n".join(map(str, wrong))


def test_what_replaces_a_name_is_there() -> None:
    told = answers(HOST)
    names = told["names"]
    assert isinstance(names, dict)
    others = ("numpy_financial", "six", "seaborn", "str.")  # packages that the tests' environment lacks
    missing = [name for name in set(replacements()) if not names[name] and not name.startswith(others)]
    assert missing == []
