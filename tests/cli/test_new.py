"""`transom new`: a script to start from, in two languages."""

from __future__ import annotations

import pytest
from tests.cli.transom import Desk


@pytest.mark.parametrize(("language", "words"), [("en", "Every script"), ("fr", "Tout script")])
def test_a_new_script_runs_and_is_explained(desk: Desk, language: str, words: str) -> None:
    assert desk.transom("new", "begin.py", "--language", language).code == 0
    assert words in (desk.folder / "begin.py").read_text("utf-8")
    said = desk.transom("run", "begin.py", "cars.csv", "-1", "-")
    assert said.out.splitlines()[0] == "make,price,zip"
    assert "warning" not in said.err


def test_a_file_that_is_there_is_not_replaced_unasked(desk: Desk) -> None:
    before = (desk.folder / "same.py").read_text()
    said = desk.transom("new", "same.py")
    assert (said.code, "--force" in said.err) == (2, True)
    assert (desk.folder / "same.py").read_text() == before
    assert desk.transom("new", "same.py", "--force").code == 0


def test_an_unknown_language_is_named(desk: Desk) -> None:
    said = desk.transom("new", "x.py", "--language", "de")
    assert (said.code, "'de'" in said.err) == (2, True)
