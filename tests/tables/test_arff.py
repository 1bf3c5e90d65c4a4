"""ARFF in: what its header declares is what the table has, and what does not fit it is named with its line."""

from __future__ import annotations

import gzip
import math
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transom.errors import InputUnreadable
from transom.tables import lines
from transom.tables.formats import read
from transom.tables.step_file import open_step

WEATHER = """% The weather, as Weka has it
@RELATION 'the weather'

@attribute outlook {sunny, overcast, 'very rainy'}
@ATTRIBUTE temperature REAL
@attribute humidity integer
@attribute "a 'name' \\" of\ttwo" string
@attribute day date "yyyy-MM-dd HH:mm:ss"
@attribute windy{TRUE,FALSE}
@DATA
% a comment
sunny, 85.5, 85, 'it\\'s hot, isn\\'t it?', "2020-01-05 10:30:00", FALSE
'very rainy',?,90,?,?,TRUE

overcast, -1e-3 , 86 , '?' , "1999-12-31 00:00:00",   ?
"""


def _refused(arrive, content: str | bytes) -> str:
    with pytest.raises(InputUnreadable) as wrong:
        arrive(content, name="given.arff")
    assert "\n" not in wrong.value.message
    assert len(str(wrong.value)) < 1000
    return str(wrong.value)


def _with(attributes: str, *rows: str) -> str:
    declared = "".join(f"@attribute a{number} {kind}\n" for number, kind in enumerate(attributes.split(";")))
    return f"@relation r\n{declared}@data\n" + "".join(f"{row}\n" for row in rows)


def test_every_kind_of_attribute_becomes_its_column(arrive, frame_of, tmp_path: Path) -> None:
    arrived = arrive(WEATHER, name="given.arff")
    assert arrived.read.format == "ARFF"
    assert list(arrived.types.values()) == ["category", "decimal", "whole number", "text", "datetime", "category"]
    columns = arrived.columns
    assert columns["outlook"] == ["sunny", "very rainy", "overcast"]
    assert columns["temperature"][::2] == [85.5, -1e-3]
    assert math.isnan(columns["temperature"][1])
    assert columns["humidity"] == [85, 90, 86]
    assert columns["a 'name' \" of\ttwo"] == ["it's hot, isn't it?", None, "?"]
    assert columns["day"] == [pd.Timestamp("2020-01-05 10:30"), None, pd.Timestamp("1999-12-31")]
    assert columns["windy"] == ["FALSE", "TRUE", None]
    frame = frame_of(tmp_path / "given.arff")
    assert list(frame["outlook"].cat.categories) == ["sunny", "overcast", "very rainy"]
    assert not frame["outlook"].cat.ordered


def test_a_sparse_row_has_zeros_and_first_categories_where_it_says_nothing(arrive) -> None:
    text = _with("numeric;{x,y};integer;string", "{0 1.5, 1 y, 3 'a b'}", "{}", "{2 ?,0 2}", "1,x,7,t")
    arrived = arrive(text, name="given.arff")
    columns = arrived.columns
    assert columns["a0"] == [1.5, 0.0, 2.0, 1.0]
    assert columns["a1"] == ["y", "x", "x", "x"]
    assert columns["a2"][:2] == [0.0, 0.0]
    assert math.isnan(columns["a2"][2])
    assert columns["a3"] == ["a b", None, None, "t"]
    assert arrived.read.warnings == ("Sparse rows that leave out a text or a date have a missing value there: a3.",)


def test_weights_of_rows_are_left_out_with_a_warning(arrive) -> None:
    arrived = arrive(_with("numeric;string", "1,a,{0.5}", "2,'{5}'", "{0 3, 1 b}, {2}"), name="given.arff")
    assert arrived.columns == {"a0": [1.0, 2.0, 3.0], "a1": ["a", "{5}", "b"]}
    assert "weights of 2 rows" in arrived.read.warnings[0]


def test_blanks_may_stand_for_commas(arrive) -> None:
    assert arrive(_with("numeric;numeric", "1\t2", "3 ?"), name="given.arff").columns["a0"] == [1.0, 3.0]


def test_whole_numbers_that_are_written_as_decimals_are_decimals(arrive) -> None:
    arrived = arrive(_with("integer;integer", "1.0,1", "2.5,2"), name="given.arff")
    assert arrived.types == {"a0": "decimal", "a1": "whole number"}


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("", "2020-01-05T10:30:00", "2020-01-05 10:30"),
        ('"yyyy-MM-dd"', "2020-01-05", "2020-01-05"),
        ("dd.MM.yy", "05.01.20", "2020-01-05"),
        ("\"dd MMM yyyy, hh 'o''clock' a\"", "'05 Jan 2020, 03 oclock PM'", "2020-01-05 15:00"),
        ('"yyyy-MM-dd HH:mm:ss.SSS"', "'2020-01-05 10:30:00.125'", "2020-01-05 10:30:00.125"),
        ('"yyyy DDD 100%"', "'2020 032 100%'", "2020-02-01"),
        ("yyyy-MM-dd", "1500-01-01", "1500-01-01"),
    ],
)
def test_dates_are_read_by_their_format(arrive, pattern: str, value: str, expected: str) -> None:
    column = arrive(_with(f"date {pattern}", value, "?"), name="given.arff").columns["a0"]
    assert pd.Timestamp(column[0]) == pd.Timestamp(expected)
    assert column[1] is None


def test_dates_with_an_offset_are_in_utc(arrive) -> None:
    arrived = arrive(_with("date \"yyyy-MM-dd'T'HH:mm:ssZ\"", "2020-01-05T10:30:00+0200"), name="given.arff")
    assert arrived.columns["a0"] == [pd.Timestamp("2020-01-05 08:30", tz="UTC")]


def test_packed_files_other_encodings_and_line_ends_are_read(arrive) -> None:
    text = _with("string;{ü,b}", "wörd,ü")
    for content, name in (
        (gzip.compress(text.encode()), "given.arff.gz"),
        (text.encode("utf-16"), "given.arff"),
        (text.encode("cp1252"), "given.arff"),
        (text.replace("\n", "\r\n").encode(), "given.arff"),
        (text.replace("\n", "\r").encode(), "given.arff"),
        (b"\xef\xbb\xbf" + text.encode(), "given.arff"),
    ):
        assert arrive(content, name=name).columns == {"a0": ["wörd"], "a1": ["ü"]}


def test_a_header_alone_is_a_table_without_rows(arrive) -> None:
    arrived = arrive(_with("numeric;string;{a,b};date"), name="given.arff")
    assert list(arrived.types.values()) == ["decimal", "text", "category", "datetime"]
    assert arrived.read.shape.rows == 0


def test_what_late_blocks_hold_is_of_the_same_columns(arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)
    rows = [f"{number},x{number % 2}" for number in range(100)]
    text = _with("integer;{x0,x1}", *rows, "0.5,x0")
    arrived = arrive(text, name="given.arff")
    assert arrived.columns["a0"] == [*map(float, range(100)), 0.5]
    assert arrived.columns["a1"][99] == "x1"
    assert arrive(text, name="given.arff", sample=3).columns["a0"] == [0, 1, 2]
    assert "line 105 has 'y' in the column a1" in _refused(arrive, _with("integer;{x0,x1}", *rows, "1,y"))


def test_names_that_stand_twice_get_a_suffix(arrive) -> None:
    arrived = arrive("@relation r\n@attribute x numeric\n@attribute x string\n@data\n1,a\n", name="given.arff")
    assert list(arrived.types) == ["x", "x_0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@relation r\n@attribute a numeric\n", "it has no line @data"),
        ("@relation r\n@data\n1\n", "line 2 begins the data, and no attribute was declared"),
        ("a,b\n1,2\n", "line 1 is no declaration"),
        (
            "@relation r\n@attribute a relational\n",
            "line 2 declares a relational attribute, which is a table in a cell",
        ),
        ("@relation r\n@attribute a complex\n", "of the kind complex, and there are numeric"),
        ("@relation r\n@attribute a\n", "of the kind nothing"),
        ("@relation r\n@attribute\n", "declares an attribute without a name"),
        ("@relation r\n@attribute a {x, y\n", "without a closing brace"),
        ("@relation r\n@attribute a {x, 'y}\n", "a quote that is never closed"),
        ("@relation r\n@attribute a date 'yyyy-QQ'\n", "dates with QQ in their format"),
        ("@relation r\n@attribute a date 'yyyy-MM-yyyy'\n", "name a part of the date twice"),
        (_with("numeric", "1", "x"), "line 5 has 'x' in the column a0, which is no number"),
        (_with("numeric", "1_000"), "has '1_000' in the column a0, which is no number"),
        (_with("integer", "99999999999999999999"), "which is too large for a whole number"),
        (_with("{x,y}", "x", "z"), "line 5 has 'z' in the column a0, which is none of its categories"),
        (_with("date yyyy-MM-dd", "2020-13-01"), "which is no date of its format"),
        (_with("numeric;string", "1,a", "1"), "line 6 has 1 values, fewer than the 2 attributes"),
        (_with("numeric;string", "1,a,b"), "line 5 has 3 values, more than the 2 attributes"),
        (_with("numeric;string", "1,'a"), "line 5 has a quote that is never closed"),
        (_with("numeric;string", "{0 1, 5 x}"), "names the attribute 5, which is not there"),
        (_with("numeric;string", "{0 1, 0 2}"), "names the attribute 0, which is not there or was named already"),
        (_with("numeric;string", "{x}"), "is a sparse row that is not INDEX VALUE"),
        (_with("numeric;string", "{0 1, 1 'a}"), "is a sparse row that is not INDEX VALUE"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(arrive, text: str, said: str) -> None:
    assert said in _refused(arrive, text)


def test_sparse_rows_of_very_many_attributes_do_not_fill_the_memory(arrive) -> None:
    declared = "".join(f"@attribute a{number} numeric\n" for number in range(50_000))
    assert "unpacks to more than" in _refused(arrive, f"@relation r\n{declared}@data\n" + "{}\n" * 200_000)


def test_more_attributes_than_a_table_has_columns_are_refused(arrive) -> None:
    declared = "@attribute a numeric\n" * 100_001
    assert "one attribute more than" in _refused(arrive, f"@relation r\n{declared}@data\n")


@pytest.mark.parametrize(
    "row",
    [
        "'" * 200_000,
        "\\'" * 200_000,
        "'" + "\\" * 200_001,
        "," * 200_000,
        " " * 200_000 + "x",
        "{" + "0 " * 200_000,
        "1,{" * 100_000 + "}",
    ],
)
def test_no_line_takes_long(arrive, row: str) -> None:
    began = time.monotonic()
    _refused(arrive, _with("numeric;string", row))
    _refused(arrive, f"@relation r\n@attribute {row}\n")
    assert time.monotonic() - began < 10


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=12), min_size=1, max_size=8),
    numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=8, max_size=8),
)
def test_quoted_texts_and_numbers_come_as_they_are(tmp_path: Path, texts: list[str], numbers: list[float]) -> None:
    spelt = []
    for text in texts:
        quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
        spelt.append(f"'{quoted}'")
    rows = [f"{text}, {number!r}" for text, number in zip(spelt, numbers, strict=False)]
    (tmp_path / "given.arff").write_bytes(_with("string;numeric", *rows).encode())
    read(tmp_path / "given.arff", tmp_path / "step.arrow")
    table = open_step(tmp_path / "step.arrow")
    assert table.column("a0").to_pylist() == texts
    assert table.column("a1").to_pylist() == numbers[: len(texts)]
