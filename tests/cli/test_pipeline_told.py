"""What `transom pipeline` says: of failures, at the end of a run, of what it wrote, and of words that it cannot take."""

from __future__ import annotations

import pytest
from tests.cli.transom import Desk

PIPELINE = """\
type: pipeline
settings: {default_environment: host}
jobs:
  bare:
    component: execute_python_script
    inputs:
      script: |
        def azureml_main(a=None, b=None):
            assert a is not None
  key:
    component: execute_python_script
    inputs:
      script: |
        def azureml_main(a=None, b=None):
            try:
                int("x")
            except ValueError as wrong:
                raise KeyError(77) from wrong
  turned:
    component: execute_python_script
    inputs:
      script: |
        def azureml_main(a=None, b=None):
            print("\\u202eturned")
            raise ValueError("\\u2066turned\\u202e")
"""
#: A terminal that has no letter beyond those of English.
_ASCII = {"PYTHONIOENCODING": "ascii"}


@pytest.fixture
def failing(desk: Desk) -> Desk:
    """A desk with a pipeline whose steps all fail."""
    desk.write("pipeline.yml", PIPELINE)
    return desk


def test_an_exception_is_told_with_its_type_and_what_led_to_it(failing: Desk) -> None:
    said = failing.transom("pipeline", "run", "pipeline.yml").err
    assert "  ✗ bare    failed  script of bare:2: AssertionError\n" in said
    assert "\nbare failed: AssertionError\n" in said
    assert "  ✗ key     failed  script of key:5: KeyError: 77\n" in said
    assert "\nkey failed: KeyError: 77\n" in said
    assert "  because of ValueError: invalid literal" in said
    assert '  script of key:3 in azureml_main: int("x")\n' in said


def test_no_text_of_a_script_turns_the_direction_of_what_is_shown(failing: Desk) -> None:
    said = failing.transom("pipeline", "run", "pipeline.yml").err + failing.transom("runs", "log", "latest").out
    assert said.count("turned") > 3
    assert not set("\u202e\u2066") & set(said)


def test_a_run_that_failed_says_how_to_go_on_and_why_its_steps_were_executed(failing: Desk) -> None:
    said = failing.transom("pipeline", "run", "pipeline.yml")
    document = failing.transom("runs", "why", "latest", "--json").document
    assert f"to go on with it: transom runs resume {document['run']}\n" in said.err
    assert [each["step"] for each in document["steps"]] == ["bare", "key", "turned"]
    lines = failing.transom("runs", "why", "latest").out.splitlines()
    assert lines == [f"{name}: failed: it was not run before" for name in ("bare", "key", "turned")]


def test_why_of_the_run_of_a_script_says_that_it_has_no_steps(desk: Desk) -> None:
    assert desk.transom("run", "same.py", "cars.csv").code == 0
    said = desk.transom("runs", "why", "latest")
    assert (said.code, said.out) == (2, "")
    assert "has no steps" in said.err


def test_what_is_written_is_said(failing: Desk) -> None:
    assert failing.transom("pipeline", "show", "pipeline.yml", "--svg", "p.svg").err == "Wrote p.svg.\n"
    assert failing.transom("pipeline", "export", "pipeline.yml", "--python", "p.py").err == "Wrote p.py.\n"
    assert failing.transom("pipeline", "show", "pipeline.yml", "--svg", "-").err == ""


@pytest.mark.parametrize("words", [["check", "-"], ["show", "-"], ["run", "-"], ["run", "-", "--jobs", "2"]])
def test_a_pipeline_is_not_read_from_standard_input(failing: Desk, words: list[str]) -> None:
    said = failing.transom("pipeline", *words)
    assert (said.code, said.out) == (2, "")
    assert "from standard input" in said.err


@pytest.mark.parametrize("words", [["pipeline", "run", "pipeline.yml", "--jobs", "1.5"], ["runs", "list", "-n", "1.5"]])
def test_a_number_that_is_not_whole_is_not_rounded(failing: Desk, words: list[str]) -> None:
    said = failing.transom(*words)
    assert (said.code, said.out) == (2, "")
    assert "1.5 is no whole number" in said.err


def test_a_hyphen_that_names_nothing_is_shown_as_it_was_typed(desk: Desk) -> None:
    for words in (["dataset", "show", "-"], ["check", "-"]):
        said = desk.transom(*words)
        assert said.code in (2, 3)
        assert "standard input" not in said.err
        assert "-" in said.err


def test_where_standard_output_is_not_utf_8_sentences_have_escapes_and_files_are_whole(failing: Desk) -> None:
    failing.write("pipeline.yml", "display_name: Prüfung\n" + PIPELINE)
    shown = failing.transom("pipeline", "show", "pipeline.yml", **_ASCII)
    assert (shown.code, shown.err) == (0, "")
    assert "Pr\\xfcfung" in shown.out
    for words in (
        ["pipeline", "show", "pipeline.yml", "--svg", "-"],
        ["pipeline", "export", "pipeline.yml", "--python", "-"],
    ):
        said = failing.transom(*words, **_ASCII)
        assert said.code == 0
        assert "Prüfung" in said.out
    new = failing.transom("new", "--language", "fr", "-", **_ASCII)
    assert "définit" in new.out


def test_one_byte_is_no_bytes(desk: Desk) -> None:
    desk.write("one.py", "def azureml_main(a=None, b=None):\n    open('one', 'w').write('1')\n")
    assert "file one (1 byte): " in desk.transom("run", "one.py").err
    assert "file one (1 byte)\n" in desk.transom("runs", "show", "latest").out
