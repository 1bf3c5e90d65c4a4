"""What a script may do, leave and print, on the newest and on the oldest Python."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from tests.engine.conftest import script
from tests.engine.running import Done, Worker


def running_with(mark: str) -> list[int]:
    """The ids of the processes that have this among their arguments."""
    return [each.pid for each in psutil.process_iter(["cmdline"]) if mark in (each.info["cmdline"] or ())]


def table(done: Done, number: int = 1) -> dict[str, list[object]]:
    """The columns of a result as Python lists."""
    assert done.outcome.failure is None, done.outcome.failure
    columns: dict[str, list[object]] = pa.ipc.open_file(str(done.result(number))).read_all().to_pydict()
    return columns


def test_a_background_process_does_not_survive(worker: Worker) -> None:
    mark = f"left behind {worker.folder}"
    done = worker.run(script("leaves_a_background_process"), bundle={"mark.txt": mark})
    assert table(done)["lives"] == [True]
    ended = time.monotonic() + 5  # it was killed; the kernel may still be taking its memory down
    while running_with(mark) and time.monotonic() < ended:
        time.sleep(0.01)
    assert not running_with(mark)


def test_a_thread_left_behind_is_no_failure(worker: Worker) -> None:
    assert table(worker.run(script("leaves_a_thread"))) == {"a": [1]}


def test_open_files_are_flushed_and_exit_functions_run(worker: Worker) -> None:
    done = worker.run(script("writes_a_file_and_never_closes_it"))
    assert done.file("outputs.txt") == b"not flushed"
    assert "said at exit" in done.log


def test_a_fork_of_the_script_that_returns_does_not_answer(worker: Worker) -> None:
    assert table(worker.run(script("forks_and_both_return"))) == {"is_parent": [True]}


def test_spawned_processes_import_the_script_again(worker: Worker) -> None:
    assert table(worker.run(script("spawns_processes_that_import_it"))) == {"x": [2, 4]}


def test_joblib_imports_the_script_again(worker: Worker) -> None:
    assert table(worker.run(script("uses_joblib"))) == {"x": [0, 1, 4, 9]}


def test_everything_printed_reaches_one_log_in_order(worker: Worker) -> None:
    log = worker.run(script("prints_from_everywhere")).log
    places = [log.index(f"{number} ") for number in range(1, 9)]
    assert places == sorted(places)
    assert "1 stdout no line's end\n2 stderr\n3 shell\n4 child é\n" in log
    assert "8 bytes \\udcff that are no text" in log


def test_standard_input_is_empty(worker: Worker) -> None:
    assert table(worker.run(script("reads_standard_input"))) == {"read": [""]}


def test_figures_are_kept_once_and_without_a_screen(worker: Worker) -> None:
    done = worker.run(script("draws_figures"))
    assert done.outcome.failure is None
    assert done.file_names == ["figure_2.png", "figure_3.png", "saved.png", "saved_then_drawn_on.png"]
    assert done.file("figure_2.png") != done.file("saved_then_drawn_on.png")
    assert done.log == "drawn\n"


def test_what_is_left_is_kept_by_its_kind_and_size(worker: Worker) -> None:
    worker.left_bytes = 1000
    done = worker.run(script("leaves_files_everywhere"))
    assert done.file_names == ["graphics/same.svg", "logs/train.log", "outputs/model.bin", "small.txt"]
    assert done.file("small.txt") == b"s"
    dropped, odd = done.outcome.warnings
    assert "large.txt (5,000 bytes)" in dropped
    assert odd.endswith("link.png, pipe.png.")


def test_metrics_and_uploads_are_kept(worker: Worker) -> None:
    done = worker.run(script("logs_metrics"), bundle={"deep/one.txt": "1"})
    assert done.outcome.failure is None, done.outcome.failure
    assert done.outcome.metrics == {
        "accuracy": 0.93,
        "loss": [3, 2],
        "primes": [2, 3, 5],
        "rows": {"x": [1, 2], "y": ["a", None]},
        "table": {"x": [1, 2], "y": [3, 4]},
        "plot": "plot.png",
    }
    assert done.outcome.tags == {"team": "blue"}
    assert {"kept/a.txt", "folder/deep/one.txt", "plot.png"} <= set(done.file_names)
    assert "['folder/deep/one.txt', 'kept/a.txt', 'plot.png']" in done.log


def test_the_working_directory_is_fresh_and_no_name_of_ours_is_in_the_way(worker: Worker) -> None:
    found = table(worker.run(script("tells_where_it_is")))
    assert found.pop("arguments") == [1]
    assert found == {name: [True] for name in found}


def test_the_windows_spelling_of_the_bundle_works(worker: Worker) -> None:
    done = worker.run(
        script("uses_the_windows_spelling"), bundle={"data/text.txt": "hello", "lib/tool.py": "NAME = 'tool'\n"}
    )
    assert table(done) == {"text": ["hello", "hello"], "tool": ["tool", "tool"]}
    assert done.file_names == []


def test_a_frame_is_the_script_s_own(worker: Worker, tmp_path: Path) -> None:
    given = tmp_path / "given.arrow"
    with pa.ipc.new_file(str(given), pa.schema([("a", pa.int64())])) as writer:
        writer.write_table(pa.table({"a": [1, 2]}))
    before = given.read_bytes()
    done = worker.run(script("changes_its_input_in_place"), {"dataset1": given})
    assert table(done) == {"a": [7, 2]}
    assert (
        next(worker.blobs.open(digest).read() for digest in worker.blobs.digests() if digest == _digest(given))
        == before
    )


def _digest(path: Path) -> str:
    from transom.store.blobs import digest_of

    return digest_of(path)


def test_a_progress_bar_is_one_line_in_the_log(worker: Worker) -> None:
    assert worker.run(script("draws_progress_bars")).log == "100%|##########\ndone\n"


BUNDLE_OF_ONE_FOLDER = {"project/mine.py": "V = 1\n", "project/src/deeper.py": "V = 2\n", "__MACOSX/._mine.py": "x"}


def test_a_bundle_of_one_folder_is_found_without_it(worker: Worker) -> None:
    done = worker.run(
        "import deeper, mine, pandas\ndef azureml_main():\n    return pandas.DataFrame({'v': [mine.V, deeper.V]}),\n",
        bundle=BUNDLE_OF_ONE_FOLDER,
    )
    assert table(done) == {"v": [1, 2]}


def test_a_bundle_does_not_shadow_the_standard_library_and_says_so(worker: Worker) -> None:
    done = worker.run(
        "import calendar, app, test, pandas\n"
        "def azureml_main():\n    return pandas.DataFrame({'v': [hasattr(calendar, 'month'), app.V, test.V]}),\n",
        bundle={"calendar.py": "V = 1\n", "app.py": "V = True\n", "test/__init__.py": "V = True\n"},
    )
    assert table(done) == {"v": [True, True, True]}
    (warning,) = done.outcome.warnings
    assert "calendar.py of the script bundle" in warning
    assert os.sep + "calendar.py has that name" in warning


@pytest.mark.parametrize(
    "source",
    [
        "# -*- coding: latin-1 -*-\nname = 'é'\ndef azureml_main():\n    assert name == '\\xe9'\n".encode("latin-1"),
        b"\xef\xbb\xbfname = '\xc3\xa9'\r\ndef azureml_main():\r\n\tassert name == '\\xe9'\r\n",
        b"name = 1\rdef azureml_main():\r    assert name == 1\r",
    ],
    ids=["latin-1 with a cookie", "UTF-8 with a byte order mark, CRLF and tabs", "CR alone"],
)
def test_the_encodings_and_line_ends_of_python_are_read(worker: Worker, source: bytes) -> None:
    assert worker.run(source).outcome.failure is None


@pytest.mark.parametrize(
    "statement",
    [
        "sys.stdout = None",
        "sys.stdout.close()",
        "sys.stdout = open('own.txt', 'w'); sys.stdout.close()",
        "sys.stdout = type('Tee', (), {'write': lambda self, text: None})()",
        "kept.append(type('Lazy', (), {'__class__': property(lambda self: 1 / 0)})())",
    ],
)
def test_a_script_may_do_as_it_likes_with_its_streams_and_objects(worker: Worker, statement: str) -> None:
    done = worker.run(
        f"import sys, pandas\nkept = []\ndef azureml_main():\n    {statement}\n    return pandas.DataFrame({{'a': [1]}}),\n"
    )
    assert table(done) == {"a": [1]}


def test_a_copy_that_comes_back_does_not_touch_the_results(worker: Worker) -> None:
    done = worker.run(
        "import os, pandas, sys\ndef azureml_main():\n    copy = os.fork()\n    if copy == 0:\n        sys.exit(3)\n"
        "    return pandas.DataFrame({'code': [os.waitpid(copy, 0)[1] >> 8]}),\n"
    )
    assert table(done) == {"code": [3]}


def test_a_figure_that_the_sdk_has_kept_has_the_name_that_it_was_given(worker: Worker) -> None:
    source = (
        "from azureml.core import Run\nfrom matplotlib import pyplot as plt\n"
        "def azureml_main(a=None, b=None):\n    figure, axes = plt.subplots(); axes.plot([1, 2])\n"
        "    Run.get_context(allow_offline=True).log_image('told', plot=figure)\n"
    )
    assert worker.run(source).file_names == ["told.png"]


def test_a_figure_that_cannot_be_drawn_does_not_lose_the_others(worker: Worker) -> None:
    done = worker.run(
        "import io\nimport matplotlib.pyplot as plt\ndef azureml_main():\n"
        "    plt.figure(); plt.plot([1, 2]); plt.title('$\\\\frac{1$')\n    plt.figure(); plt.plot([3, 4])\n"
        "    plt.figure(); plt.plot([5, 6]); plt.savefig(io.BytesIO())\n"
    )
    assert done.file_names == ["figure_2.png", "figure_3.png"]
    assert "figure 1 could not be drawn" in done.outcome.warnings[0]


def test_a_backend_set_in_rcparams_needs_no_screen_either(host: Worker) -> None:
    done = host.run(
        "import matplotlib\nmatplotlib.rcParams['backend'] = 'TkAgg'\nimport matplotlib.pyplot as plt\n"
        "def azureml_main():\n    plt.plot([1, 2])\n    plt.savefig('a.png')\n"
    )
    assert done.outcome.failure is None
    assert done.file_names == ["a.png"]


def test_a_name_that_is_a_file_here_and_a_folder_there_is_kept_twice(host: Worker) -> None:
    done = host.run(
        "import os\nfrom azureml.core import Run\ndef azureml_main():\n    open('x.txt', 'w').write('1')\n"
        "    Run.get_context().upload_file('a', 'x.txt')\n    os.makedirs('a')\n    open('a/b.txt', 'w').write('2')\n"
    )
    assert done.file_names == ["a", "a_2/b.txt", "x.txt"]


def test_processes_that_the_script_starts_find_the_sdk(worker: Worker) -> None:
    done = worker.run(
        "import subprocess, sys\ndef azureml_main():\n    subprocess.check_call([sys.executable, '-c', "
        "'from azureml.core import Run; Run.get_context().log(\"n\", 1)'])\n"
    )
    assert (done.outcome.failure, done.outcome.metrics) == (None, {"n": 1})


def test_a_warning_names_the_person_s_file(worker: Worker) -> None:
    done = worker.run("import warnings\ndef azureml_main():\n    warnings.warn('careful')\n")
    assert "script.py:3: UserWarning: careful" in done.log


def test_an_async_entry_point_ends_its_tasks(worker: Worker) -> None:
    done = worker.run(
        "import asyncio\nasync def endless():\n    try:\n        await asyncio.sleep(600)\n    finally:\n        print('ended')\n"
        "async def azureml_main():\n    asyncio.ensure_future(endless())\n    await asyncio.sleep(0)\n"
    )
    assert done.outcome.failure is None
    assert done.log == "ended\n"
