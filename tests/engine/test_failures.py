"""What is told of a script that fails, crashes or leaves: the person's own lines, and nothing of ours."""

from __future__ import annotations

import pytest
from tests.engine.conftest import script
from tests.engine.running import GUARDED, OPEN, Worker
from tests.engine.test_what_scripts_do import running_with

from transom.engine.confinement import Grounds
from transom.model.runs import Failure


def failure_of(worker: Worker, text: str, bundle: dict[str, str] | None = None) -> Failure:
    failure = worker.run(text, bundle=bundle).outcome.failure
    assert failure is not None
    return failure


def test_only_frames_of_script_and_bundle_are_told(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "import part\nimport pandas as pd\ndef azureml_main():\n    part.fail(pd.DataFrame({'a': [1]}))\n",
        {"part.py": "def fail(frame):\n    return frame['b']\n"},
    )
    assert [(frame.file, frame.line, frame.function, frame.code) for frame in failure.frames] == [
        ("script.py", 4, "azureml_main", "part.fail(pd.DataFrame({'a': [1]}))"),
        ("bundle/part.py", 2, "fail", "return frame['b']"),
    ]
    assert (failure.type, failure.file, failure.line) == ("KeyError", "bundle/part.py", 2)


def test_a_chain_of_exceptions_is_told(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "def azureml_main():\n    try:\n        {}['k']\n    except KeyError as wrong:\n"
        "        raise ValueError('no k') from wrong\n",
    )
    assert (failure.type, failure.message, failure.line) == ("ValueError", "no k", 5)
    (cause,) = failure.causes
    assert (cause.type, cause.message, cause.frames[0].line) == ("KeyError", "'k'", 3)


def test_a_syntax_error_names_its_line(worker: Worker) -> None:
    failure = failure_of(worker, "import pandas\ndef azureml_main()\n    pass\n")
    assert (failure.kind, failure.line, failure.frames[-1].code) == ("script_syntax", 2, "def azureml_main()")


def test_a_syntax_error_in_the_bundle_is_an_error_of_the_script_there(worker: Worker) -> None:
    failure = failure_of(worker, "import part\ndef azureml_main():\n    pass\n", {"part.py": "x = 1\ny = = 2\n"})
    assert (failure.kind, failure.type) == ("script_error", "SyntaxError")
    assert (failure.file, failure.line) == ("bundle/part.py", 2)


def test_a_very_deep_recursion_is_told_in_part(worker: Worker) -> None:
    failure = failure_of(worker, "def azureml_main():\n    return azureml_main()\n")
    assert failure.type == "RecursionError"
    assert 2 <= len(failure.frames) <= 40


def test_an_exception_whose_text_cannot_be_made_is_told_all_the_same(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n"
        "def azureml_main():\n    raise Odd()\n",
    )
    assert (failure.type, failure.line) == ("Odd", 5)


@pytest.mark.parametrize(("code", "exit_code"), [("", 0), ("0", 0), ("4", 4), ("'why'", 1)])
def test_leaving_by_sys_exit_is_a_failure(host: Worker, code: str, exit_code: int) -> None:
    failure = failure_of(host, f"import sys\ndef azureml_main():\n    sys.exit({code})\n")
    assert (failure.kind, failure.exit_code, failure.line) == ("script_exited", exit_code, 3)


def test_a_signal_that_ends_the_process_is_named(worker: Worker) -> None:
    failure = failure_of(worker, "import os\ndef azureml_main():\n    os.kill(os.getpid(), 9)\n")
    assert (failure.kind, failure.signal) == ("process_died", "SIGKILL")


def test_a_crash_tells_the_line_also_in_the_bundle(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "import part\ndef azureml_main():\n    part.crash()\n",
        {"part.py": "import ctypes\ndef crash():\n    ctypes.string_at(0)\n"},
    )
    assert failure.signal == "SIGSEGV"
    assert [(frame.file, frame.line) for frame in failure.frames] == [("script.py", 3), ("bundle/part.py", 3)]


@pytest.mark.parametrize("grounds", [OPEN, GUARDED], ids=["open", "guarded"])
def test_a_script_that_kills_its_supervisor_leaves_nothing_behind(worker: Worker, grounds: Grounds) -> None:
    worker.grounds = grounds
    failure = failure_of(worker, script("kills_its_supervisor"))
    assert failure.kind == ("process_died" if grounds is OPEN else "script_error")
    assert not running_with("601")


def test_a_result_that_cannot_be_stored_names_its_column(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "import pandas as pd\ndef azureml_main():\n    return pd.DataFrame({'fine': [1], 'odd': [object()]}),\n",
    )
    assert failure.kind == "result_invalid"
    assert "result_dataset" in failure.message
    assert "'odd'" in failure.message
    assert "object" in failure.message


def test_an_error_in_a_spawned_process_names_the_person_s_file(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "import multiprocessing\ndef fail(x):\n    raise ValueError(x)\ndef azureml_main():\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        pool.map(fail, [1])\n",
    )
    assert failure.type == "ValueError"
    assert "user_script_" not in str(failure)


def test_an_error_in_a_sequence_of_the_script_is_the_script_s(worker: Worker) -> None:
    failure = failure_of(
        worker,
        "from collections.abc import Sequence\nclass Odd(Sequence):\n    def __len__(self):\n        return 1\n"
        "    def __getitem__(self, key):\n        raise KeyError('boo')\ndef azureml_main():\n    return Odd()\n",
    )
    assert (failure.kind, failure.type, failure.line) == ("script_error", "KeyError", 6)


def test_a_script_that_breaks_what_is_needed_afterwards_is_told_so(worker: Worker) -> None:
    failure = failure_of(worker, "import os, shutil\ndef azureml_main():\n    shutil.rmtree('../outputs')\n")
    assert failure.kind == "result_invalid"
    assert "could not be written" in failure.message


CLOSES_ALL = (
    "import os\ndef azureml_main():\n    for each in range(3, 100):\n        try:\n            os.close(each)\n"
    "        except OSError:\n            pass\n"
)


def test_a_script_that_closes_every_descriptor_has_ended_well(worker: Worker) -> None:
    done = worker.run(CLOSES_ALL)
    assert (done.outcome.failure, done.log) == (None, "")


def test_nothing_of_ours_is_written_to_a_file_that_has_a_closed_descriptor(worker: Worker) -> None:
    opened = "    for each in range(50):\n        os.open('./outputs/%d' % each, os.O_CREAT | os.O_WRONLY)\n"
    done = worker.run(f"{CLOSES_ALL}    os.makedirs('./outputs', exist_ok=True)\n{opened}")
    assert (done.outcome.failure, done.log) == (None, "")
    assert {each.bytes for each in done.outcome.files} == {0}
