"""`transom.run` from Python."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from tests.workspace import clean_up

import transom
from transom.errors import NotThere, ScriptFailed, TransomError, WrongUse

CARS = pd.DataFrame({"make": ["audi", "bmw"], "price": [10, 20]})


def script(folder: Path, body: str) -> Path:
    path = folder / "script.py"
    path.write_text(f"def azureml_main(a=None, b=None):\n    {body}\n")
    return path


def test_a_script_runs_on_a_frame_and_gives_it_back(tmp_path: Path) -> None:
    result = transom.run(script(tmp_path, "print('hello'); return a,"), dataset1=CARS)
    assert result.succeeded
    assert result.result_dataset is not None
    pd.testing.assert_frame_equal(result.result_dataset.to_pandas(), CARS)
    assert result.result_dataset.to_arrow().num_rows == 2
    assert result.result_dataset2 is not None
    assert len(result.result_dataset2) == 0
    assert result.log == "hello\n"


def test_a_frame_keeps_its_dtypes_and_its_index(tmp_path: Path) -> None:
    frame = clean_up.stamps()
    result = transom.run(script(tmp_path, "return b,"), dataset2=frame, check=True)
    assert result.result_dataset is not None
    pd.testing.assert_frame_equal(result.result_dataset.to_pandas(), frame, check_freq=False)


def test_an_arrow_table_and_a_path_can_be_connected(tmp_path: Path) -> None:
    CARS.to_csv(tmp_path / "cars.csv", index=False)
    table = pa.table({"x": [1, 2, 3]})
    result = transom.run(script(tmp_path, "return a, b"), str(tmp_path / "cars.csv"), table, sample=1, check=True)
    assert [len(each) for each in (result.result_dataset, result.result_dataset2) if each is not None] == [1, 1]


def test_a_function_of_a_file_runs_in_its_own_process() -> None:
    result = transom.run(clean_up.doubled, dataset1=CARS, check=True)
    assert result.result_dataset is not None
    assert list(result.result_dataset.to_pandas()["price"]) == [20, 40]


@pytest.mark.parametrize(
    ("function", "words"),
    [(clean_up.outer(), "at the top"), (lambda a: a, "at the top"), (len, "not defined in a file")],
)
def test_a_function_that_no_other_process_can_reach_is_refused(function: object, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        transom.run(function)  # type: ignore[arg-type]


def test_check_raises_with_the_script_s_own_frames(tmp_path: Path) -> None:
    path = script(tmp_path, "return a['prize']")
    with pytest.raises(ScriptFailed) as raised:
        transom.run(path, dataset1=CARS, check=True)
    text = str(raised.value)
    assert f'File "{path}", line 2, in azureml_main' in text
    assert "KeyError" in text
    assert "price" in text
    assert pickle.loads(pickle.dumps(raised.value)).failure == raised.value.failure


def test_without_check_a_failure_is_data(tmp_path: Path) -> None:
    result = transom.run(script(tmp_path, "raise ValueError('no')"))
    assert result.failure is not None
    assert (result.failure.type, result.failure.message, result.failure.line) == ("ValueError", "no", 2)
    assert result.result_dataset is None


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="A dict cannot be connected"):
        transom.run(script(tmp_path, "return a,"), dataset1={"a": [1]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"timeout": "soon"}, {"timeout": -1}, {"memory": "much"}, {"memory": 0}, {"sample": -1}]
)
def test_a_limit_that_is_none_is_wrong_use(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(WrongUse):
        transom.run(script(tmp_path, "return a,"), dataset1=CARS, **wrong)  # type: ignore[arg-type]


def test_text_in_memory_is_read_as_csv(tmp_path: Path) -> None:
    result = transom.run(script(tmp_path, "return a,"), dataset1=io.StringIO("x\n1\n"), check=True)  # type: ignore[arg-type]
    assert len(result.tables["result_dataset"]) == 1


def test_a_script_that_removes_its_folder_is_told_of(tmp_path: Path) -> None:
    body = "import os, shutil; shutil.rmtree(os.getcwd()); raise ValueError('gone')"
    failure = transom.run(script(tmp_path, body)).failure
    assert failure is not None
    assert (failure.type, failure.message) == ("ValueError", "gone")


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    script(tmp_path, "return a,")
    with pytest.raises(NotThere, match=r"Did you mean .*script\.py"):
        transom.run(tmp_path / "scrpt.py")


def test_a_script_without_a_main_guard_does_not_run_itself(tmp_path: Path) -> None:
    path = tmp_path / "self.py"
    path.write_text(
        "import transom\ndef azureml_main(a=None, b=None):\n    pass\n"
        "result = transom.run(__file__)\nprint(result.failure.type, result.failure.message)\n"
    )
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("RunInsideScript")
    assert "main guard" in done.stdout


def test_every_error_has_a_code_a_sentence_and_a_remedy() -> None:
    kinds = _all_below(TransomError)
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    for kind in kinds:
        assert kind.__doc__
        assert kind.remedy_text
        assert kind.exit_code in (1, 2, 3, 5)


def _all_below(kind: type[TransomError]) -> list[type[TransomError]]:
    return [each for below in kind.__subclasses__() for each in (below, *_all_below(below))]
