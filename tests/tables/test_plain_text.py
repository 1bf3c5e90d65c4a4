"""Text in: a row a line, or cells where its lines have them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transom.errors import InputUnreadable
from transom.tables import lines
from transom.tables.formats import read
from transom.tables.step_file import open_step


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("one line", ["one line"]),
        ("a\nb\n", ["a", "b"]),
        ("a\r\n\r\nb", ["a", "", "b"]),
        ("a\rb\r", ["a", "b"]),
        ("\n", [""]),
        ("007\n1\n", ["007", "1"]),
        (" \"a,b' \n<html>\n", [" \"a,b' ", "<html>"]),
        ("a\tb\nc\n", ["a\tb", "c"]),
        ("a\tb\n", ["a\tb"]),
        ("a\n\x00b\x85c\u2028d\n", ["a", "\x00b\x85c\u2028d"]),
    ],
)
def test_every_line_is_a_row_of_the_column_text(arrive, content: str, expected: list[str]) -> None:
    arrived = arrive(content, name="given.txt")
    assert arrived.columns == {"text": expected}
    assert arrived.types == {"text": "text"}
    assert arrived.read.format == "text"


def test_lines_that_have_equally_many_tabs_are_tsv_with_a_warning(arrive) -> None:
    arrived = arrive("a\tb\n1\tx\n2\ty\n", name="given.txt")
    assert arrived.columns == {"a": [1, 2], "b": ["x", "y"]}
    assert "was read as TSV" in arrived.read.warnings[0]


def test_a_delimiter_that_is_said_cuts_the_lines(arrive) -> None:
    text = "a;b\n1;x\n"
    assert arrive(text, "delimiter=;", "given.txt").columns == {"a": [1], "b": ["x"]}
    assert arrive("1 2\n3 4\n", "delimiter=space,header=no", "given.txt").columns == {
        "Column1": [1, 3],
        "Column2": [2, 4],
    }


@pytest.mark.parametrize("sign", [",", ";", "|"])
def test_lines_that_look_like_cells_stay_texts_with_a_hint(arrive, sign: str) -> None:
    arrived = arrive(f"a{sign}b\n1{sign}2\n", name="given.txt")
    assert arrived.columns == {"text": [f"a{sign}b", f"1{sign}2"]}
    assert f"delimiter={sign}" in arrived.read.warnings[0]


def test_packed_and_foreign_texts_are_read(arrive) -> None:
    assert arrive(gzip.compress(b"a\nb\n"), name="given.txt.gz").columns == {"text": ["a", "b"]}
    assert arrive("wörd\n".encode("utf-16"), name="given.txt").columns == {"text": ["wörd"]}
    assert arrive("wörd\n".encode("cp1252"), name="given.txt").columns == {"text": ["wörd"]}
    assert arrive("\ufeffa\n", name="given.txt").columns == {"text": ["a"]}
    assert arrive("w\tö\nr\td\n".encode("cp1252"), name="given.txt").columns == {"w": ["r"], "ö": ["d"]}
    assert arrive(b"\x84rger\n", "encoding=cp437", "given.txt").columns == {"text": ["ärger"]}


def test_what_is_no_text_is_named(arrive) -> None:
    for content, said in ((b"%PDF-1.7\n", "it holds a PDF, not text"), (b"PAR1" + b"\0" * 20, "it holds Parquet")):
        with pytest.raises(InputUnreadable, match=said):
            arrive(content, name="given.txt")


def test_a_sample_is_the_first_lines(arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 8)
    assert arrive("a\nb\nc\n" * 100, name="given.txt", sample=4).columns == {"text": ["a", "b", "c", "a"]}


def test_very_many_empty_lines_are_rows(arrive) -> None:
    assert arrive(b"\n" * 1_000_000, name="given.txt").read.shape.rows == 1_000_000


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\n\t"), max_size=9), min_size=1
    ),
    size=st.sampled_from([5, 1000]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_lines_come_as_they_are(tmp_path: Path, rows: list[str], size: int, end: str) -> None:
    content = (end.join(rows) + end).encode()
    zeros = content[::2].count(0) + content[1::2].count(0)
    if zeros or content.startswith((b"\xef\xbb\xbf", b"%PDF", b"\x1f\x8b")):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", size)
        (tmp_path / "given.txt").write_bytes(content)
        read(tmp_path / "given.txt", tmp_path / "step.arrow")
    assert open_step(tmp_path / "step.arrow").column("text").to_pylist() == rows
