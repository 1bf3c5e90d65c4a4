"""A pipeline that is built in Python holds what its file would hold, or is refused in a sentence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import transom
from transom.errors import ResultUnwritable, WrongUse


def entered(folder: Path, rows: Any, **more: Any) -> transom.Pipeline:
    pipeline = transom.Pipeline(folder=folder)
    pipeline.step("made", "enter_data_manually", rows=rows, **more)
    return pipeline


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused_with_what_stands_for_a_missing_value(tmp_path: Path, number: float) -> None:
    with pytest.raises(WrongUse, match=r"A number in rows of the step made is .*None \(null in a file\) for a missing"):
        _ = entered(tmp_path, [["x"], [number]]).value
    pipeline = entered(tmp_path, [["x"], [1]])
    pipeline.input("share", number)
    with pytest.raises(WrongUse, match="A number in the input share is"):
        _ = pipeline.value


@pytest.mark.parametrize("kind", ["number", "integer", "string"])
def test_a_number_that_is_none_is_refused_for_a_run(tmp_path: Path, kind: str) -> None:
    pipeline = entered(tmp_path, [["x"], [1]])
    pipeline.input("given", type=kind)
    for number in (math.nan, math.inf):
        with pytest.raises(WrongUse, match="A number in the input given is"):
            pipeline.run(given=number)


def test_an_infinite_limit_lifts_it(tmp_path: Path) -> None:
    value = entered(tmp_path, [["x"], [1]], limits={"timeout": math.inf, "memory": "none"}).value
    assert value.steps["made"].limits == {"timeout": math.inf, "memory": math.inf}


@pytest.mark.parametrize("letter", ["k", "é", "😀"])
def test_a_key_that_is_too_long_for_a_file_is_told_to_be(tmp_path: Path, letter: str) -> None:
    with pytest.raises(WrongUse, match="A key in rows of the step made has 2,000 characters, too many"):
        _ = entered(tmp_path, [{letter * 2_000: 1}]).value
    rows = [{letter * 900: 1}]
    assert entered(tmp_path, rows).value.steps["made"].parameters["rows"] == rows


def test_values_too_deep_are_told_to_be(tmp_path: Path) -> None:
    rows: list[Any] = []
    for _ in range(5_000):
        rows = [rows]
    with pytest.raises(WrongUse, match="too deep"):
        _ = entered(tmp_path, rows).value
    rows[0] = rows
    with pytest.raises(WrongUse, match="too deep"):
        _ = entered(tmp_path, rows).value


@pytest.mark.parametrize(
    "text",
    ["😀", "\\ud83d\\ude00", "\\😀", "é\x7f\x85\u2028\ufeff\U000e0001", 'a"b\\n\n\t\x00', "\ud83d", "\ud800\ud800"],
)
def test_a_text_stays_as_it_is(tmp_path: Path, text: str) -> None:
    rows = [[text], [{text: text}]]
    assert entered(tmp_path, rows).value.steps["made"].parameters["rows"] == rows


def test_what_is_no_value_of_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for rows in ([["x"], [object()]], [["x"], [{1, 2}]], [["x"], [{(1, 2): 3}]]):
        with pytest.raises(WrongUse, match="A pipeline holds texts, numbers, lists and mappings"):
            _ = entered(tmp_path, rows).value


@pytest.mark.parametrize("bundle", [".", "..", "~nosuch/x"])
def test_it_is_written_over_its_own_file_and_over_nothing_else_that_it_is_made_of(tmp_path: Path, bundle: str) -> None:
    (tmp_path / "clean.py").write_text("def azureml_main(a, b):\n    return a\n")
    pipeline = transom.Pipeline(folder=tmp_path)
    pipeline.step("clean", "execute_python_script", script="clean.py", script_bundle=bundle)
    pipeline.write(tmp_path / "p.yml")
    pipeline.write(tmp_path / "p.yml")
    assert transom.Pipeline.read(tmp_path / "p.yml") == pipeline
    for place in (tmp_path / "clean.py", tmp_path, Path("\0")):
        with pytest.raises(ResultUnwritable):
            pipeline.write(place)
    assert (tmp_path / "clean.py").read_text().startswith("def")
