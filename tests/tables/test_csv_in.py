"""CSV in: the contract's rule for types, encodings, delimiters, and every kind of broken text."""

from __future__ import annotations

import bz2
import gzip
import io
from datetime import datetime
from pathlib import Path

import pytest

from transom.errors import InputUnreadable
from transom.tables.formats import read
from transom.tables.step_file import first_rows

TYPES = {
    "whole numbers": ("1\n-2\n0", "whole number", [1, -2, 0]),
    "whole numbers with signs and blanks": (" 5\n+7 \n-0", "whole number", [5, 7, 0]),
    "a leading zero keeps text": ("06001\n6002", "text", ["06001", "6002"]),
    "a signed leading zero keeps text": ("-01\n2", "text", ["-01", "2"]),
    "a decimal with leading zeros keeps text": ("00.5\n1.5", "text", ["00.5", "1.5"]),
    "hexadecimal is text": ("0x1F\n12", "text", ["0x1F", "12"]),
    "beyond 63 bits": ("18446744073709551615\n1", "whole number", [18446744073709551615, 1]),
    "beyond 64 bits is text": ("18446744073709551616\n1", "text", ["18446744073709551616", "1"]),
    "long numbers among decimals are not rounded": ("1.5\n12345678901234567", "text", ["1.5", "12345678901234567"]),
    "decimals": ("0.5\n-0.25\n.5\n5.\n1e-3", "decimal", [0.5, -0.25, 0.5, 5.0, 0.001]),
    "whole and decimal": ("1\n2.5", "decimal", [1.0, 2.5]),
    "infinity": ("inf\n1.5\n-Infinity", "decimal", [float("inf"), 1.5, float("-inf")]),
    "a thousands comma is text": ('"1,000"\n"2,5"', "text", ["1,000", "2,5"]),
    "underscores are text": ("1_000\n2", "text", ["1_000", "2"]),
    "true and false in any case": ("TRUE\nfalse\nTrue", "true/false", [True, False, True]),
    "YES and NO stay text": ("YES\nNO", "text", ["YES", "NO"]),
    "T and F stay text": ("T\nF", "text", ["T", "F"]),
    "0 and 1 stay numbers": ("0\n1", "whole number", [0, 1]),
    "true beside 1 is text": ("true\n1", "text", ["true", "1"]),
    "true beside NA is text": ("true\nNA", "text", ["true", "NA"]),
    "dates": ("2020-01-05\n2021-12-31", "datetime", [datetime(2020, 1, 5), datetime(2021, 12, 31)]),
    "dates and times": ("2020-01-05T10:30\n2020-01-05 10:30:01.5", "datetime", None),
    "years beyond nanoseconds": ("1500-01-01\n9999-12-31", "datetime", [datetime(1500, 1, 1), datetime(9999, 12, 31)]),
    "an impossible date is text": ("2020-02-30\n2020-01-01", "text", ["2020-02-30", "2020-01-01"]),
    "another order is text": ("05/01/2020\n31/12/2020", "text", ["05/01/2020", "31/12/2020"]),
    "a time alone is text": ("10:30\n11:00", "text", ["10:30", "11:00"]),
    "with and without a zone is text": ("2020-01-05T10:00Z\n2020-01-05", "text", ["2020-01-05T10:00Z", "2020-01-05"]),
    "NA in a text column is text": ("NA\nFR", "text", ["NA", "FR"]),
    "NA alone is text": ("NA\nNA", "text", ["NA", "NA"]),
    "digits of another script are text": ("١\n٢", "text", ["١", "٢"]),
}


@pytest.mark.parametrize("case", TYPES)
def test_a_column_is_what_every_one_of_its_cells_is(arrive, case: str) -> None:
    cells, word, values = TYPES[case]
    arrived = arrive(f"c\n{cells}\n")
    assert arrived.types == {"c": word}
    if values is not None:
        assert arrived.columns["c"] == values


def test_the_last_of_many_rows_decides_as_much_as_the_first(arrive) -> None:
    arrived = arrive("a,b\n" + "1,2\n" * 500_000 + "007,2.5\n")
    assert arrived.types == {"a": "text", "b": "decimal"}
    assert arrived.columns["a"][-1] == "007"


def test_an_empty_cell_is_missing_quoted_or_not(arrive) -> None:
    assert arrive('a,b\nx,\n"",y\n').columns == {"a": ["x", None], "b": [None, "y"]}


def test_a_column_without_any_value_is_of_missing_numbers(arrive) -> None:
    arrived = arrive("a,b\n1,\n2,\n")
    assert arrived.types["b"] == "empty"
    assert str(arrived.table.schema.field("b").type) == "double"


@pytest.mark.parametrize("word", ["NA", "NULL", "?", "nan", "N/A", "None", "null"])
@pytest.mark.parametrize("others", ["1", "1.5", "2020-01-01", "2020-01-01T00:00Z"])
def test_a_word_for_missing_counts_among_numbers_and_dates_with_a_warning(arrive, word: str, others: str) -> None:
    arrived = arrive(f"c\n{others}\n{word}\n{others}\n")
    assert arrived.types["c"] != "text"
    assert [value is None or value != value for value in arrived.columns["c"]] == [False, True, False]
    assert arrived.read.warnings == ("Cells that say NA, NULL, ? or the like were read as missing: 1 in c.",)


@pytest.mark.parametrize("name", ["n" * 100_000, "\u202eeman"], ids=["long", "turned round"])
def test_what_is_said_holds_a_name_of_strangers_short_and_plain(arrive, name: str) -> None:
    told = [*arrive(f"{name},b\n1,2\nNA,3\n").read.warnings]
    for cells, types in (("1,2", "c:text"), (f"{'x' * 100_000},2", f"{name}:whole")):
        with pytest.raises(InputUnreadable) as refused:
            arrive(f"{name},b\n{cells}\n", f"types={types}")
        told.append(str(refused.value))
    assert len(told) == 3
    assert all(len(each) < 600 and "\u202e" not in each for each in told)


def test_whole_numbers_with_missing_ones_are_floats_as_in_pandas(arrive) -> None:
    table = arrive("c,d\n1,2\n,3\n").table
    assert str(table.schema.field("c").type) == "double"
    assert table.column("c").null_count == 0  # not a number, and no mask


def test_whole_numbers_that_a_float_would_round_stay_whole_beside_missing_ones(arrive) -> None:
    assert arrive("c,d\n9007199254740993,1\n,1\n").columns["c"] == [9007199254740993, None]


@pytest.mark.parametrize("whole", ["9007199254740993", "-9007199254740993", "9007199254740995"])
def test_whole_numbers_that_a_float_would_round_make_texts_of_the_decimals_beside_them(arrive, whole: str) -> None:
    assert arrive(f"c,d\n{whole},1\n0.5,1\n").columns["c"] == [whole, "0.5"]


def test_the_largest_whole_number_that_is_surely_exact_stays_a_number_beside_decimals(arrive) -> None:
    assert arrive("c,d\n9007199254740991,1\n0.5,1\n").columns["c"] == [2.0**53 - 1, 0.5]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("2020-01-05T10:00Z", "timestamp[ns, tz=UTC]"),
        ("2020-01-05T10:00+00:00", "timestamp[ns, tz=UTC]"),
        ("2020-01-05T10:00+02:00\n2020-01-06T10:00+0200", "timestamp[ns, tz=+02:00]"),
        ("2020-01-05T10:00", "timestamp[ns]"),
    ],
)
def test_an_explicit_offset_is_kept_and_no_zone_is_invented(arrive, cells: str, kind: str) -> None:
    assert str(arrive(f"c\n{cells}\n").table.schema.field("c").type) == kind


def test_dates_with_several_offsets_come_to_utc_with_a_warning(arrive) -> None:
    arrived = arrive("c\n2020-01-05T10:00+01:00\n2020-07-05T10:00+02:00\n")
    assert str(arrived.table.schema.field("c").type) == "timestamp[ns, tz=UTC]"
    assert "several offsets" in arrived.read.warnings[0]


def test_a_decimal_comma_counts_where_the_delimiter_is_a_semicolon(arrive) -> None:
    arrived = arrive("a;b;c\n1,5;2.5;1.234,5\n2,25;3;1\n")
    assert arrived.types == {"a": "decimal", "b": "decimal", "c": "text"}
    assert arrived.columns["a"] == [1.5, 2.25]


def test_a_column_has_one_decimal_sign(arrive) -> None:
    assert arrive("a;b\n1,5;1\n1.5;2\n").types["a"] == "text"


def test_the_decimal_sign_can_be_said(arrive) -> None:
    assert arrive('a,b\n"1,5",1\n', "decimal=,").columns["a"] == [1.5]
    assert arrive("a;b\n1.5;1\n", "decimal=,").types["a"] == "text"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(arrive, delimiter: str) -> None:
    text = delimiter.join(["a", "b", "c"]) + "\n" + delimiter.join(["1", "x y", '"q,;|\t"']) + "\n"
    assert arrive(text).columns == {"a": [1], "b": ["x y"], "c": ["q,;|\t"]}


def test_a_tsv_file_has_tabs_even_where_commas_are_more(arrive) -> None:
    assert arrive("a,b\tc,d,e\n1,2\t3,4,5\n", name="given.tsv").table.column_names == ["a,b", "c,d,e"]


def test_one_column_needs_no_delimiter(arrive) -> None:
    assert arrive("a b\n1\n2\n").columns == {"a b": [1, 2]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_the_encoding_is_found(arrive, encoding: str) -> None:
    arrived = arrive("né,prix\nàç,1\n".encode(encoding))
    assert arrived.columns == {"né": ["àç"], "prix": [1]}
    assert bool(arrived.read.warnings) == (encoding == "cp1252")


def test_the_encoding_can_be_said(arrive) -> None:
    assert arrive("n\nж\n".encode("cp1251"), "encoding=cp1251").columns == {"n": ["ж"]}


def test_a_place_that_breaks_utf_8_is_named_by_its_line(arrive) -> None:
    with pytest.raises(InputUnreadable, match="line 3 holds bytes that fit no encoding"):
        arrive("é,b\n1,2\n".encode() + b"\xe9,4\n")


def test_bytes_that_fit_no_encoding_are_named_by_their_line(arrive) -> None:
    with pytest.raises(InputUnreadable, match="line 2 holds bytes that fit no encoding"):
        arrive(b"a,b\n\xe9\x81,4\n")


def test_bytes_that_are_not_in_the_encoding_that_was_said_are_named_by_their_line(arrive) -> None:
    with pytest.raises(InputUnreadable, match="line 2 holds bytes that are not utf-8"):
        arrive(b"a,b\n1,\xe9\n", "encoding=utf-8")


@pytest.mark.parametrize("rows_before", [0, 1, 300_000])
@pytest.mark.parametrize(("row", "said"), [("3", "1 cell, fewer"), ("3,4,5", "3 cells, more")])
def test_a_ragged_row_is_named_by_its_line(arrive, rows_before: int, row: str, said: str) -> None:
    text = "a,b\n" + '"x\ny",2\n' + "1,2\n" * rows_before + f"{row}\n1,2\n"
    with pytest.raises(InputUnreadable, match=f"line {rows_before + 4} has {said} than the 2 of the first line"):
        arrive(text)


def test_a_quote_that_is_never_closed_is_named_by_its_line(arrive) -> None:
    with pytest.raises(InputUnreadable, match="the quote that opens in line 3 is never closed"):
        arrive('a,b\n1,x\n2,"y\n3,z\n4,w\n')


def test_a_last_cell_with_a_line_end_in_quotes_is_no_open_quote(arrive) -> None:
    assert arrive('a,b\n1,"x\n"\n').columns["b"] == ["x\n"]


def test_cells_may_hold_line_ends_quotes_and_delimiters(arrive) -> None:
    assert arrive('a,"b\nc"\n1,"x\r\ny"\n2,"say ""hi"", you"\n').columns == {
        "a": [1, 2],
        "b\nc": ["x\r\ny", 'say "hi", you'],
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_understood_and_empty_lines_are_no_rows(arrive, end: str) -> None:
    assert arrive(end.join(["", "a,b", "", "1,x", "", "2,y", "", ""])).columns == {"a": [1, 2], "b": ["x", "y"]}


def test_the_last_line_needs_no_end(arrive) -> None:
    assert arrive("a,b\n1,2").columns == {"a": [1], "b": [2]}


def test_a_name_that_stands_twice_gets_a_suffix_with_a_warning(arrive) -> None:
    arrived = arrive("x,x,x_0,x\n1,2,3,4\n")
    assert arrived.table.column_names == ["x", "x_1", "x_0", "x_2"]
    assert len(arrived.read.warnings) == 2


def test_an_empty_name_is_called_as_pandas_calls_it(arrive) -> None:
    assert arrive(",a,\n0,1,2\n").table.column_names == ["Unnamed: 0", "a", "Unnamed: 2"]


def test_without_a_header_the_columns_are_numbered(arrive) -> None:
    assert arrive("1,x\n2,y\n", "header=no").columns == {"Column1": [1, 2], "Column2": ["x", "y"]}


def test_a_header_alone_is_a_table_without_rows(arrive) -> None:
    arrived = arrive("a,b\n")
    assert (arrived.table.num_rows, arrived.table.column_names) == (0, ["a", "b"])


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_a_file_without_a_header_is_an_error(arrive, text: str) -> None:
    with pytest.raises(InputUnreadable, match=r"is empty|holds no rows"):
        arrive(text)


def test_types_can_be_said(arrive) -> None:
    arrived = arrive("a,b,c\n7,007,1\n8,008,0\n", "types=a:text+b:whole+c:decimal")
    assert arrived.columns == {"a": ["7", "8"], "b": [7, 8], "c": [1.0, 0.0]}


def test_a_cell_that_is_not_of_the_type_that_was_said_is_named_by_its_line(arrive) -> None:
    with pytest.raises(InputUnreadable, match="column b was to be whole number, but line 4 holds 'x'"):
        arrive("a,b\n1,2\n\n1,x\n", "types=b:whole")


def test_a_type_for_a_column_that_is_not_there_names_the_near_one(arrive) -> None:
    with pytest.raises(InputUnreadable, match="Did you mean price"):
        arrive("price,b\n1,2\n", "types=prize:text")


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_packed_text_is_unpacked(arrive, ending: str, pack) -> None:
    assert arrive(pack(b'a,b\n1,"x"\n'), name=f"given.csv{ending}").columns == {"a": [1], "b": ["x"]}


@pytest.mark.parametrize("rows", [0, 1, 3, 10])
def test_a_sample_takes_the_first_rows(arrive, rows: int) -> None:
    arrived = arrive("a\n1\n2\n3\n4\n", sample=rows)
    assert arrived.columns["a"] == [1, 2, 3, 4][:rows]


def test_a_stream_is_read_as_csv(tmp_path: Path) -> None:
    told = read(io.BytesIO(b"a,b\n1,x\n"), tmp_path / "step.arrow")
    assert (told.format, told.shape.rows) == ("CSV", 1)
    assert first_rows(tmp_path / "step.arrow", 5).rows == (("1", "x"),)


def test_progress_ends_with_the_whole_file(arrive) -> None:
    heard: list[tuple[int, int]] = []
    text = "a,b\n" + "1,x\n" * 200_000
    arrive(text, progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (len(text), len(text))
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_blocks_are_cut_where_rows_end_whatever_the_cells_hold(tmp_path: Path) -> None:
    from transom.tables.csv_blocks import Blocks
    from transom.tables.csv_text import Dialect

    rows = ['1,"a\nb"', "2,c", '3,"d ""\n"""', "", '4,"\n\n"', "5,e"] * 20
    (tmp_path / "given.csv").write_text("n,t\n" + "\n".join(rows))
    for size in (1, 7, 64, 1 << 20):
        blocks = Blocks(tmp_path / "given.csv", Dialect("utf-8", ",", ("n", "t"), True, 0), size)
        places = list(blocks.places())
        assert [start for start, _ in places][1:] == [end for _, end in places][:-1]
        cells = [blocks.cells(place) for place in places]
        assert [one for block in cells for one in block[1].to_pylist()] == ["a\nb", "c", 'd "\n"', "\n\n", "e"] * 20


def test_a_column_whose_blocks_need_different_types_gets_the_one_that_fits_all(arrive) -> None:
    numbers = "1,2020-01-01,true,1\n" * 300_000
    arrived = arrive("a,b,c,d\n" + numbers + "2.5,2020-01-02T10:00,no,\n" + numbers + "1,x,true,2020-01-01\n")
    assert arrived.types == {"a": "decimal", "b": "text", "c": "text", "d": "text"}
    assert arrived.table.num_rows == 600_002
    assert [arrived.columns[name][0] for name in "abcd"] == [1.0, "2020-01-01", "true", "1"]


def test_a_cell_larger_than_a_block_is_read_whole(arrive) -> None:
    assert arrive("a,b\n1," + "z" * 200_000 + "\n").columns["b"] == ["z" * 200_000]


def test_a_first_line_that_is_one_endless_quote_is_an_error(arrive) -> None:
    with pytest.raises(InputUnreadable, match="first line names no columns"):
        arrive('"' + "a,b\n" * 100_000)


def test_an_error_leaves_nothing_behind(arrive, tmp_path: Path) -> None:
    with pytest.raises(InputUnreadable):
        arrive("a,b\n1\n")
    assert [path.name for path in tmp_path.iterdir()] == ["given.csv"]


@pytest.mark.parametrize("text", ["a,b", '"a",b', '"a\nx",b', "a,b\r", "\na,b", "sep=,\na,b"])
def test_a_header_alone_needs_no_line_end(arrive, text: str) -> None:
    arrived = arrive(text)
    assert (arrived.table.num_rows, arrived.table.num_columns) == (0, 2)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("rows", [["1"], ["1", "22222222"], ['"x"', '""'], ['"a\nb"', '"c"']])
def test_no_block_needs_a_last_line_end(tmp_path: Path, end: str, rows: list[str]) -> None:
    from transom.tables.csv_blocks import Blocks
    from transom.tables.csv_text import Dialect

    read_back = []
    for last in ("", end):
        for size in (*range(1, 24), 1 << 20):
            (tmp_path / "given.csv").write_bytes((end.join(["n", *rows]) + last).encode())
            blocks = Blocks(tmp_path / "given.csv", Dialect("utf-8", ",", ("n",), True, 0), size)
            read_back.append([one for place in blocks.places() for one in blocks.cells(place)[0].to_pylist()])
    assert read_back == [read_back[-1]] * len(read_back)
    assert read_back[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n"1,2', 2),
        ('a,b\n"1,2\n3,4\n', 2),
        ('a,b\n1,"2', 2),
        ('a,b\n1,2\n"x\ny","z\n', 4),
        ('a,b\n1,"say ""hi""', 2),
        ('a,"b\n1,2\n', 1),
        ('a,b\r1,2\r3,"4\r', 3),
        ('\ufeffa,b\n1,"', 2),
        ('sep=;\na;b\n1;2\n3;"4', 4),
        ('a,b\n"x","y"\n' + "1,2\n" * 1_200_000 + '"1,2', 1_200_003),
    ],
)
def test_a_quote_that_is_never_closed_is_named_by_the_line_in_which_it_opens(arrive, text: str, line: int) -> None:
    with pytest.raises(InputUnreadable, match=f"the quote that opens in line {line} is never closed"):
        arrive(text)


@pytest.mark.parametrize(
    ("row", "cells"),
    [('1,""', [1, None]), ('1,"x,"', [1, "x,"]), ('1,"x"""', [1, 'x"']), ('1,5"', [1, '5"']), ('1,"a""b"', [1, 'a"b'])],
)
def test_a_quote_at_the_end_of_a_file_may_be_a_closed_one(arrive, row: str, cells: list[object]) -> None:
    assert [values[0] for values in arrive(f"a,b\n{row}", "types=b:text").columns.values()] == cells


@pytest.mark.parametrize(
    ("line", "sign"), [("sep=;", ";"), ('"sep=;"', ";"), ("SEP=|", "|"), ("sep=,", ","), ("sep=\t", "\t")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_that_tells_excel_of_the_delimiter_is_no_data(arrive, line: str, sign: str, end: str) -> None:
    arrived = arrive(end.join([line, f"a{sign}b", f"1{sign}x,;y" if sign not in ",;" else f"1{sign}xy", ""]))
    assert (arrived.table.column_names, arrived.columns["a"]) == (["a", "b"], [1])
    assert [one for one in arrived.read.warnings if one.startswith("The first line, sep=")]


def test_the_line_that_tells_excel_of_the_delimiter_counts_as_a_line(arrive) -> None:
    with pytest.raises(InputUnreadable, match="line 4 has 1 cell, fewer than the 2"):
        arrive("sep=;\na;b\n1;2\n3\n")


def test_a_delimiter_that_was_said_goes_before_the_one_of_excel(arrive) -> None:
    arrived = arrive("sep=;\na|b;c\n1|2\n", "delimiter=|")
    assert arrived.columns == {"a": [1], "b;c": [2]}
    assert "it was left out, as it is no data" in arrived.read.warnings[0]


@pytest.mark.parametrize("header", ["sep=x,b", "sep=;x", "sep,b", "asep=;"])
def test_a_column_may_be_called_nearly_so(arrive, header: str) -> None:
    assert arrive(f"{header}\n", "delimiter=,").table.column_names == header.split(",")


@pytest.mark.parametrize(
    ("cell", "word"),
    [("true", "true/false"), ("2020-01-05", "datetime"), ("+7", "whole number"), ("1.5", "decimal"), ("x", "text")],
)
@pytest.mark.parametrize("place", [0, 1, 4_999, 9_999])
def test_one_cell_among_thousands_of_empty_ones_is_the_type(arrive, cell: str, word: str, place: int) -> None:
    cells = [",1"] * 10_000
    cells[place] = f"{cell},1"
    assert arrive("a,b\n" + "\n".join(cells) + "\n").types["a"] == word


@pytest.mark.parametrize("place", [0, 1, 4_999, 9_999])
@pytest.mark.parametrize("cell", ["007", "x", "1.5", "NA", "+8"])
def test_one_cell_among_thousands_of_numbers_counts_wherever_it_stands(arrive, cell: str, place: int) -> None:
    cells = ["7"] * 10_000
    cells[place] = cell
    wanted = {"007": "text", "x": "text", "1.5": "decimal"}.get(cell, "whole number")
    assert arrive("a\n" + "\n".join(cells) + "\n").types["a"] == wanted
