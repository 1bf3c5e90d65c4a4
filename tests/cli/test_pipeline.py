"""`transom pipeline`: what it says of a file, what a run of one prints, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from tests.cli.transom import Desk, Said

from transom.engine.variables import JOB_FOLDER

CLEAN = "def azureml_main(cars, _=None):\n    print('cleaning')\n    return cars\n"
PIPELINE = """\
type: pipeline
inputs:
  cars: {type: uri_file, path: cars.csv}
  share: 0.5
settings: {default_environment: host}
jobs:
  clean:
    component: execute_python_script
    inputs: {dataset1: "${{parent.inputs.cars}}", script: clean.py}
  halves:
    component: split_data
    inputs: {dataset: "${{parent.jobs.clean.outputs.result_dataset}}", fraction: "${{parent.inputs.share}}", seed: 1}
  sums:
    component: apply_sql_transformation
    inputs: {t1: "${{parent.jobs.clean.outputs.result_dataset}}", query: SELECT count(*) AS cars FROM t1}
outputs:
  train: ${{parent.jobs.halves.outputs.results_dataset1}}
  sums: ${{parent.jobs.sums.outputs.result_dataset}}
"""
SCRIPT_STEP = """\
  {name}:
    component: execute_python_script
    inputs:
      script: |
        {script}
"""


@pytest.fixture
def table(desk: Desk) -> Desk:
    """A desk with a pipeline of three steps."""
    desk.write("pipeline.yml", PIPELINE)
    desk.write("clean.py", CLEAN)
    desk.write("cars.csv", "make,price\n" + "".join(f"car{number},{number}\n" for number in range(10)))
    return desk


def _of_scripts(desk: Desk, scripts: dict[str, str], settings: str = "") -> None:
    """A pipeline file whose steps are these scripts."""
    steps = "".join(
        SCRIPT_STEP.format(name=name, script=script.replace("\n", "\n        ")) for name, script in scripts.items()
    )
    desk.write("pipeline.yml", f"type: pipeline\nsettings: {{default_environment: host{settings}}}\njobs:\n{steps}")


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("    component: split_data", "    component: split_data\n    limit: {}", r":12:5: .*`limit`.*limits"),
        ("seed: 1", "sead: 1", r":12:110: .*sead.*seed"),
        ("${{parent.inputs.share}}", "${{parent.inputs.shar}}", r":12:82: .*shar.*share"),
        ('{t1: "${{parent.jobs.clean.outputs.result_dataset}}", ', "{", r":13:3: .*sums.*t1"),
        ('clean.outputs.result_dataset}}", query', 'halves.outputs.nothing}}", query', r":15:\d+: .*nothing"),
        ("${{parent.inputs.cars}}", "${{parent.jobs.sums.outputs.result_dataset}}", r":\d+:\d+: .*clean.*sums"),
        ("script: clean.py", 'script: clean.py, script_bundle: "${{parent.jobs.sums.outputs.result_dataset}}"', r":9:\d+: "),
        ("  sums: ${{", "  train: ${{", r":18:3: .*train"),
        ("component: split_data", "component: split_daat", r":11:16: .*split_daat.*split_data"),
        ("share: 0.5", "share: 0.5\n\tmore: 1", r":5:1: "),
    ],
    ids=["key", "parameter", "binding", "missing", "no port", "cycle", "other type", "two outputs", "component", "tab"],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_its_place_and_a_near_name(
    table: Desk, line: str, instead: str, said: str
) -> None:
    assert PIPELINE.count(line) == 1
    table.write("pipeline.yml", PIPELINE.replace(line, instead))
    for word in ("check", "show", "run"):
        found = table.transom("pipeline", word, "pipeline.yml")
        assert (found.code, found.out) == (2, ""), found.err
        assert re.search(f"error: pipeline.yml{said}", found.err.replace("\n", " ")), found.err
    error = table.transom("pipeline", "check", "pipeline.yml", "--json").document["error"]
    assert re.search(f"pipeline.yml{said}", f"{error['message']} {error['remedy']}")
    assert not (table.data / "workspace" / "runs").exists()


def test_a_file_that_is_fine_is_said_to_be(table: Desk) -> None:
    said = table.transom("pipeline", "check", "pipeline.yml")
    assert (said.code, said.out, said.err) == (0, "", "pipeline.yml is fine: 3 steps.\n")
    document = table.transom("pipeline", "check", "pipeline.yml", "--json").document
    assert document["steps"] == ["clean", "halves", "sums"]


@pytest.mark.parametrize("words", [["check"], ["show"], ["run"]])
def test_a_file_that_is_not_there_ends_with_3(desk: Desk, words: list[str]) -> None:
    desk.write("pipeline.yml", PIPELINE)
    said = desk.transom("pipeline", *words, "pipelin.yml")
    assert said.code == 3
    assert "pipelin.yml" in said.err
    assert "pipeline.yml" in said.err  # the near name


def test_a_graph_is_shown_as_text_picture_and_json(table: Desk) -> None:
    text = table.transom("pipeline", "show", "pipeline.yml")
    assert text.code == 0
    for name in ("clean", "halves", "sums"):
        assert name in text.out
    drawn = table.transom("pipeline", "show", "pipeline.yml", "--svg", "graph.svg")
    assert drawn.code == 0
    assert (table.folder / "graph.svg").read_text().lstrip().startswith("<svg")
    assert table.transom("pipeline", "show", "pipeline.yml", "--svg", "-").out.lstrip().startswith("<svg")
    document = table.transom("pipeline", "show", "pipeline.yml", "--json").document
    assert document["order"] == ["clean", "halves", "sums"]
    assert {"from": {"step": "clean", "port": "result_dataset"}, "to": {"step": "sums", "port": "t1"}} in document[
        "edges"
    ]


@pytest.mark.parametrize("words", [("export", "--python"), ("show", "--svg")])
def test_what_a_pipeline_is_made_of_is_never_written_over(table: Desk, words: tuple[str, str]) -> None:
    text = PIPELINE.replace("script: clean.py", "script: clean.py, script_bundle: b")
    table.write("pipeline.yml", text.replace("outputs:", "  own: {component: ./own}\noutputs:"))
    table.write("own/component.yaml", "script: own.py\noutputs: {made: mltable}\n")
    for name in ("own/own.py", "own/more.py", "b/x.py"):
        table.write(name, "def azureml_main():\n    return {}\n")
    os.link(table.folder / "clean.py", table.folder / "hard.py")
    (table.folder / "soft.py").symlink_to("clean.py")
    said = table.transom("pipeline", words[0], "pipeline.yml", words[1], "b/new.txt")
    assert said.code == 0, said.err
    made_of = ["pipeline.yml", "clean.py", "hard.py", "soft.py", "cars.csv", "own/component.yaml", "own/own.py"]
    for target in (*made_of, "own/more.py", "b/x.py"):
        before = (table.folder / target).read_bytes()
        said = table.transom("pipeline", words[0], "pipeline.yml", words[1], target)
        assert said.code != 0
        sentence = f"{target} cannot be written: the pipeline is made of it. Choose another file."
        assert sentence in " ".join(said.err.split())
        assert (table.folder / target).read_bytes() == before


@pytest.mark.parametrize("words", [("export", "--python"), ("show", "--svg")])
def test_a_target_that_can_be_no_file_is_told_in_a_sentence(table: Desk, words: tuple[str, str]) -> None:
    for target in (".", "..", "/", "", "clean.py/x"):
        said = table.transom("pipeline", words[0], "pipeline.yml", words[1], target)
        assert said.code == 2
        assert "cannot be written" in said.err


@pytest.mark.parametrize("path", ["~nosuch/x.csv", "x" * 300 + ".csv", "cars.csv/x", "a\\0b.csv"])
def test_data_that_cannot_be_there_is_told_in_a_sentence(table: Desk, path: str) -> None:
    steps = (
        f'  table: {{component: split_data, inputs: {{dataset: "{path}"}}}}\n'
        f'  own: {{component: ./own, inputs: {{file: "{path}"}}}}\n'
        f'  bundle: {{component: execute_python_script, inputs: {{script: clean.py, script_bundle: "{path}"}}}}\n'
    )
    table.write("pipeline.yml", f"settings: {{default_environment: host}}\njobs:\n{steps}")
    table.write("own/component.yaml", "script: own.py\ninputs: {file: uri_file}\noutputs: {made: mltable}\n")
    table.write("own/own.py", "def azureml_main(file):\n    return {}\n")
    document = table.transom("pipeline", "run", "pipeline.yml", "--json").document
    if "error" in document:  # before anything has run
        assert re.search(r"pipeline.yml:3:\d+: There is no file or folder", document["error"]["message"])
        assert not (table.data / "workspace" / "runs").exists()
        return
    for name in ("table", "own", "bundle"):
        failure = document["steps"][name]["failure"]
        assert failure["kind"] == "input_invalid"
        assert "cannot be read: File name too long." in failure["message"]


def test_json_is_one_document_with_what_every_step_did(table: Desk) -> None:
    document = table.transom("pipeline", "run", "pipeline.yml", "--json").document
    assert set(document) >= {"run", "status", "steps", "outputs"}
    assert document["status"] == "succeeded"
    assert list(document["steps"]) == ["clean", "halves", "sums"]
    for step in document["steps"].values():
        assert set(step) >= {"status", "why", "seconds", "results", "failure"}
        assert (step["status"], step["failure"]) == ("succeeded", None)
        for made in step["results"].values():
            assert set(made) == {"rows", "columns", "path"}
            assert Path(made["path"]).is_file()
    assert document["steps"]["clean"]["results"]["result_dataset"]["rows"] == 10
    assert set(document["outputs"]["train"]) >= {"rows", "path"}
    assert document["outputs"]["train"]["rows"] == 5
    assert Path(document["outputs"]["sums"]["path"]).is_file()
    again = table.transom("pipeline", "run", "pipeline.yml", "--json").document
    assert {step["status"] for step in again["steps"].values()} == {"reused"}
    assert all(document["run"] in step["why"] for step in again["steps"].values())


def test_set_gives_an_input_another_value(table: Desk) -> None:
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--set", "share=0.8").document
    assert document["outputs"]["train"]["rows"] == 8
    table.write("few.csv", "make,price\na,1\nb,2\n")
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--set", "cars=few.csv").document
    assert document["steps"]["clean"]["results"]["result_dataset"]["rows"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "shar=1"], "Did you mean share"),
        (["--set", "share"], "NAME=VALUE"),
        (["--set", "share=much"], "a number"),
        (["--until", "halve"], "Did you mean halves"),
        (["--only", "clean", "--until", "sums"], "--only excludes"),
        (["--regenerate", "clan"], "Did you mean clean"),
        (["--jobs", "0"], "1 or more"),
        (["--policy", "lax"], "confined"),
    ],
)
def test_a_wrong_word_ends_with_2_and_nothing_has_run(table: Desk, words: list[str], said: str) -> None:
    found = table.transom("pipeline", "run", "pipeline.yml", *words)
    assert found.code == 2
    assert said in found.err
    assert table.transom("runs", "list", "--json").document["runs"] == []


def test_a_part_of_a_pipeline_is_run(table: Desk) -> None:
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--until", "halves").document
    assert list(document["steps"]) == ["clean", "halves"]
    assert set(document["outputs"]) == {"train"}
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--from", "sums").document
    assert {name: step["status"] for name, step in document["steps"].items()} == {
        "clean": "reused",
        "sums": "succeeded",
    }
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--only", "sums").document
    assert {name: step["status"] for name, step in document["steps"].items()} == {"clean": "reused", "sums": "reused"}
    table.write("clean.py", CLEAN + "#\n")
    said = table.transom("pipeline", "run", "pipeline.yml", "--only", "sums")
    assert said.code == 1
    assert "without --from and --only" in said.err


def test_what_is_regenerated_is_run_again(table: Desk) -> None:
    assert table.transom("pipeline", "run", "pipeline.yml", "-q").code == 0
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--regenerate", "sums").document
    assert {name: step["status"] for name, step in document["steps"].items()} == {
        "clean": "reused", "halves": "reused", "sums": "succeeded",
    }  # fmt: skip
    assert "--regenerate" in document["steps"]["sums"]["why"]
    document = table.transom("pipeline", "run", "pipeline.yml", "--json", "--regenerate", "all").document
    assert {step["status"] for step in document["steps"].values()} == {"succeeded"}


def test_so_many_steps_run_at_a_time_as_were_asked_for(desk: Desk) -> None:
    script = (
        "import time, os\ndef azureml_main(a=None, b=None):\n    began = time.time()\n    time.sleep(0.5)\n"
        "    print('ran', began, time.time())"
    )
    _of_scripts(
        desk, {f"s{number}": f"{script}, {number})"[: -len(f", {number})")] + f" # {number}" for number in range(3)}
    )
    document = desk.transom("pipeline", "run", "pipeline.yml", "--json", "--jobs", "1").document
    spans = sorted(
        tuple(map(float, re.findall(r"\d+\.\d+", Path(step["log"]).read_text()))) for step in document["steps"].values()
    )
    assert all(ended <= began for (_, ended), (began, _) in pairwise(spans))


def test_lines_elsewhere_than_in_a_terminal_are_plain_and_one_a_change(table: Desk) -> None:
    said = table.transom("pipeline", "run", "pipeline.yml")
    assert said.out == ""
    assert "\x1b" not in said.err
    lines = said.err.splitlines()
    assert "  ▸ clean   running" in lines
    assert any(re.fullmatch(r"  ✓ halves  \d+\.\d\d s  5 x 2, 5 x 2", line) for line in lines)
    assert "succeeded in" in said.err
    assert "train: train@1, 5 rows" in said.err


def test_quiet_shows_failures_only(table: Desk) -> None:
    assert table.transom("pipeline", "run", "pipeline.yml", "--quiet").err == ""
    table.write("clean.py", "def azureml_main(cars, _=None):\n    return cars['Price']\n")
    said = table.transom("pipeline", "run", "pipeline.yml", "--quiet")
    assert said.code == 1
    assert "clean.py:2" in said.err
    assert "try " in said.err
    assert "skipped" not in said.err


def test_a_failure_is_told_with_the_line_of_the_script_and_what_is_below_is_skipped(table: Desk) -> None:
    table.write("clean.py", "def azureml_main(cars, _=None):\n    return cars['Price']\n")
    said = table.transom("pipeline", "run", "pipeline.yml", "--json")
    assert said.code == 1
    document = said.document
    assert document["status"] == "failed"
    failure = document["steps"]["clean"]["failure"]
    assert (failure["file"], failure["line"], failure["kind"]) == ("clean.py", 2, "script_error")
    assert {document["steps"][name]["status"] for name in ("halves", "sums")} == {"skipped"}
    assert document["outputs"] == {}


def test_no_control_character_of_a_script_reaches_the_terminal(desk: Desk) -> None:
    script = (
        "def azureml_main(a=None, b=None):\n    print('\\x1b]0;title\\x07\\x1b[2Jgone')\n"
        "    raise ValueError('\\x1b[31mred\\x07\\nsecond line')"
    )
    _of_scripts(desk, {"loud": script})
    said = desk.transom("pipeline", "run", "pipeline.yml")
    assert said.code == 1
    shown = desk.transom("runs", "show", "latest").out + desk.transom("runs", "log", "latest").out
    assert not set("\x1b\x07\r") & set(said.err + said.out + shown)
    assert "red" in said.err


def test_warnings_of_a_step_are_told_once_and_not_again_where_it_is_reused(desk: Desk) -> None:
    loud = (
        "import pandas\ndef azureml_main(a=None, b=None):\n    print('x' * 100_000)\n"
        "    try:\n        open('/etc/shadow')\n    except OSError:\n        pass\n    return pandas.DataFrame({'a': [1]})"
    )
    _of_scripts(desk, {"loud": loud})
    words = ("pipeline", "run", "pipeline.yml", "--policy", "guarded")
    said = desk.transom(*words, TRANSOM_LOG_BYTES="20kB")
    assert said.code == 0
    warnings = [line for line in said.err.splitlines() if line.startswith("warning: loud: ")]
    assert any("The log was cut at 20,000 bytes" in line for line in warnings)
    assert any("/etc/shadow" in line for line in warnings)
    assert "warning:" not in desk.transom(*words, TRANSOM_LOG_BYTES="20kB").err


def _started(desk: Desk, *words: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "transom", *words],
        cwd=desk.folder,
        env=desk.variables() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ended(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=60)
    assert "Traceback (most recent call last)" not in err, err
    return Said(process.returncode, out, err)


def _wait_for(desk: Desk, text: str, process: subprocess.Popen[str], times: int = 1) -> None:
    runs = desk.data / "workspace" / "runs"
    until = time.monotonic() + 60
    while sum(log.read_text().count(text) for log in runs.glob("*/steps/*/log.txt")) < times:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)


SLOW = "import time\ndef azureml_main(a=None, b=None):\n    print('on {}', flush=True)\n    time.sleep(60)"
STUBBORN = (
    "import time\ndef azureml_main(a=None, b=None):\n    print('on', flush=True)\n    while True:\n"
    "        try:\n            time.sleep(60)\n        except BaseException:\n            print('no', flush=True)"
)


def _no_processes(place: Path) -> bool:
    for process in psutil.process_iter():
        try:
            if process.environ().get(JOB_FOLDER, "").startswith(str(place)):
                return False
        except psutil.Error:
            continue
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_stops_all_steps_and_is_recorded(desk: Desk, number: signal.Signals) -> None:
    _of_scripts(desk, {name: SLOW.format(name) for name in ("first", "second", "third")})
    process = _started(desk, "pipeline", "run", "pipeline.yml", "--json", "--jobs", "2")
    _wait_for(desk, "on ", process, times=2)
    process.send_signal(number)
    said = _ended(process)
    assert said.code == 130
    document = said.document
    assert document["status"] == "cancelled"
    assert {step["status"] for step in document["steps"].values()} == {"stopped"}
    (row,) = desk.transom("runs", "list", "--json").document["runs"]
    assert (row["status"], row["failure"]) == ("cancelled", "cancelled")
    assert _no_processes(desk.data)


def test_a_second_interrupt_leaves_a_script_that_does_not_stop_no_more_time(desk: Desk) -> None:
    _of_scripts(desk, {"stubborn": STUBBORN, "slow": SLOW.format("slow")})
    process = _started(desk, "pipeline", "run", "pipeline.yml", "--jobs", "2", TRANSOM_STOP_SECONDS="600")
    _wait_for(desk, "on", process, times=2)
    process.send_signal(signal.SIGINT)
    _wait_for(desk, "no\n", process)
    process.send_signal(signal.SIGINT)
    said = _ended(process)
    assert said.code == 130
    assert "cancelled" in said.err
    assert _no_processes(desk.data)


def test_a_stopped_run_goes_on_when_it_is_resumed(table: Desk) -> None:
    slow = SCRIPT_STEP.format(name="slow", script=SLOW.replace("\n", "\n        "))
    table.write("pipeline.yml", PIPELINE.replace("outputs:\n  train", f"{slow}outputs:\n  train"))
    process = _started(table, "pipeline", "run", "pipeline.yml", "--json")
    _wait_for(table, "on ", process)
    _wait_for(table, "cleaning", process)
    process.send_signal(signal.SIGINT)
    document = json.loads(_ended(process).out)
    table.write("pipeline.yml", (table.folder / "pipeline.yml").read_text().replace("sleep(60)", "sleep(0)"))
    resumed = table.transom("runs", "resume", document["run"], "--json")
    assert resumed.code == 0, resumed.out
    assert resumed.document["run"] == document["run"]
    assert resumed.document["status"] == "succeeded"


def test_another_process_sees_a_run_that_is_going_on_and_follows_its_log(desk: Desk) -> None:
    _of_scripts(
        desk,
        {"slow": "import time\ndef azureml_main(a=None, b=None):\n    print('on', flush=True)\n    time.sleep(8)\n    print('over')"},
    )  # fmt: skip
    process = _started(desk, "pipeline", "run", "pipeline.yml")
    _wait_for(desk, "on", process)
    (row,) = desk.transom("runs", "list", "--json", "--status", "running").document["runs"]
    assert (row["status"], row["script"], row["kind"]) == ("running", "pipeline.yml", "pipeline")
    assert desk.transom("runs", "remove", row["run"]).code == 2
    assert "going on in another process" in desk.transom("runs", "resume", row["run"]).err
    followed = desk.transom("runs", "log", row["run"], "--follow")
    assert followed.out == "slow | on\nslow | over\n"
    assert _ended(process).code == 0
    assert desk.transom("runs", "log", "latest").out == "slow | on\nslow | over\n"


def test_two_runs_at_the_same_time_do_not_disturb_each_other(table: Desk) -> None:
    processes = [
        _started(table, "pipeline", "run", "pipeline.yml", "--json", "--set", f"share=0.{number}")
        for number in (3, 3, 6)
    ]
    documents = [json.loads(_ended(process).out) for process in processes]
    assert [document["status"] for document in documents] == ["succeeded"] * 3
    assert [document["outputs"]["train"]["rows"] for document in documents] == [3, 3, 6]
    assert len(table.transom("runs", "list", "--json").document["runs"]) == 3


def test_a_disk_that_gets_full_is_told_in_a_sentence_and_the_run_goes_on_later(table: Desk) -> None:
    table.data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(table.data)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        table.write(
            "clean.py",
            "import numpy\ndef azureml_main(cars, _=None):\n    return cars.loc[cars.index.repeat(200_000)]\n",
        )
        said = table.transom("pipeline", "run", "pipeline.yml")
        assert said.code in (1, 2), said.err
        assert re.search("No space left|disk is full|full", said.err), said.err
        assert "TRANSOM_WORKSPACE" in said.err  # what counts for the folder that is full, wherever the data folder lies
        table.write("clean.py", CLEAN)
        subprocess.run(["mount", "-o", "remount,size=200m", str(table.data)], check=True)
        resumed = table.transom("runs", "resume", "latest", "--json")
        assert resumed.code == 0, resumed.out
        assert resumed.document["outputs"]["train"]["rows"] == 5
    finally:
        subprocess.run(["umount", "-l", str(table.data)], check=True)
