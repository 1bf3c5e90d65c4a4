"""`transom run`: what it prints, writes and leaves."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from tests.cli.transom import IDENTITY, Desk


def test_it_shows_what_was_read_the_log_and_the_first_rows(desk: Desk) -> None:
    desk.write("say.py", "def azureml_main(a=None, b=None):\n    print('working')\n    return a,\n")
    said = desk.transom("run", "say.py", "cars.csv")
    assert (said.code, said.out) == (0, "")
    for words in ("cars.csv: 2 rows x 3 columns", "zip text", "price whole number", "working", "audi", "succeeded in"):
        assert words in said.err
    assert "result_dataset2" not in said.err


def test_standard_output_carries_data_only(desk: Desk) -> None:
    said = desk.transom("run", "same.py", "-", "--result1", "-", stdin=b"a,b\n1,x\n")
    assert (said.code, said.out.splitlines()) == (0, ["a,b", "1,x"])


def test_quiet_shows_nothing_but_failures(desk: Desk) -> None:
    assert desk.transom("run", "same.py", "cars.csv", "--quiet").err == ""
    desk.write("bad.py", "def azureml_main(a=None, b=None):\n    return 1 / 0\n")
    said = desk.transom("run", "bad.py", "--quiet")
    assert said.code == 1
    assert "ZeroDivisionError" in said.err
    assert "bad.py:2 in azureml_main" in said.err


def test_json_prints_one_document_with_paths_that_are_there(desk: Desk) -> None:
    desk.write(
        "make.py",
        "from azureml.core import Run\ndef azureml_main(a=None, b=None):\n    print('said')\n"
        "    Run.get_context().log('n', 3)\n    open('note.txt', 'w').write('hi')\n    return a,\n",
    )
    document = desk.transom("run", "make.py", "cars.csv", "--json").document
    assert set(document) >= {
        "run", "status", "failure", "results", "files", "metrics", "warnings", "seconds", "log", "folder",
    }  # fmt: skip
    assert (document["status"], document["failure"], document["metrics"]) == ("succeeded", None, {"n": 3})
    first = document["results"]["result_dataset"]
    assert first["rows"] == 2
    assert [column["name"] for column in first["columns"]] == ["make", "price", "zip"]
    assert document["results"]["result_dataset2"]["rows"] == 0
    assert Path(first["path"]).is_file()
    (file,) = document["files"]
    assert (file["name"], file["media_type"], file["bytes"]) == ("note.txt", "text/plain", 2)
    assert Path(file["path"]).read_text() == "hi"
    assert "said\n" in Path(document["log"]).read_text()
    assert set(document["seconds"]) == {"total", "start", "read", "script", "write"}


def test_json_stays_json_when_a_metric_is_no_number(desk: Desk) -> None:
    desk.write(
        "nan.py",
        "from azureml.core import Run\ndef azureml_main(a=None, b=None):\n"
        "    Run.get_context().log('loss', float('nan'))\n    Run.get_context().log_list('all', [1, float('-inf')])\n",
    )
    said = desk.transom("run", "nan.py", "--json")
    assert "NaN" not in re.sub(r'"NaN"', "", said.out)
    assert said.document["metrics"] == {"loss": "NaN", "all": [1, "-Infinity"]}


def test_json_tells_of_a_failure_with_the_person_s_lines(desk: Desk) -> None:
    desk.write("bad.py", "def azureml_main(a=None, b=None):\n    return a['Price']\n")
    said = desk.transom("run", "bad.py", "cars.csv", "--json")
    failure = said.document["failure"]
    assert said.code == 1
    assert (failure["kind"], failure["type"], failure["file"], failure["line"]) == (
        "script_error", "KeyError", "bad.py", 2,
    )  # fmt: skip
    assert failure["frames"] == [{"file": "bad.py", "line": 2, "function": "azureml_main", "code": "return a['Price']"}]
    assert "price" in failure["remedy"]
    assert Path(said.document["folder"], "work", "Script Bundle").is_dir()


def test_json_stays_json_when_a_text_is_none_that_utf_8_can_say(desk: Desk) -> None:
    desk.write(
        "odd.py",
        "def azureml_main(a=None, b=None):\n    open(b'bad\\xff.txt', 'w').close()\n    raise ValueError('\\ud800')\n",
    )
    said = desk.transom("run", "odd.py", "--json")
    assert (said.code, said.document["failure"]["message"]) == (1, r"\ud800")
    assert said.document["files"][0]["name"] == "bad_.txt"


def test_what_a_terminal_would_obey_is_shown_as_symbols(desk: Desk) -> None:
    desk.write("odd.csv", "e\x1b[31m,[red]\n\x1b[2J\x1b]0;t\x07,[/]\n")
    desk.write("odd.py", "def azureml_main(a=None, b=None):\n    raise ValueError('\x1b[2J')\n")
    for script in ("same.py", "odd.py"):
        said = desk.transom("run", script, "odd.csv")
        assert "\x1b" not in said.err.replace("\x1b[2K", "")
        assert "[red]" in said.err


def test_two_results_in_one_file_are_wrong_use(desk: Desk) -> None:
    assert desk.transom("run", "same.py", "cars.csv", "-1", "o.csv", "-2", "./o.csv").code == 2


def test_the_current_folder_can_be_the_output_folder(desk: Desk) -> None:
    (desk.folder / "empty").mkdir()
    inside = Desk(desk.folder / "empty")
    for _ in range(2):
        assert inside.transom("run", "../same.py", "../cars.csv", "--output", ".", "-q").code == 0
        names = {path.name for path in inside.folder.iterdir()}
        assert names == {"result_dataset.parquet", "result_dataset2.parquet", "log.txt", "outcome.json"}


def test_a_relative_data_folder_is_one_from_here(desk: Desk) -> None:
    said = desk.transom("run", "same.py", "cars.csv", "--json", TRANSOM_DATA_FOLDER="mine")
    assert Path(said.document["folder"]).parent == desk.folder / "mine" / "workspace" / "runs"


def test_a_full_disk_behind_standard_output_is_told(desk: Desk) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "transom", "run", "same.py", "--json"],
            cwd=desk.folder,
            env=desk.variables(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("error: The output cannot be written")


def test_a_terminate_signal_ends_the_run_as_an_interrupt_does(desk: Desk) -> None:
    desk.write("slow.py", "import time\ndef azureml_main(a=None, b=None):\n    print('on')\n    time.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "transom", "run", "slow.py", "--json"],
        cwd=desk.folder,
        env=desk.variables(),
        stdout=subprocess.PIPE,
        text=True,
    )
    runs = desk.data / "workspace" / "runs"
    while not any("on\n" in log.read_text() for log in runs.glob("*/log.txt")):
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    assert process.stdout is not None
    assert json.loads(process.stdout.read())["status"] == "cancelled"
    assert process.wait(20) == 130


def test_a_log_that_was_cut_is_told(desk: Desk) -> None:
    desk.write("much.py", "def azureml_main(a=None, b=None):\n    for n in range(1000):\n        print('x' * 99)\n")
    said = desk.transom("run", "much.py", "--json", TRANSOM_LOG_BYTES="2kB")
    assert any("log was cut" in warning for warning in said.document["warnings"])
    assert Path(said.document["log"]).stat().st_size < 3000


def test_json_tells_of_wrong_use(desk: Desk) -> None:
    said = desk.transom("run", "same.py", "--jason", "--json")
    assert said.code == 2
    assert said.document["error"]["code"] == "wrong_use"
    assert "--json" in said.document["error"]["message"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("out.csv", pd.read_csv),
        ("out.tsv", lambda path: pd.read_csv(path, sep="\t")),
        ("out.parquet", pd.read_parquet),
        ("out.feather", pd.read_feather),
    ],
)
def test_results_are_written_by_their_ending(desk: Desk, name: str, read: object) -> None:
    said = desk.transom("run", "same.py", "cars.csv", "-1", name, "--quiet")
    assert said.code == 0
    assert callable(read)
    assert list(read(desk.folder / name)["make"]) == ["audi", "bmw"]


def test_a_path_that_ends_in_a_slash_is_a_dataframe_directory_and_can_be_read_again(desk: Desk) -> None:
    assert desk.transom("run", "same.py", "cars.csv", "-1", "out/", "-q").code == 0
    assert {path.name for path in (desk.folder / "out").iterdir()} >= {"_meta.yaml", "_data.parquet", "schema"}
    said = desk.transom("run", "same.py", "out", "--expect1", "cars.csv")
    assert (said.code, "Equal to what was expected" in said.err) == (0, True), said.err


def test_what_was_expected_is_compared_cell_by_cell(desk: Desk) -> None:
    desk.write("wanted.csv", "make,price,zip\naudi,13951,06001\nbmw,,10115\n")
    said = desk.transom("run", "same.py", "cars.csv", "--expect1", "wanted.csv")
    assert said.code == 1
    assert "price" in said.err
    assert "13951" in said.err
    assert desk.transom("run", "same.py", "cars.csv", "--expect1", "wanted.csv", "--tolerance", "0.01").code == 0


def test_a_failed_run_leaves_the_result_file_as_it_was(desk: Desk) -> None:
    desk.write("out.csv", "old\n1\n")
    desk.write("bad.py", "def azureml_main(a=None, b=None):\n    raise ValueError('no')\n")
    assert desk.transom("run", "bad.py", "cars.csv", "-1", "out.csv").code == 1
    assert (desk.folder / "out.csv").read_text() == "old\n1\n"


def test_read_options_sample_and_named_datasets(desk: Desk) -> None:
    desk.write("german.csv", "a;b\n1,5;x\n2,5;y\n3,5;z\n".encode("cp1252"))
    said = desk.transom(
        "run", "same.py", "--dataset2", "german.csv", "--read2", "delimiter=;,decimal=,,encoding=cp1252,types=b:text",
        "--sample", "2", "-2", "out.csv", "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert (desk.folder / "out.csv").read_text() == "a,b\n1.5,x\n2.5,y\n"


def test_a_bundle_leaves_out_what_does_not_belong_to_it(desk: Desk) -> None:
    desk.write("bundle/part.py", "V = 1\n")
    desk.write("bundle/secret.txt", "x")
    desk.write("bundle/.transomignore", "secret.*\n")
    desk.write("bundle/.git/config", "x")
    desk.write(
        "list.py",
        "import os, part, pandas as pd\ndef azureml_main(a=None, b=None):\n"
        "    return pd.DataFrame({'name': sorted(os.listdir('Script Bundle'))}),\n",
    )
    said = desk.transom("run", "list.py", "-b", "bundle", "-1", "-", "-q")
    assert said.out.split() == ["name", "part.py"], said.err


def test_an_output_folder_gets_everything_and_is_replaced_by_the_next_run(desk: Desk) -> None:
    desk.write("draw.py", "def azureml_main(a=None, b=None):\n    open('a.png', 'w').write('p')\n    return a,\n")
    for _ in range(2):
        assert desk.transom("run", "draw.py", "cars.csv", "--output", "all", "-q").code == 0
        names = {str(path.relative_to(desk.folder / "all")) for path in (desk.folder / "all").rglob("*")}
        assert names == {
            "result_dataset.parquet", "result_dataset2.parquet", "files", "files/a.png", "log.txt", "outcome.json",
        }  # fmt: skip
    told = json.loads((desk.folder / "all" / "outcome.json").read_text())
    assert told["results"]["result_dataset"]["path"] == str(desk.folder / "all" / "result_dataset.parquet")
    assert [path.name for path in desk.folder.iterdir() if path.name.startswith(".")] == []


def test_an_output_folder_with_other_files_is_refused_before_anything_runs(desk: Desk) -> None:
    desk.write("mine/diary.txt", "dear")
    said = desk.transom("run", "same.py", "cars.csv", "--output", "mine")
    assert said.code == 2
    assert "mine" in said.err
    assert list((desk.data / "workspace" / "runs").iterdir()) == []


def test_the_newest_runs_are_kept(desk: Desk) -> None:
    folders = [desk.transom("run", "same.py", "--json", TRANSOM_RUNS_KEPT="2").document["folder"] for _ in range(3)]
    assert [Path(folder).exists() for folder in folders] == [False, True, True]


def test_a_time_limit_has_an_exit_code_of_its_own(desk: Desk) -> None:
    desk.write("slow.py", "import time\ndef azureml_main(a=None, b=None):\n    print('on')\n    time.sleep(60)\n")
    said = desk.transom("run", "slow.py", "--timeout", "3s", "--json")
    assert said.code == 124
    assert (said.document["status"], said.document["failure"]["kind"]) == ("timed_out", "timed_out")
    assert said.document["failure"]["line"] == 4
    assert "--timeout" in said.document["failure"]["remedy"]


def test_a_limit_is_given_and_lifted_by_its_option(desk: Desk) -> None:
    desk.write("big.py", "def azureml_main(a=None, b=None):\n    open('big', 'wb').write(b'x' * 3_000_000)\n")
    said = desk.transom("run", "big.py", "--file-size", "2MB", "--json")
    assert (said.code, said.document["failure"]["kind"]) == (1, "file_size_exceeded")
    assert "--file-size" in said.document["failure"]["remedy"]
    lifted = desk.transom("run", "big.py", "--file-size", "none", "--json", TRANSOM_FILE_SIZE="2MB")
    assert lifted.document["status"] == "succeeded"


def test_an_interrupt_stops_the_script_and_tells_of_it(desk: Desk) -> None:
    desk.write(
        "slow.py", "import time\ndef azureml_main(a=None, b=None):\n    print('on', flush=True)\n    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "transom", "run", "slow.py"],
        cwd=desk.folder,
        env=desk.variables(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "on\n"
    process.send_signal(signal.SIGINT)
    rest = process.stderr.read()
    assert process.wait(20) == 130
    assert "cancelled" in rest
    assert "slow.py:4 in azureml_main" in rest


def test_watching_runs_again_at_each_save(desk: Desk) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "transom", "run", "same.py", "cars.csv", "--watch"],
        cwd=desk.folder,
        env=desk.variables(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    _read_until(process, "watching same.py")
    desk.write("same.py", IDENTITY.replace("    return", "    print('again')\n    return"))
    assert "again\n" in _read_until(process, "watching same.py")
    desk.write("same.py", "def azureml_main(:\n")
    assert "script_syntax" in _read_until(process, "watching same.py")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130


def _read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stderr is not None
    read = ""
    while words not in read:
        line = process.stderr.readline()
        assert line, read
        read += line
    return read


def test_the_debugger_opens_in_the_terminal_and_after_a_failure(desk: Desk) -> None:
    desk.write(
        "bug.py",
        "def azureml_main(a=None, b=None):\n    x = 41\n    import pdb; pdb.set_trace()\n    x += 1\n    raise ValueError(x)\n",
    )
    screen = _in_a_terminal(
        desk,
        ["run", "bug.py", "--pdb"],
        [("x += 1", "p x + 1"), ("42", "c"), ("ValueError: 42", "p x * 2"), ("84", "q")],
    )
    assert "bug.py(4)azureml_main()" in screen
    assert "bug.py(5)azureml_main()" in screen


def _in_a_terminal(desk: Desk, arguments: list[str], talk: list[tuple[str, str]]) -> str:
    """Run a command in a pseudo-terminal; answer each of the texts that are waited for."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(desk.folder)
        os.execve(sys.executable, [sys.executable, "-m", "transom", *arguments], desk.variables())
    screen, seen = "", 0
    until = time.monotonic() + 60
    for awaited, answer in talk:
        while not re.search(re.escape(awaited) + r".*\(Pdb\) ", screen[seen:], re.DOTALL):
            screen += _more(terminal, until)
        seen = len(screen)
        os.write(terminal, f"{answer}\n".encode())
    try:
        while True:
            screen += _more(terminal, until)
    except (OSError, EOFError):
        pass
    os.waitpid(pid, 0)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen)


def _more(terminal: int, until: float) -> str:
    ready = select.select([terminal], [], [], max(until - time.monotonic(), 0))[0]
    assert ready, "the terminal stays silent"
    data = os.read(terminal, 4096)
    if not data:
        raise EOFError
    return data.decode("utf-8", "replace")
