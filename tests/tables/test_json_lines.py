"""JSON lines and JSON in: what type a column gets, what is not an object a line, and which line an error names."""

from __future__ import annotations

import bz2
import gzip
import json
import math
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transom.errors import InputUnreadable
from transom.tables import json_lines, json_lines_elements, lines
from transom.tables.formats import read
from transom.tables.json_lines_fast import parsed
from transom.tables.reading import Reading
from transom.tables.step_file import open_step


def _lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def _refused(arrive, content: str | bytes, options: str = "", name: str = "given.jsonl") -> str:
    with pytest.raises(InputUnreadable) as wrong:
        arrive(content, options, name)
    return str(wrong.value)


# Types


@pytest.mark.parametrize(
    ("values", "word", "kind", "expected"),
    [
        ([1, 2], "whole number", "int64", [1, 2]),
        ([2**62 + 1, -(2**63)], "whole number", "int64", [2**62 + 1, -(2**63)]),
        ([2**64 - 1, 1], "whole number", "uint64", [2**64 - 1, 1]),
        ([1, 2.5], "decimal", "double", [1.0, 2.5]),
        ([True, False], "true/false", "bool", [True, False]),
        (["a", ""], "text", "string", ["a", ""]),
        (["1", "2"], "text", "string", ["1", "2"]),
        ([[1, 2], []], "list", "list<item: int64>", [[1, 2], []]),
        ([[1, 2.5], [None]], "list", "list<item: double>", [[1.0, 2.5], [None]]),
        (
            [{"x": 1}, {"y": "b"}],
            "structure",
            "struct<x: int64, y: string>",
            [{"x": 1, "y": None}, {"x": None, "y": "b"}],
        ),
        ([[{"x": [1]}], []], "list", "list<item: struct<x: list<item: int64>>>", [[{"x": [1]}], []]),
    ],
)
def test_a_column_gets_the_type_that_holds_all_of_its_values(arrive, values, word, kind, expected) -> None:
    arrived = arrive(_lines(*({"c": value} for value in values)), name="given.jsonl")
    assert arrived.types == {"c": word}
    assert str(arrived.table.schema.field("c").type) == kind
    assert arrived.columns["c"] == expected
    assert arrived.read.warnings == ()


@pytest.mark.parametrize(
    ("values", "expected", "why"),
    [
        ([1, "a"], ["1", "a"], "whole numbers and text"),
        ([True, 1, "x"], ["true", "1", "x"], "true/false, whole numbers and text"),
        ([{"a": 1}, "x"], ['{"a": 1}', "x"], "text and structures"),
        ([[1, "a"], None], ['[1, "a"]', None], "lists of values that differ in type"),
        ([{"a": {}}], ['{"a": {}}'], "structures of values that differ in type"),
        ([2**64, 1], ["18446744073709551616", "1"], "whole numbers of more than 64 bits"),
        ([2**64 - 1, -1], ["18446744073709551615", "-1"], "whole numbers of more than 64 bits"),
        ([2**53 + 1, 0.5], ["9007199254740993", "0.5"], "would be rounded"),
    ],
)
def test_what_no_type_holds_is_text_with_a_warning_and_nothing_is_lost(arrive, values, expected, why) -> None:
    arrived = arrive(_lines(*({"c": value} for value in values)), name="given.jsonl")
    assert arrived.columns["c"] == expected
    assert len(arrived.read.warnings) == 1
    assert why in arrived.read.warnings[0]


def test_missing_names_and_null_are_missing(arrive) -> None:
    arrived = arrive('{"a": 1, "t": "x"}\n{"t": null, "b": true}\n', name="given.jsonl")
    assert arrived.columns["t"] == ["x", None]
    assert arrived.columns["b"] == [None, True]
    assert arrived.columns["a"][0] == 1.0
    assert math.isnan(arrived.columns["a"][1])


def test_a_column_of_nothing_but_null_is_empty(arrive) -> None:
    arrived = arrive('{"a": null}\n{"a": null}\n', name="given.jsonl")
    assert arrived.types == {"a": "empty"}
    assert str(arrived.table.schema.field("a").type) == "double"


def test_texts_that_are_all_dates_are_dates_and_no_zone_is_invented(arrive) -> None:
    rows = [
        {"day": "2020-01-05", "utc": "2020-01-05T10:30:00Z", "not": "2020-01-05", "mixed": "2020-01-05"},
        {"day": "2020-02-29T12:00:00.5", "utc": "2020-01-06T00:00:00Z", "not": "soon", "mixed": ""},
    ]
    arrived = arrive(_lines(*rows), name="given.jsonl")
    assert arrived.types == {"day": "datetime", "utc": "datetime", "not": "text", "mixed": "text"}
    assert [str(one.type) for one in arrived.table.schema][:2] == ["timestamp[ns]", "timestamp[ns, tz=UTC]"]
    assert arrived.columns["mixed"] == ["2020-01-05", ""]


def test_nan_and_infinity_as_python_writes_them_are_numbers(arrive) -> None:
    arrived = arrive('{"a": NaN}\n{"a": -Infinity}\n{"a": 1.5}\n', name="given.jsonl")
    assert math.isnan(arrived.columns["a"][0])
    assert arrived.columns["a"][1:] == [-math.inf, 1.5]


def test_columns_stand_in_the_order_in_which_their_names_came(arrive) -> None:
    arrived = arrive(_lines({"z": 1, "a": 2}, {"m": 3, "z": 4}), name="given.jsonl")
    assert list(arrived.types) == ["z", "a", "m"]


def test_objects_without_names_are_rows_without_columns(arrive) -> None:
    arrived = arrive("{}\n{}\n", name="given.jsonl")
    assert arrived.read.shape.rows == 2
    assert not arrived.types


def test_structures_of_very_many_names_are_text_since_their_names_are_values(arrive) -> None:
    rows = [{"c": {f"user {number}": number}} for number in range(2000)]
    arrived = arrive(_lines(*rows), name="given.jsonl")
    assert arrived.types == {"c": "text"}
    assert json.loads(arrived.columns["c"][1234]) == {"user 1234": 1234}


def test_what_is_nested_very_deeply_is_text(arrive) -> None:
    value: object = 1
    for _ in range(60):
        value = [value]
    arrived = arrive(_lines({"c": value}), name="given.jsonl")
    assert json.loads(arrived.columns["c"][0]) == value


def test_a_type_that_was_said_wins(arrive) -> None:
    text = _lines({"zip": 6001, "day": "2020-01-05", "n": "5"}, {"zip": 12, "day": "2020-01-06", "n": "x"})
    arrived = arrive(text, "types=zip:text+day:text", "given.jsonl")
    assert arrived.columns["zip"] == ["6001", "12"]
    assert arrived.columns["day"] == ["2020-01-05", "2020-01-06"]
    assert arrived.read.warnings == ()
    assert "column n was to be whole number, but row 2 holds 'x'" in _refused(arrive, text, "types=n:whole")
    assert "Did you mean day?" in _refused(arrive, text, "types=dai:text")


# Blocks


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 64)


@pytest.mark.usefixtures("small_blocks")
def test_what_a_late_block_shows_changes_the_blocks_before_it(arrive) -> None:
    rows: list[dict[str, object]] = [
        {"text": number, "decimal": number, "long": 2**60 + number, "wide": {"a": number}, "wider": -number}
        for number in range(200)
    ]
    rows += [{"text": "x", "decimal": 0.5, "long": 1.5, "wide": {"a": 1, "b": "new"}, "late": [1], "wider": 2**63}]
    arrived = arrive(_lines(*rows), name="given.jsonl")
    assert arrived.types == {
        "text": "text",
        "decimal": "decimal",
        "long": "text",
        "wide": "structure",
        "wider": "text",
        "late": "list",
    }
    assert arrived.columns["text"] == [*map(str, range(200)), "x"]
    assert arrived.columns["decimal"] == [*map(float, range(200)), 0.5]
    assert arrived.columns["long"] == [*(str(2**60 + number) for number in range(200)), "1.5"]
    assert arrived.columns["wide"][7] == {"a": 7, "b": None}
    assert arrived.columns["late"] == [None] * 200 + [[1]]
    assert arrived.columns["wider"][-2:] == ["-199", str(2**63)]


@pytest.mark.usefixtures("small_blocks")
def test_a_sample_is_the_first_rows_and_looks_no_further(arrive) -> None:
    text = _lines(*({"a": number} for number in range(100))) + "broken"
    arrived = arrive(text, name="given.jsonl", sample=3)
    assert arrived.columns == {"a": [0, 1, 2]}


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=6),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=6,
)
_ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3), min_size=1, max_size=12)


def _same(given: object, came: object, kind: pa.DataType) -> bool:
    """Whether a value of JSON came as what it is, in the type that its column has."""
    if given is None:
        return came is None or (isinstance(came, float) and math.isnan(came))
    if pa.types.is_string(kind) and not isinstance(given, str):
        return json.loads(came) == given
    if isinstance(given, list) and pa.types.is_list(kind):
        return len(given) == len(came) and all(_same(*pair, kind.value_type) for pair in zip(given, came, strict=True))
    if isinstance(given, dict) and pa.types.is_struct(kind):
        return all(_same(given.get(name), came[name], kind.field(name).type) for name in came)
    return given == came


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, size=st.sampled_from([16, 64, 1 << 20]))
def test_every_value_of_any_objects_comes_as_it_is(tmp_path: Path, rows: list[dict[str, object]], size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_BYTES", size)
        (tmp_path / "given.jsonl").write_text(_lines(*rows))
        told = read(tmp_path / "given.jsonl", tmp_path / "step.arrow")
    table = open_step(tmp_path / "step.arrow")
    assert told.shape.rows == len(rows)
    for name in {name for row in rows for name in row}:
        values = table.column(name).to_pylist()
        if pa.types.is_timestamp(table.schema.field(name).type):
            continue
        assert all(
            _same(row.get(name), came, table.schema.field(name).type) for row, came in zip(rows, values, strict=True)
        )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_arrow_reads_a_block_exactly_as_python_does_or_not_at_all(
    tmp_path: Path, rows: list[dict[str, object]]
) -> None:
    (tmp_path / "given.jsonl").write_text(_lines(*rows))
    reading = Reading(tmp_path / "given.jsonl", "given")
    blocks = json_lines._Blocks(reading, lines.Lines(reading, tmp_path / "given.jsonl"))
    blocks.read()
    (exact,) = blocks.kept
    schema = blocks._schema()
    fast = None if schema is None else parsed((tmp_path / "given.jsonl").read_bytes(), schema)
    if fast is not None:
        assert {name: fast.column(name).to_pylist() for name in fast.schema.names} == {
            name: array.to_pylist() for name, array in exact.arrays.items()
        }


def test_most_blocks_of_an_honest_file_are_read_by_arrow(arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK_BYTES", 4096)
    by_python = []
    exact = json_lines.rows_of
    monkeypatch.setattr(json_lines, "rows_of", lambda *given: by_python.append(1) or exact(*given))
    text = _lines(*({"i": number, "f": number / 7, "t": f"name {number}", "b": True} for number in range(5000)))
    assert arrive(text, name="given.jsonl").columns["f"] == [number / 7 for number in range(5000)]
    assert len(by_python) < 5


# Files that are not an object a line


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1, "t": "x"}, {"a": 2, "t": null}]',
        '[\n  {\n    "a": 1,\n    "t": "x"\n  },\n  {\n    "a": 2,\n    "t": null\n  }\n]\n',
        '\ufeff [ {"a":1,"t":"x"}\r\n,{"a":2,"t":null} ] ',
        '{\n  "a": 1,\n  "t": "x"\n}\n{\n  "a": 2,\n  "t": null\n}\n',
        '{"a": 1, "t": "x"}\r\n\r\n{"a": 2, "t": null}',
        '{"a": 1, "t": "x"}\r{"a": 2, "t": null}\r',
    ],
)
@pytest.mark.parametrize("name", ["given.json", "given.jsonl", "given.ndjson"])
def test_an_array_and_objects_over_several_lines_are_read_too(arrive, text: str, name: str) -> None:
    assert arrive(text, name=name).columns == {"a": [1, 2], "t": ["x", None]}


def test_an_array_is_taken_in_piece_by_piece(arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines_elements, "_PIECE", 7)
    rows = [{"a": number, "t": "é" * number} for number in range(30)]
    arrived = arrive(json.dumps(rows, indent=1, ensure_ascii=False), name="given.json")
    assert arrived.columns == {"a": list(range(30)), "t": ["é" * number for number in range(30)]}


def test_one_object_is_one_row_with_a_warning_that_says_how_pandas_writes_tables(arrive, tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}).to_json(tmp_path / "given.json")
    arrived = arrive(tmp_path / "given.json")
    assert arrived.columns == {"a": [{"0": 1, "1": 2}]}
    assert 'orient="records"' in arrived.read.warnings[0]


def test_what_pandas_writes_with_a_row_an_object_is_read(arrive, tmp_path: Path) -> None:
    given_frame = pd.DataFrame({"a": [1.5, None], "t": ["x", 'say "hi"\n']})
    for name, as_lines in (("given.json", False), ("given.jsonl", True)):
        given_frame.to_json(tmp_path / name, orient="records", lines=as_lines)
        arrived = arrive(tmp_path / name)
        assert arrived.columns["t"] == ["x", 'say "hi"\n']
        assert arrived.types == {"a": "decimal", "t": "text"}


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_packed_lines_are_read(arrive, ending: str, pack) -> None:
    assert arrive(pack(b'{"a": 1}\n{"a": 2}\n'), name=f"given.jsonl{ending}").columns == {"a": [1, 2]}
    assert arrive(pack(b'[{"a": 1}]'), name=f"given.json{ending}").read.format == "JSON"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_an_encoding_is_found_by_its_mark(arrive, encoding: str) -> None:
    assert arrive('{"t": "wörd"}\n'.encode(encoding), name="given.jsonl").columns == {"t": ["wörd"]}


def test_another_encoding_is_said_or_found_with_a_warning(arrive) -> None:
    text = '{"t": "w"}\n{"t": "wörd"}\n'.encode("cp1252")
    arrived = arrive(text, name="given.jsonl")
    assert arrived.columns == {"t": ["w", "wörd"]}
    assert "read as cp1252, since line 2 is not UTF-8" in arrived.read.warnings[0]
    assert arrive(text, "encoding=latin-1", "given.jsonl").read.warnings == ()
    assert "line 2 holds bytes that are not utf-8 text" in _refused(arrive, text, "encoding=utf-8")


# What is wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1}\n{"a": }\n', "line 2 is no JSON (expecting value, character 7)"),
        ('{"a": 1}\n\n[1]\n', "line 3 holds a list, not an object"),
        ('{"a": 1}\nnull\n', "line 2 holds null, not an object"),
        ('{"a": 1}\n"x"\n', "line 2 holds a text, not an object"),
        ('{"a": 1}\n{"a": 1, "a": 2}\n', "line 2 has the name a twice in one object"),
        ('{"a": {"x": 1, "x": 2}}\n', "line 1 has the name x twice in one object"),
        ('{"a": 1} {"a": 2}\n', "line 1 is no JSON (extra data"),
        ('{"a": 1}null\n{"a": 2}\n', "line 1 is no JSON (extra data"),
        ('{"a": 1}\n{"a": 1', "line 2 is no JSON"),
        ('{"a": 1e999}\n', "line 1 holds a number too large for a decimal"),
        ('{"a": ' + "9" * 5000 + "}\n", "line 1 holds a number of thousands of digits"),
        ('{"a": 1}\n{"a": "\\ud800"}\n', "line 2 holds half of a surrogate pair"),
        ('{"a": 1}\n{"\\udfff": 1}\n', "line 2 holds half of a surrogate pair"),
        ('{"a": 1}\n{"a": "x\ty"}\n', "line 2 is no JSON"),
        ("\n \n", "it holds no rows"),
        ("[]", "it holds no rows"),
        ("[1, 2]", "at element 1, in line 1, it is not an object"),
        ('[{"a": 1},\n{"a": 2},\n]', "at element 2, in line 3, a comma stands before the end"),
        ('[{"a": 1}\n{"a": 2}]', "at element 1, in line 2, a comma is missing"),
        ('[{"a": 1},\n{"a": }]', "at element 2, in line 2, it is no JSON (expecting value"),
        ('[{"a": 1}', "the array is never closed"),
        ('[{"a": 1}] x', "something follows the array"),
        ('[{"a": 1}, {"a": 1, "a": 2}]', "element 2 has the name a twice"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(arrive, text: str, said: str) -> None:
    assert said in _refused(arrive, text)


@pytest.mark.usefixtures("small_blocks")
def test_the_line_is_right_in_a_late_block(arrive) -> None:
    text = _lines(*({"a": number} for number in range(100))) + "\n\n{]\n"
    assert "line 103 is no JSON" in _refused(arrive, text)


@pytest.mark.parametrize("depth", [500, 100_000, 5_000_000])
def test_brackets_without_end_end_no_process(arrive, depth: int) -> None:
    for text in ('{"a": ' + "[" * depth, '{"a": ' + "[" * depth + "]" * depth + "}\n", "[" * depth):
        if depth == 500 and text.endswith("}\n"):
            assert arrive(text, name="given.jsonl").types == {"a": "text"}
        else:
            assert len(_refused(arrive, text)) < 1000


def test_names_that_differ_from_row_to_row_do_not_fill_the_memory(arrive) -> None:
    text = "".join(f'{{"k{number}": 1}}\n' for number in range(120_000))
    assert "unpacks to more than" in _refused(arrive, text) or "names" in _refused(arrive, text)


def test_a_line_that_never_ends_is_refused(arrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_ROW_BYTES", 1000)
    monkeypatch.setattr(lines, "BLOCK_BYTES", 100)
    text = '{"a": 1}\n' * 50 + '{"a": "' + "x" * 5000 + '"}\n{"a": 1}\n'
    assert "line 51 has more than" in _refused(arrive, text)


def test_a_name_of_a_stranger_does_not_break_a_message(arrive) -> None:
    name = "x\n\x1b[31m" * 5000
    said = _refused(arrive, "{" + f"{json.dumps(name)}: 1, {json.dumps(name)}: 2" + "}\n")
    assert "\n" not in said
    assert "\x1b" not in said
    assert len(said) < 1000
