"""What a frame is after it went through a step file: in each environment, and from each environment to each other."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.child import frame_cases, frames_driver
from tests.environments import ENVIRONMENTS, python_of

DRIVER = Path(frames_driver.__file__)
FOLDER = TemporaryDirectory(prefix="transom-frames-")
BY_NAME = {environment.name: environment for environment in ENVIRONMENTS}
environments = pytest.mark.parametrize("environment", list(BY_NAME))


def ask(environment: str, orders: list[dict]) -> list[dict]:
    """What the driver reports of the orders when an environment's own interpreter carries them out."""
    python = python_of(BY_NAME[environment])
    if python is None:
        pytest.skip(f"this machine has no Python {BY_NAME[environment].python}")
    folder = Path(FOLDER.name) / f"{environment}-{len(list(Path(FOLDER.name).iterdir()))}"
    folder.mkdir()
    for order in orders:
        order.setdefault("file", str(folder / "table.arrow"))
    (folder / "plan.json").write_text(json.dumps(orders), "utf-8")
    done = subprocess.run([python, "-W", "ignore", DRIVER, folder], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "report.json").read_text("utf-8"))


def version_of(environment: str) -> tuple[int, int]:
    """The first two numbers of an environment's pandas."""
    found = re.search(r"pandas==(\d+)\.(\d+)|pandas>=(\d+)", " ".join(BY_NAME[environment].requirements))
    assert found
    return (int(found[1]), int(found[2])) if found[1] else (int(found[3]), 0)


@cache
def written_by(environment: str) -> dict[str, dict]:
    """What an environment wrote of every frame that it can make, with the file it lies in."""
    folder = Path(FOLDER.name) / f"written by {environment}"
    folder.mkdir(exist_ok=True)
    orders = [
        {"do": "write", "expression": expression, "file": str(folder / f"{place}.arrow")}
        for place, expression in enumerate(frame_cases.EQUAL.values())
    ]
    reports = ask(environment, orders)
    assert [report for report in reports if "failed" in report] == []
    return {
        name: {**report, "file": order["file"]}
        for name, order, report in zip(frame_cases.EQUAL, orders, reports, strict=True)
        if "absent" not in report
    }


# In one environment


@environments
def test_every_frame_comes_back_equal_and_without_a_word(environment: str) -> None:
    reports = ask(environment, [{"do": "round_trip", "expression": one} for one in frame_cases.EQUAL.values()])
    wrong = {
        name: report for name, report in zip(frame_cases.EQUAL, reports, strict=True) if report.get("told", "?") != []
    }
    absent = {name for name, report in wrong.items() if "absent" in report}
    assert {name: report for name, report in wrong.items() if name not in absent} == {}
    assert len(absent) <= 15, absent


@environments
def test_what_is_changed_on_the_way_is_told(environment: str) -> None:
    orders = [
        {"do": "changed", "expression": expression, "expected": expected}
        for expression, _, expected in frame_cases.WARNED.values()
    ]
    for (name, (_, words, _)), report in zip(frame_cases.WARNED.items(), ask(environment, orders), strict=True):
        assert words in " ".join(report.get("told", ())), (name, report)


@environments
def test_what_cannot_be_kept_is_an_error_that_names_the_column_and_leaves_no_file(environment: str) -> None:
    orders = [{"do": "refused", "expression": expression} for expression, _, _ in frame_cases.REFUSED.values()]
    for (name, (_, column, words)), report in zip(frame_cases.REFUSED.items(), ask(environment, orders), strict=True):
        assert report["column"] == column, (name, report)
        assert words in report["sentence"], (name, report)
        assert report["left"] == ["plan.json"], (name, report)


@environments
def test_numbers_are_mapped_and_can_be_changed_in_place_while_the_file_stays(environment: str) -> None:
    (report,) = ask(
        environment,
        [{"do": "in_place", "expression": "pd.DataFrame({'f': [5.0, 6.0, 9.0], 'g': [1.0, 2, 3], 'i': [1, 2, 3]})"}],
    )
    writable = version_of(environment) < (3, 0)
    assert report == {
        "mapped": [True, True, True],
        "values_writable": writable,
        "unchanged": True,
        "seen": ["7", "8", "9"] if writable else ["5", "8", "9"],
        "again": ["5", "6", "9"],
    }


@environments
def test_random_frames_come_back_equal_or_are_told_of(environment: str) -> None:
    (report,) = ask(environment, [{"do": "at_random", "first": 0, "count": 60}])
    assert report["failed"] == []
    assert report["stored"] > 50
    assert 0 < report["told"] < 25


# Between environments

#: How the same dtype is spelled by several versions of pandas.
SPELLINGS = (
    (re.compile(r"^(interval\[.*), (left|right|both|neither)\]$"), r"\1]"),
    (re.compile(r"^(datetime64\[\w+), .*\]$"), r"\1]"),
    (re.compile(r"^period\[.*\]$"), "period"),
)


def spelled(dtype: str) -> str:
    for pattern, replacement in SPELLINGS:
        dtype = pattern.sub(replacement, dtype)
    return dtype


@environments
def test_what_each_environment_wrote_this_one_reads_with_the_same_values(environment: str) -> None:
    writers = [writer for writer in BY_NAME if python_of(BY_NAME[writer]) is not None]
    written = [(writer, name, before) for writer in writers for name, before in written_by(writer).items()]
    reports = ask(environment, [{"do": "read", "file": before["file"]} for _, _, before in written])
    wrong = []
    for (writer, name, before), after in zip(written, reports, strict=True):
        if before["canonical"] != after.get("canonical"):
            wrong.append((writer, name, after))
        for column, dtype in zip(before["shape"]["columns"], after.get("types", ()), strict=False):
            told = any(repr(column["name"]) in sentence for sentence in after["told"])
            if spelled(column["type"]) != spelled(dtype) and not told:
                wrong.append((writer, name, column, dtype))
    assert wrong == []


ROWS = frame_cases.OLDER
NEWEST = "py313-pandas-3"


@cache
def rows_of_the_table() -> dict[str, dict]:
    """The example of each row as a newest pandas wrote it: what it reports, by the file."""
    folder = Path(FOLDER.name) / "rows of the table"
    folder.mkdir()
    files = [str(folder / f"{place}.arrow") for place in range(len(ROWS))]
    orders = [{"do": "write", "expression": row.example, "file": file} for row, file in zip(ROWS, files, strict=True)]
    return dict(zip(files, ask(NEWEST, orders), strict=True))


@environments
def test_each_row_of_the_table_of_older_pandas_is_true_here_and_told(environment: str) -> None:
    written = rows_of_the_table()
    reports = ask(environment, [{"do": "read", "file": file} for file in written])
    for row, before, after in zip(ROWS, written.values(), reports, strict=True):
        assert before["canonical"] == after["canonical"], row
        since = tuple(int(number) for number in row.since.split("."))
        exact = version_of(environment) >= since
        expected = before["shape"]["columns"][0]["type"] if exact else row.becomes
        assert spelled(after["types"][0]) == spelled(expected) or row.part, (row, after)
        assert bool(after["told"]) is not exact, (row, after)


def test_the_page_on_frames_has_the_table_of_the_code() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "frames.md").read_text("utf-8")
    table = [f"| {row.dtype} | {row.shown} | {row.since} |" for row in ROWS]
    assert "\n".join(table) in page


# Tables that no pandas wrote


def step_file(path: Path, array: pa.Array) -> str:
    schema = pa.schema([pa.field("a", array.type)])
    options = pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V4)
    with pa.OSFile(str(path), "wb") as sink, pa.RecordBatchFileWriter(sink, schema, options=options) as writer:
        writer.write_batch(pa.RecordBatch.from_arrays([array], schema=schema))
    return str(path)


FOREIGN = {
    "whole numbers with missing ones": (pa.array([1, None]), "float64", ["1", "missing"], ""),
    "whole numbers": (pa.array([1, 2], pa.int8()), "int8", ["1", "2"], ""),
    "numbers that no float holds": (pa.array([2**53 + 1, None]), "Int64", [str(2**53 + 1), "missing"], "2**53"),
    "the biggest number": (pa.array([2**64 - 1, None], pa.uint64()), "UInt64", [str(2**64 - 1), "missing"], "2**53"),
    "decimals with missing ones": (pa.array([1.5, None]), "float64", ["1.5", "missing"], ""),
    "booleans": (pa.array([True, False]), "bool", ["True", "False"], ""),
    "booleans with missing ones": (pa.array([True, None]), "object", ["True", "missing"], ""),
    "dates": (
        pa.array([0, None], pa.int32()).cast(pa.date32()),
        "object",
        ["datetime.date(1970, 1, 1)", "missing"],
        "",
    ),
    "exact decimals": (pa.array(["1.10", None]).cast(pa.decimal128(5, 2)), "object", ["1.10", "missing"], ""),
    "text": (pa.array(["a", ""]), "text", ["'a'", "''"], ""),
    "wide text": (pa.array(["a", None], pa.large_string()), "text", ["'a'", "missing"], ""),
    "bytes": (pa.array([b"a", None]), "object", ["b'a'", "missing"], ""),
    "lists": (pa.array([[1, 2], None]), "object", ["[1, 2]", "missing"], ""),
    "lists of one length": (pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), "object", ["[1, 2]", "missing"], ""),
    "structs": (pa.array([{"x": 1}, None]), "object", ["{'x': 1}", "missing"], ""),
    "a dictionary": (pa.array(["b", None, "a"]).dictionary_encode(), "category", ["'b'", "missing", "'a'"], ""),
    "nothing": (pa.nulls(2), "object", ["missing", "missing"], ""),
    "times": (pa.array([3723], pa.int32()).cast(pa.time32("s")), "object", ["datetime.time(1, 2, 3)"], ""),
    "times of nanoseconds": (pa.array([1001]).cast(pa.time64("ns")), "object", ["datetime.time(0, 0, 0, 1)"], "cut"),
    "an unknown zone": (
        pa.array([0], pa.timestamp("us", "Mars/Olympus")),
        None,
        ["1970-01-01T00:00:00 000 0:00:00"],
        "Mars/Olympus",
    ),
}


@environments
def test_a_table_without_pandas_metadata_becomes_what_pandas_likes(environment: str, tmp_path: Path) -> None:
    files = [step_file(tmp_path / f"{place}.arrow", one[0]) for place, one in enumerate(FOREIGN.values())]
    text = "str" if version_of(environment) >= (3, 0) else "object"
    for (name, (_, dtype, cells, words)), report in zip(
        FOREIGN.items(), ask(environment, [{"do": "read", "file": file} for file in files]), strict=True
    ):
        assert report["canonical"]["columns"]["a"] == cells, name
        assert dtype is None or report["types"] == [text if dtype == "text" else dtype], name
        assert bool(report["told"]) is bool(words), (name, report)
        assert words in " ".join(report["told"]), (name, report)


@environments
def test_instants_that_this_pandas_cannot_hold_become_datetimes_and_it_is_told(
    environment: str, tmp_path: Path
) -> None:
    first_day = pa.array([-62135596800, None]).cast(pa.timestamp("s"))
    (report,) = ask(environment, [{"do": "read", "file": step_file(tmp_path / "a.arrow", first_day)}])
    assert report["canonical"]["columns"]["a"] == ["0001-01-01T00:00:00 000 None", "missing"]
    keeps = version_of(environment) >= (2, 0)
    assert report["types"] == ["datetime64[s]" if keeps else "object"]
    assert bool(report["told"]) is not keeps


# The file itself


def test_a_file_that_lost_its_pandas_metadata_in_other_hands_is_still_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"c": [1 + 2j]})
    path = tmp_path / "a.arrow"
    frames_driver.frames.write_frame(frame, path)
    table = pa.ipc.open_file(path).read_all()
    bare = table.replace_schema_metadata({b"transom": table.schema.metadata[b"transom"]})
    with pa.OSFile(str(path), "wb") as sink, pa.RecordBatchFileWriter(sink, bare.schema) as writer:
        writer.write_table(bare)
    found, told = frames_driver.frames.read_frame(path)
    pd.testing.assert_frame_equal(found, frame)
    assert told == []


def test_a_table_that_was_cut_short_has_the_beginning_of_its_range(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    frames_driver.frames.write_frame(pd.DataFrame({"a": [1, 2, 3]}, index=pd.RangeIndex(10, 16, 2)), path)
    cut = pa.ipc.open_file(path).read_all().slice(0, 2)
    with pa.OSFile(str(path), "wb") as sink, pa.RecordBatchFileWriter(sink, cut.schema) as writer:
        writer.write_table(cut)
    found, _ = frames_driver.frames.read_frame(path)
    assert list(found.index) == [10, 12]


def test_a_file_of_several_batches_is_one_table(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    table = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})
    with pa.OSFile(str(path), "wb") as sink, pa.RecordBatchFileWriter(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    found, _ = frames_driver.frames.read_frame(path)
    assert found["a"].tolist() == [1, 2, 3]
    assert found["b"].isna().tolist() == [False, True, False]


def test_the_file_is_one_uncompressed_batch_with_what_other_readers_of_pandas_need(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    frame = pd.DataFrame({"a": [1.5, np.nan], "t": ["x", None]}, index=pd.Index(["u", "v"], name="key"))
    shape, _ = frames_driver.frames.write_frame(frame, path)
    assert shape == {
        "rows": 2,
        "columns": [{"name": "a", "type": "float64"}, {"name": "t", "type": "str"}],
        "index": ["key"],
    }
    reader = pa.ipc.open_file(path)
    assert reader.num_record_batches == 1
    assert reader.get_batch(0).column(0).null_count == 0, "NaN stays NaN"
    assert json.loads(reader.schema.metadata[b"transom"])["index"] == [{"field": "key", "name": "key"}]
    pd.testing.assert_frame_equal(reader.read_all().to_pandas(), frame)


def test_an_unnamed_index_of_0_to_n_is_no_index_to_tell_of(tmp_path: Path) -> None:
    shape, _ = frames_driver.frames.write_frame(pd.DataFrame({"a": [1]}), tmp_path / "a.arrow")
    assert shape["index"] == []


def test_columns_of_several_levels_are_an_error_that_shows_them(tmp_path: Path) -> None:
    nested = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("x", "a"), ("x", "b")]))
    with pytest.raises(frames_driver.frames.ColumnsNested, match=r"\('x', 'a'\)"):
        frames_driver.frames.write_frame(nested, tmp_path / "a.arrow")
    assert list(tmp_path.iterdir()) == []


def test_a_subclass_of_dataframe_comes_back_as_a_plain_one(tmp_path: Path) -> None:
    class Special(pd.DataFrame):
        @property
        def _constructor(self) -> type:
            return Special

    frames_driver.frames.write_frame(Special({"a": [1]}), tmp_path / "a.arrow")
    assert type(frames_driver.frames.read_frame(tmp_path / "a.arrow")[0]) is pd.DataFrame


def test_attributes_that_json_can_write_travel_and_others_are_told_of(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"source": "a survey", "year": 2020}
    assert frames_driver.frames.write_frame(frame, tmp_path / "a.arrow")[1] == []
    assert frames_driver.frames.read_frame(tmp_path / "a.arrow")[0].attrs == frame.attrs
    frame.attrs = {"model": object()}
    assert "frame.attrs" in frames_driver.frames.write_frame(frame, tmp_path / "a.arrow")[1][0]


def test_a_file_that_is_replaced_while_it_is_read_does_not_change_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    frames_driver.frames.write_frame(pd.DataFrame({"a": [1.0, 2.0]}), path)
    found, _ = frames_driver.frames.read_frame(path)
    frames_driver.frames.write_frame(pd.DataFrame({"a": [9.0, 9.0]}), path)
    assert found["a"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", [name for name in frame_cases.EQUAL if "column" not in name and "nothing" not in name])
def test_a_frame_that_went_through_a_parquet_file_is_the_same_or_told_of(name: str, tmp_path: Path) -> None:
    frame = frames_driver.made(frame_cases.EQUAL[name])
    if frame is None or not len(frame.columns):
        pytest.skip("this pandas has no such frame")
    frames_driver.frames.write_frame(frame, tmp_path / "a.arrow")
    pq.write_table(pa.ipc.open_file(tmp_path / "a.arrow").read_all(), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    with pa.OSFile(str(tmp_path / "b.arrow"), "wb") as sink, pa.RecordBatchFileWriter(sink, table.schema) as writer:
        writer.write_table(table)
    found, told = frames_driver.frames.read_frame(tmp_path / "b.arrow")
    if not told:
        frames_driver.assert_equal(found, frame)
    assert bool(told) is (name in ("arrow times", "arrow lists and structs")), told


def test_two_columns_of_one_name_in_a_foreign_file_are_two_columns(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.RecordBatchFileWriter(sink, table.schema) as writer:
        writer.write_table(table)
    assert frames_driver.frames.read_frame(tmp_path / "a.arrow")[0].to_numpy().tolist() == [[1, 2]]


def test_numbers_that_lie_row_by_row_come_back_in_their_columns(tmp_path: Path) -> None:
    rows = np.arange(600_000.0).reshape(200_000, 3)
    frame = pd.DataFrame(rows, columns=["a", "b", "c"]).assign(t="x", i=np.arange(400_000)[::2])
    for one in (frame, frame[::-1], pd.DataFrame(rows[:, ::-1], columns=["a", "b", "c"])):
        frames_driver.frames.write_frame(one, tmp_path / "a.arrow")
        frames_driver.assert_equal(frames_driver.frames.read_frame(tmp_path / "a.arrow")[0], one)
    assert [path.name for path in tmp_path.iterdir()] == ["a.arrow"]


def test_neighbouring_columns_of_one_dtype_are_one_block_in_the_map(tmp_path: Path) -> None:
    frame = pd.DataFrame({name: np.arange(3.0) for name in "abc"})
    frames_driver.frames.write_frame(frame, tmp_path / "a.arrow")
    found, _ = frames_driver.frames.read_frame(tmp_path / "a.arrow")
    assert frames_driver.lies_in(found.to_numpy(), str(tmp_path / "a.arrow"))
