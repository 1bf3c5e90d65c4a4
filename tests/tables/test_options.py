"""How a person says how a table is read."""

from __future__ import annotations

import pytest

from transom.errors import WrongUse
from transom.tables.options import Kind, ReadOptions, parse_options


def test_every_option_of_the_example_is_understood() -> None:
    options = parse_options("header=no,delimiter=;,decimal=,,encoding=cp1252,types=zip:text")
    assert options == ReadOptions(False, ";", ",", "cp1252", {"zip": Kind.TEXT})


@pytest.mark.parametrize("text", ["delimiter=,", "delimiter=,,decimal=.", "decimal=.,delimiter=,"])
def test_a_comma_may_be_a_value(text: str) -> None:
    assert parse_options(text).delimiter == ","


@pytest.mark.parametrize("text", ["types=zip:text+year:whole", "types=zip:text,types=year:whole"])
def test_several_types_are_joined_by_plus_or_given_again(text: str) -> None:
    assert parse_options(text).types == {"zip": Kind.TEXT, "year": Kind.WHOLE}


def test_a_column_name_may_hold_a_colon_and_a_plus() -> None:
    assert parse_options("types=a:b:text+c+d:whole").types == {"a:b": Kind.TEXT, "c+d": Kind.WHOLE}


def test_a_sheet_and_a_file_are_named_by_any_text_with_commas_and_blanks() -> None:
    options = parse_options("sheet=Q1, all,header=no,file=a folder/cars, old.csv")
    assert (options.sheet, options.file, options.header) == ("Q1, all", "a folder/cars, old.csv", False)


def test_which_options_were_said_is_known_also_where_they_say_no() -> None:
    assert parse_options("header=no,types=a:text,sheet=2").said == ("header", "types", "sheet")
    assert parse_options("").said == ()


def test_nothing_said_leaves_everything_to_be_found_out() -> None:
    assert parse_options("  ") == ReadOptions()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("haeder=no", "Did you mean header?"),
        ("header=no,delimter=;", "Did you mean delimiter?"),
        ("header=perhaps", "neither yes nor no"),
        ("delimiter=ab", "not one ASCII character"),
        ("decimal=x", "neither a comma nor a point"),
        ("encoding=utf-99", "no text encoding"),
        ("types=zip:txt", "Did you mean text?"),
        ("types=zip", "NAME:TYPE"),
        ("header=no,header=yes", "given twice"),
        ("whatever", "no read option"),
        ("sheet= ", "the name is empty"),
        ("shete=1", "Did you mean sheet?"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_the_near_word(text: str, said: str) -> None:
    with pytest.raises(WrongUse) as wrong:
        parse_options(text)
    assert said in str(wrong.value)
