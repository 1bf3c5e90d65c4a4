"""JSON lines and JSON out: what any reader of JSON gets, and what comes back of what was written."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.tables.frames_of_every_kind import COLUMNS, INDEXES, assert_same, frame, indexed

from transom.engine.child import frames
from transom.tables.compare import compare
from transom.tables.formats import read, read_arrow, write
from transom.tables.step_file import shape


def _written(step: Path, tmp_path: Path, name: str = "result.jsonl") -> tuple[list[object], tuple[str, ...]]:
    warnings = write(step, tmp_path / name)
    text = (tmp_path / name).read_text("utf-8")
    return (
        json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.split("\n")[:-1]]
    ), warnings


def test_an_object_a_line_is_written_as_any_reader_has_it(kept, tmp_path: Path) -> None:
    given_frame = pd.DataFrame(
        {
            "i": [2**62 + 1, -1],
            "f": [1.0, np.nan],
            "t": ['say "hi"\\ \u2028 ü\x01\n', None],
            "b": [True, False],
            "day": pd.to_datetime(["2020-01-05", None]),
            "moment": pd.to_datetime(["2020-01-05 10:30", None]),
            "zoned": pd.to_datetime(["2020-07-01 10:30", None]).tz_localize("Europe/Paris"),
            "list": [[1, 2], None],
            'say "': ["x", "y"],
        }
    )
    rows, warnings = _written(kept(given_frame), tmp_path)
    assert rows[0] == {
        "i": 2**62 + 1,
        "f": 1.0,
        "t": 'say "hi"\\ \u2028 ü\x01\n',
        "b": True,
        "day": "2020-01-05",
        "moment": "2020-01-05T10:30:00",
        "zoned": "2020-07-01T10:30:00+02:00",
        "list": [1, 2],
        'say "': "x",
    }
    assert set(rows[1].values()) == {-1, None, False, "y"}
    assert list(rows[0]) == list(given_frame.columns)
    assert warnings == ()


def test_what_is_nested_stays_nested(tmp_path: Path) -> None:
    table = pa.table(
        {
            "s": [{"a": 1, "b": [{"c": "x"}]}, None],
            "m": pa.array([[("k", 1.5)], []], pa.map_(pa.string(), pa.float64())),
            "n": [[1.0, math.nan], [math.inf]],
        }
    )
    read_arrow(table, tmp_path / "step.arrow")
    rows, warnings = _written(tmp_path / "step.arrow", tmp_path)
    assert "infinite numbers, so they were written as missing: n" in warnings[0]
    assert rows == [
        {"s": {"a": 1, "b": [{"c": "x"}]}, "m": {"k": 1.5}, "n": [1.0, None]},
        {"s": None, "m": [], "n": [None]},
    ]


def test_a_json_file_is_one_array_and_lines_are_lines(kept, tmp_path: Path) -> None:
    step = kept(pd.DataFrame({"a": [1, 2]}))
    write(step, tmp_path / "result.json")
    write(step, tmp_path / "result.ndjson")
    assert (tmp_path / "result.json").read_text() == '[\n{"a":1},\n{"a":2}\n]\n'
    assert (tmp_path / "result.ndjson").read_text() == '{"a":1}\n{"a":2}\n'


def test_a_table_without_rows_or_columns_is_written(kept, tmp_path: Path) -> None:
    assert _written(kept(pd.DataFrame({"a": []})), tmp_path, "result.json") == ([], ())
    assert _written(kept(pd.DataFrame(index=range(3))), tmp_path) == ([{}, {}, {}], ())


def test_bytes_are_base64_with_a_warning(kept, tmp_path: Path) -> None:
    rows, warnings = _written(kept(pd.DataFrame({"b": [b"\xff\x00", None]})), tmp_path)
    assert base64.b64decode(rows[0]["b"]) == b"\xff\x00"
    assert "base64: b (bytes)" in warnings[0]


def test_infinite_numbers_are_missing_with_a_warning(kept, tmp_path: Path) -> None:
    for values in ([1.5, np.inf], pd.Categorical([1.5, -np.inf])):
        rows, warnings = _written(kept(pd.DataFrame({"f": values})), tmp_path)
        assert [row["f"] for row in rows] == [1.5, None]
        assert "infinite numbers" in warnings[0]


def test_categories_of_dates_keep_their_time(kept, tmp_path: Path) -> None:
    moments = pd.Categorical(pd.to_datetime(["2020-01-05 10:30", "2020-01-06 00:00"]))
    assert _written(kept(pd.DataFrame({"c": moments})), tmp_path)[0] == [
        {"c": "2020-01-05T10:30:00"},
        {"c": "2020-01-06T00:00:00"},
    ]


def test_the_row_index_leaves_as_for_csv(kept, tmp_path: Path) -> None:
    assert [list(row) for row in _written(kept(indexed("named texts")), tmp_path)[0]] == [["key", "v", "t"]] * 3
    assert [list(row) for row in _written(kept(indexed("texts")), tmp_path)[0]] == [["index", "v", "t"]] * 3
    rows, warnings = _written(kept(indexed("whole numbers")), tmp_path)
    assert [list(row) for row in rows] == [["v", "t"]] * 3
    assert "row index" in warnings[0]


_CHANGED = {"float64", "bytes"}  # infinity is missing, bytes are base64: each with a warning


@pytest.mark.parametrize("name", [name for name in COLUMNS if name not in _CHANGED])
@pytest.mark.parametrize("ending", [".jsonl", ".json"])
def test_every_dtype_leaves_and_compares_as_equal(kept, tmp_path: Path, ending: str, name: str) -> None:
    step, again = kept(frame(name)), tmp_path / "again.arrow"
    write(step, tmp_path / f"result{ending}")
    read(tmp_path / f"result{ending}", again)
    assert compare(step, again).sentences == ("Equal to what was expected.",)


@pytest.mark.parametrize("name", INDEXES)
def test_every_row_index_leaves_and_compares_as_equal(kept, tmp_path: Path, name: str) -> None:
    step, again = kept(indexed(name)), tmp_path / "again.arrow"
    write(step, tmp_path / "result.jsonl")
    read(tmp_path / "result.jsonl", again)
    assert compare(step, again).sentences == ("Equal to what was expected.",)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    floats=st.lists(st.floats(allow_infinity=False), min_size=4, max_size=4),
    texts=st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=20), min_size=4, max_size=4),
    whole=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=4, max_size=4),
)
def test_numbers_and_texts_come_back_exactly(tmp_path: Path, floats, texts, whole) -> None:
    given_frame = pd.DataFrame({"f": floats, "t": texts, "w": whole})
    frames.write_frame(given_frame, str(tmp_path / "step.arrow"))
    write(tmp_path / "step.arrow", tmp_path / "result.jsonl")
    assert [json.loads(line)["t"] for line in (tmp_path / "result.jsonl").read_bytes().split(b"\n")[:-1]] == texts
    read(tmp_path / "result.jsonl", tmp_path / "again.arrow", sample=None)
    again = frames.read_frame(str(tmp_path / "again.arrow"))[0]
    if not pd.Series(floats).isna().all():
        np.testing.assert_array_equal(again["f"], given_frame["f"])
    assert again["w"].tolist() == whole


def test_a_large_table_comes_back_over_several_blocks(kept, frame_of, tmp_path: Path) -> None:
    numbers = np.arange(150_000)
    given_frame = pd.DataFrame(
        {
            "f": np.where(numbers % 7, numbers / 3, np.nan),
            "i": numbers,
            "t": pd.Series(numbers).astype(str) + "ü",
            "b": numbers % 2 == 0,
        }
    )
    for ending in (".jsonl", ".json"):
        write(kept(given_frame), tmp_path / f"result{ending}")
        assert_same(frame_of(tmp_path / f"result{ending}"), given_frame)
        assert shape(tmp_path / "given.arrow").rows == 150_000
