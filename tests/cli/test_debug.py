"""`transom run --debug`: an editor attaches, in the person's own files, on the real frames."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from tests.cli.debug_client import LOOPBACK, DebugClient
from tests.cli.transom import Desk

SCRIPT = """\
import sums

def azureml_main(dataframe1=None, dataframe2=None):
    total = sums.total(dataframe1)
    print("total", total)
    return dataframe1,
"""
BUNDLED = """\
def total(frame):
    found = frame["price"].sum()
    return found
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as trial:
        trial.bind((LOOPBACK, 0))
        return int(trial.getsockname()[1])


def begun(desk: Desk, *command: str) -> subprocess.Popen[str]:
    """A command that goes on while a debugger attaches."""
    return subprocess.Popen(
        [sys.executable, "-m", "transom", *command],
        cwd=desk.folder,
        env=desk.variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_debugger_stops_in_script_and_bundle_and_sees_the_frames(desk: Desk, port: int) -> None:
    script, bundled = desk.write("sum.py", SCRIPT), desk.write("bundle/sums.py", BUNDLED)
    command = ["run", "sum.py", "cars.csv", "-b", "bundle", "--debug", "--debug-port", str(port), "--json"]
    with begun(desk, *command) as process:
        client = DebugClient(port)
        try:
            client.attach({script: [5], bundled: [3]})
            frame, thread = client.stopped_at()
            assert (frame["source"]["path"], frame["line"]) == (str(bundled), 3)
            assert client.evaluate("frame.shape", frame) == "(2, 3)"
            client.ask("continue", threadId=thread)
            frame, thread = client.stopped_at()
            assert (frame["source"]["path"], frame["line"]) == (str(script), 5)
            assert client.evaluate("int(total)", frame) == "13950"
            client.ask("continue", threadId=thread)
            out, err = process.communicate(timeout=60)
        finally:
            client.close()
            process.kill()
    document = json.loads(out)
    assert document["status"] == "succeeded", (document, err)
    assert "debugpy" in {each["name"] for each in document["installed"]}


def test_an_error_while_debugging_names_the_file_as_the_person_does(desk: Desk, port: int) -> None:
    desk.write("wrong.py", "def azureml_main(a=None, b=None):\n    return a['no such column']\n")
    command = ["run", "wrong.py", "cars.csv", "--debug", "--debug-port", str(port), "--json"]
    with begun(desk, *command) as process:
        client = DebugClient(port)
        try:
            client.attach({})
            out, _ = process.communicate(timeout=60)
        finally:
            client.close()
            process.kill()
    failure = json.loads(out)["failure"]
    assert (failure["type"], failure["file"], failure["line"]) == ("KeyError", "wrong.py", 2)


@pytest.mark.parametrize("options", [["--debug-port", "5678"], ["--debug", "--debug-port", "0"], ["--debug", "--pdb"]])
def test_options_that_do_not_go_together_are_refused(desk: Desk, options: list[str]) -> None:
    said = desk.transom("run", "same.py", *options)
    assert said.code == 2
    assert "--debug" in said.err


def test_a_port_that_is_taken_is_said(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        said = desk.transom("run", "same.py", "--debug", "--debug-port", str(taken.getsockname()[1]))
    assert said.code == 2
    assert "taken" in said.err
