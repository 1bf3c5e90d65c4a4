"""A file from a stranger is a table, or is refused in one sentence: it crashes, hangs and fills nothing, and runs no code."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import os
import pickle
import resource
import struct
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.tables.flipping import KINDS, honest_frame, use_step, use_table

from transom.engine.child import frames
from transom.errors import InputUnreadable, NotThere, ResultUnwritable, TransomError, WrongUse
from transom.tables import arrow_layout, csv_blocks, formats, growth, parquet_claims, soundness
from transom.tables.arrow_layout import claimed_bytes
from transom.tables.column_names import unique_names
from transom.tables.compare import compare
from transom.tables.description import OURS_KEY, PANDAS_KEY, describe
from transom.tables.formats import read, write
from transom.tables.options import parse_options
from transom.tables.step_file import first_rows, open_step, shape

FLIPPING = Path(__file__).with_name("flipping.py")


def refusal(path: Path, tmp_path: Path, options: str = "") -> str:
    """What is said of a file that cannot be read; whatever is wrong, nothing is left."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputUnreadable) as raised:
        read(path, tmp_path / "step.arrow", parse_options(options))
    assert sorted(tmp_path.rglob("*")) == before
    assert raised.value.remedy
    assert "\n" not in raised.value.message
    assert len(raised.value.message) < 1000
    return raised.value.message


def written(path: Path, table: pa.Table, compression: str | None = None) -> Path:
    """The table as an Arrow file."""
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return path


def array_of(kind: pa.DataType, length: int, *buffers: bytes | None) -> pa.Array:
    """An array of these very buffers, however false."""
    made = [None if one is None else pa.py_buffer(one) for one in buffers]
    return pa.Array.from_buffers(kind, length, made)


def numbers(form: str, *values: int) -> bytes:
    return struct.pack(f"<{len(values)}{form}", *values)


# Many damaged copies


@pytest.mark.parametrize("kind", KINDS)
def test_no_damaged_copy_of_a_file_ends_or_holds_up_the_process(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FLIPPING), kind, "4", "200", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert done.returncode == 0, f"copy {done.stdout.split()[-1:]}: {done.stderr[-3000:]}"


# Forged Arrow files

FORGED = {
    "offsets beyond the text": array_of(pa.string(), 2, None, numbers("i", 0, 2**30, 2), b"ab"),
    "offsets that go back": array_of(pa.string(), 3, None, numbers("i", 0, 2, 1, 2), b"ab"),
    "a negative offset": array_of(pa.string(), 2, None, numbers("i", 0, -(2**30), 2), b"ab"),
    "text that is not utf-8": array_of(pa.string(), 1, None, numbers("i", 0, 2), b"\xff\xfe"),
    "an index out of range": pa.DictionaryArray.from_arrays(pa.array([0, 99], pa.int8()), pa.array(["a"]), safe=False),
    "a list beyond its values": pa.Array.from_buffers(
        pa.list_(pa.int8()),
        2,
        [None, pa.py_buffer(numbers("i", 0, 2**30, 1))],
        children=[pa.array([1], pa.int8())],
    ),
}


@pytest.mark.parametrize("array", FORGED.values(), ids=FORGED)
def test_a_forged_result_is_refused_before_a_cell_of_it_is_read(array: pa.Array, tmp_path: Path) -> None:
    path = written(tmp_path / "result.arrow", pa.table({"x": array}))
    for use in (
        open_step,
        lambda path: first_rows(path, 5),
        lambda path: write(path, tmp_path / "out.csv"),
        lambda path: write(path, f"{tmp_path}/out/"),
        lambda path: compare(path, path),
    ):
        with pytest.raises(InputUnreadable) as raised:
            use(path)
        assert "result.arrow" in raised.value.message
        assert raised.value.remedy
    assert [one.name for one in tmp_path.iterdir()] == ["result.arrow"]


@pytest.mark.parametrize("array", FORGED.values(), ids=FORGED)
def test_a_forged_dataset_is_refused(array: pa.Array, tmp_path: Path) -> None:
    assert "Arrow" in refusal(written(tmp_path / "given.arrow", pa.table({"x": array})), tmp_path)


def test_a_result_whose_buffer_is_too_short_is_refused_although_no_cell_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "result.arrow", pa.table({"x": pa.array(range(1000))}))
    content = path.read_bytes()
    short = content.replace(numbers("q", 0, 8000), numbers("q", 0, 8))  # a buffer: where it begins, how long it is
    assert short != content
    path.write_bytes(short)
    with pytest.raises(InputUnreadable):
        shape(path)


def test_a_result_has_no_more_rows_than_its_bytes_can_hold(tmp_path: Path) -> None:
    half = pa.nulls(growth.SPARED_ROWS // 2 + 1)
    path = written(tmp_path / "result.arrow", pa.table({"x": pa.chunked_array([half, half])}))
    with pytest.raises(InputUnreadable, match=r"2,147,483,650 rows, more than its [\d,]+ bytes can hold"):
        shape(path)
    assert "more than its" in refusal(path, tmp_path)


def test_a_cell_of_a_result_has_no_more_values_than_its_bytes_can_hold(tmp_path: Path) -> None:
    many = pa.nulls(2**30)
    cell = pa.Array.from_buffers(pa.list_(pa.null()), 1, [None, pa.py_buffer(numbers("i", 0, 2**30))], children=[many])
    path = written(tmp_path / "result.arrow", pa.table({"x": cell}))
    with pytest.raises(InputUnreadable, match="column x claims more values"):
        first_rows(path, 1)


def test_a_result_is_never_compressed_for_it_might_unpack_to_anything(tmp_path: Path) -> None:
    path = written(tmp_path / "result.arrow", pa.table({"x": pa.array([0] * 100_000)}), "zstd")
    with pytest.raises(InputUnreadable, match="it is compressed"):
        shape(path)


def test_what_a_compressed_arrow_file_claims_to_unpack_to_is_known_before_room_is_made(tmp_path: Path) -> None:
    table = pa.table(
        {"x": pa.array([0] * 100_000), "d": pa.array(["a" * 9000] * 3).dictionary_encode().take([0] * 100_000)}
    )
    path = written(tmp_path / "given.arrow", table, "zstd")
    assert claimed_bytes(pa.py_buffer(path.read_bytes())) == 800_000 + 9000 + 8 + 400_000
    assert read(path, tmp_path / "step.arrow").shape.rows == 100_000


def test_an_arrow_file_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "given.arrow", pa.table({"x": pa.array([0] * 1000)}), "zstd")
    content = path.read_bytes()
    assert content.count(numbers("q", 8000)) == 1
    path.write_bytes(content.replace(numbers("q", 8000), numbers("q", 2**40)))
    assert "unpacks to more than 500 times" in refusal(path, tmp_path)


def test_a_footer_that_names_the_same_batch_again_and_again_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "given.arrow"
    schema = pa.schema([("x", pa.int64())])
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for rows in (100_000, *[1] * 49):
            writer.write_batch(pa.record_batch({"x": pa.array(range(rows))}))
    content = bytearray(path.read_bytes())
    (length,) = struct.unpack_from("<i", content, len(content) - 10)
    start = len(content) - 10 - length
    footer = arrow_layout._Flat(memoryview(bytes(content[start:-10])))
    blocks = [start + place for place in footer.structs(footer.root(), 3, 24)]
    for place in blocks:
        content[place : place + 24] = content[blocks[0] : blocks[0] + 24]
    path.write_bytes(content)
    assert pa.ipc.open_file(str(path)).read_all().num_rows == 5_000_000  # Arrow believes it
    assert "its footer names more than the file holds" in refusal(path, tmp_path)
    with pytest.raises(InputUnreadable, match="its footer names more"):
        shape(path)


VIEWS = {
    "views of one text": array_of(
        pa.string_view(), 5000, None, struct.pack("<i4sii", 1_000_000, b"vvvv", 0, 0) * 5000, b"v" * 1_000_000
    ),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2**31 - 1], pa.int32()), pa.array([1])),
    "categories": pa.array(["v" * 1_000_000]).dictionary_encode().take(pa.array([0] * 5000)),
}


@pytest.mark.parametrize("array", VIEWS.values(), ids=VIEWS)
def test_few_bytes_that_stand_for_very_many_are_refused(array: pa.Array, tmp_path: Path) -> None:
    path = written(tmp_path / "given.arrow", pa.table({"x": array}))
    assert "its column x unpacks to more than 500 times" in refusal(path, tmp_path)


def test_categories_of_a_result_do_not_become_gigabytes_of_text(tmp_path: Path) -> None:
    column = pa.array(["v" * 1_000_000]).dictionary_encode().take(pa.array([0] * 5000))
    path = written(tmp_path / "result.arrow", pa.table({"x": column}))
    with pytest.raises(ResultUnwritable, match="the categories of x would become") as raised:
        write(path, tmp_path / "out.csv")
    assert ".arrow" in raised.value.remedy
    write(path, tmp_path / "out.arrow")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.arrow", "result.arrow"]


def test_types_nested_ten_thousand_deep_are_refused(tmp_path: Path) -> None:
    kind = pa.int8()
    for _ in range(10_000):
        kind = pa.list_(kind)
    schema = pa.schema([pa.field("x", kind)]).serialize().to_pybytes()
    (tmp_path / "given.arrow").write_bytes(schema)
    assert "Arrow" in refusal(tmp_path / "given.arrow", tmp_path)
    (tmp_path / "result.arrow").write_bytes(b"ARROW1\0\0" + schema + numbers("i", len(schema)) + b"ARROW1")
    with pytest.raises(InputUnreadable):
        shape(tmp_path / "result.arrow")


@pytest.mark.parametrize("name", [b"column", b"Europe/Paris", b"inner"])
def test_names_in_a_result_that_are_not_utf8_are_refused(name: bytes, tmp_path: Path) -> None:
    instants = pa.array([1], pa.timestamp("s", "Europe/Paris"))
    table = pa.table({"column": instants, "x": pa.array([{"inner": 1}])})
    path = written(tmp_path / "result.arrow", table)
    path.write_bytes(path.read_bytes().replace(name, b"\xd7" * len(name)))
    with pytest.raises(InputUnreadable):
        shape(path)
    refusal(path, tmp_path)


def test_metadata_of_hundreds_of_megabytes_is_refused(tmp_path: Path) -> None:
    table = pa.table({"x": [1]}).replace_schema_metadata({PANDAS_KEY: b"[" * (soundness.MOST_METADATA_BYTES + 1)})
    path = written(tmp_path / "result.arrow", table)
    with pytest.raises(InputUnreadable, match="its metadata has 67,108,871 bytes"):
        shape(path)
    assert "its metadata has" in refusal(path, tmp_path)


@pytest.mark.parametrize(
    "metadata",
    [
        b"[" * 100_000,
        b'{"columns": ' * 50_000,
        b'{"index_columns": [{"kind": "range", "start": ' + b"9" * 10_000 + b', "stop": 1, "step": 1}]}',
        b'{"index_columns": [{"kind": "range", "start": NaN, "stop": "x", "step": []}]}',
        b'{"index_columns": 5, "columns": 7}',
        b'{"columns": [5, null, {"name": {}, "metadata": 3}], "index_columns": [["x"], {"kind": []}]}',
        b'{"columns": {"x": 1}, "index": [{"field": ["x"]}], "rows": 1e400}',
        b'{"rows": -5, "index": [{"field": "x", "name": 5}], "columns": {"x": 5}}',
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("key", [PANDAS_KEY, OURS_KEY])
def test_metadata_that_is_not_of_its_form_counts_as_not_there(key: bytes, metadata: bytes, tmp_path: Path) -> None:
    table = pa.table({"x": [1, 2]}).replace_schema_metadata({key: metadata})
    path = written(tmp_path / "result.arrow", table)
    assert shape(path).rows == 2
    assert first_rows(path, 5).rows == (("1",), ("2",))
    use_step(path, tmp_path)
    pq.write_table(table, tmp_path / "given.parquet")
    use_table(tmp_path / "given.parquet", tmp_path)


@pytest.mark.parametrize("rows", [10**30, -1, True, "5", 2**40])
def test_a_table_without_columns_has_no_more_rows_than_any_table(rows: object) -> None:
    schema = pa.schema([], metadata={OURS_KEY: json.dumps({"rows": rows}).encode()})
    assert describe(schema, 0).rows == 0


OUT_OF_RANGE = {
    "date": pa.array([2**31 - 1, -(2**31), None], pa.int32()).view(pa.date32()),
    "duration": pa.array([2**63 - 1, -(2**63), None], pa.int64()).view(pa.duration("s")),
    "instant": pa.array([2**63 - 1, -(2**63), None], pa.int64()).view(pa.timestamp("s")),
    "instant in a zone that is none": pa.array([2**63 - 1, 0, None], pa.int64()).view(pa.timestamp("s", "Mars/Base")),
    "date in a structure": pa.StructArray.from_arrays([pa.array([2**31 - 1] * 3, pa.int32()).view(pa.date32())], ["d"]),
    "complex with half missing": pa.array([{"real": 1.0, "imag": None}, None, {"real": None, "imag": None}]),
    "union": pa.UnionArray.from_sparse(
        pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]
    ),
}


@pytest.mark.parametrize("array", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
def test_a_value_that_python_or_a_format_has_no_place_for_is_shown_or_refused(array: pa.Array, tmp_path: Path) -> None:
    path = written(tmp_path / "result.arrow", pa.table({"x": array}))
    assert first_rows(path, 3).shape.rows == 3
    for name in ("out.csv", "out.parquet", "out/"):
        refused = _refused(lambda name=name: write(path, f"{tmp_path}/{name}"))
        assert refused is None or (isinstance(refused, ResultUnwritable) and ".arrow" in refused.remedy)
        assert (tmp_path / name.rstrip("/")).exists() == (refused is None)
    assert compare(path, path).equal


def _refused(use: Callable[[], object]) -> TransomError | None:
    """What a person is told, if the use is refused."""
    try:
        use()
    except TransomError as wrong:
        return wrong
    return None


# Nothing is unpickled


class Bomb:
    """Leaves a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def _extension(mark: Path) -> pa.Table:
    metadata = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(Bomb(mark)),
    }
    return pa.table([pa.array([1])], schema=pa.schema([pa.field("x", pa.int64(), metadata=metadata)]))


def _pickled(path: Path, mark: Path) -> None:
    path.write_bytes(pickle.dumps(Bomb(mark)))


def _numpy(path: Path, mark: Path) -> None:
    array = np.empty(1, dtype=object)
    array[0] = Bomb(mark)
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=True)


def _pandas_metadata(mark: Path) -> pa.Table:
    text = base64.b64encode(pickle.dumps(Bomb(mark))).decode()
    told = {"index_columns": [text], "columns": [{"name": "x", "pandas_type": text, "numpy_type": "object"}]}
    ours = {"columns": {"x": {"dtype": "object", "encoding": "pickle", "values": text}}}
    metadata = {PANDAS_KEY: json.dumps(told).encode(), OURS_KEY: json.dumps(ours).encode()}
    metadata |= {b"transom_schema": base64.b64encode(pickle.dumps(Bomb(mark))), b"transom_categories": text.encode()}
    return pa.table({"x": [b"x"]}).replace_schema_metadata(metadata)


def _directory(folder: Path, mark: Path) -> Path:
    frames.write_frame(pd.DataFrame({"x": [1]}), str(folder / "step.arrow"))
    write(folder / "step.arrow", f"{folder}/set/")
    for name in ("_samples.json", "_data.visualization", "schema/_schema.json"):
        _pickled(folder / "set" / name, mark)
    text = base64.b64encode(pickle.dumps(Bomb(mark))).decode()
    meta = folder / "set" / "_meta.yaml"
    meta.write_text(f'{meta.read_text()}extension: !!python/object/apply:os.system ["touch {mark}"]\nother: {text}\n')
    return folder / "set"


HOSTILE: dict[str, Callable[[Path, Path], Path]] = {
    "a pickle": lambda folder, mark: _pickled(folder / "x.pkl", mark) or folder / "x.pkl",
    "a pickle named csv": lambda folder, mark: _pickled(folder / "x.csv", mark) or folder / "x.csv",
    "a pickle named parquet": lambda folder, mark: _pickled(folder / "x.parquet", mark) or folder / "x.parquet",
    "an array of objects": lambda folder, mark: _numpy(folder / "x.npy", mark) or folder / "x.npy",
    "an array of objects named arrow": lambda folder, mark: _numpy(folder / "x.arrow", mark) or folder / "x.arrow",
    "an extension type in Arrow": lambda folder, mark: written(folder / "x.arrow", _extension(mark)),
    "an extension type in Parquet": lambda folder, mark: (
        pq.write_table(_extension(mark), folder / "x.parquet") or folder / "x.parquet"
    ),
    "metadata in Arrow": lambda folder, mark: written(folder / "x.arrow", _pandas_metadata(mark)),
    "metadata in Parquet": lambda folder, mark: (
        pq.write_table(_pandas_metadata(mark), folder / "x.parquet") or folder / "x.parquet"
    ),
    "a DataFrameDirectory": _directory,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_a_dataset_is_ever_unpickled(make: Callable[[Path, Path], Path], tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    path = make(tmp_path, mark)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pickle, "loads", _must_not_be_called)
        patch.setattr(pickle, "load", _must_not_be_called)
        patch.setattr(pickle, "Unpickler", _must_not_be_called)
        _refused(lambda: use_table(path, tmp_path))
    assert not mark.exists()


@pytest.mark.parametrize("make", [_extension, _pandas_metadata])
def test_nothing_of_a_result_is_ever_unpickled(make: Callable[[Path], pa.Table], tmp_path: Path) -> None:
    path = written(tmp_path / "result.arrow", make(tmp_path / "unpickled"))
    use_step(path, tmp_path)
    assert not (tmp_path / "unpickled").exists()


def _must_not_be_called(*_: object, **__: object) -> None:
    raise AssertionError("something was unpickled")


def test_no_module_that_reads_tables_imports_pickle_or_what_unpickles() -> None:
    folder = Path(formats.__file__).parent
    words = ("pickle", "marshal", "shelve", "joblib", "allow_pickle", "read_pickle", "yaml")
    for path in folder.glob("*.py"):
        imported = [line for line in path.read_text().splitlines() if line.lstrip().startswith(("import ", "from "))]
        assert not [line for line in imported if any(word in line for word in words)], path


# Parquet


def _with_changed_footer(path: Path, old: bytes, new: bytes) -> None:
    """Replace equally long bytes in the footer."""
    assert len(old) == len(new)
    content = path.read_bytes()
    (length,) = struct.unpack("<I", content[-8:-4])
    footer = content[-8 - length : -8]
    assert old in footer
    path.write_bytes(content[: -8 - length] + footer.replace(old, new) + content[-8:])


def _varint(value: int, width: int) -> bytes:
    """A whole number of Thrift, in so many bytes."""
    value *= 2
    return bytes((value >> 7 * at & 127) | (128 if at < width - 1 else 0) for at in range(width))


def test_a_parquet_file_that_claims_billions_of_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    rows = 123_456_789
    pq.write_table(pa.table({"x": pa.nulls(0, pa.int64())}), path)
    pq.write_table(pa.table({"x": pa.array([0] * 200_000)}), path, write_statistics=False)
    _with_changed_footer(path, _varint(200_000, 3), _varint(rows % 2**20, 3))
    assert "Parquet" in refusal(path, tmp_path)


def test_a_constant_column_may_not_become_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    many = pa.chunked_array([pa.array([0] * 1_000_000)] * 150)
    pq.write_table(pa.table({"x": many}), path, row_group_size=150_000_000)
    assert path.stat().st_size < 2_000_000
    assert "unpacks to more than 500 times" in refusal(path, tmp_path)


def test_a_dictionary_of_a_few_long_texts_may_not_become_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    column = pa.array(["v" * 500_000, "w"]).dictionary_encode().take(pa.array([0, 1] * 5000))
    pq.write_table(pa.table({"x": column}), path, compression="snappy", store_schema=False)
    assert path.stat().st_size < 1_000_000
    assert "its column x unpacks to more than 500 times" in refusal(path, tmp_path)


def test_an_honest_file_whose_dictionary_looks_dangerous_is_measured_and_read(tmp_path: Path) -> None:
    path = tmp_path / "given.parquet"
    words = pa.array(["v" * 400_000, *(f"word {number}" for number in range(100))])
    column = words.dictionary_encode().take(pa.array([0, *(1 + number % 100 for number in range(9999))]))
    pq.write_table(pa.table({"x": column}), path, store_schema=False)
    with pq.ParquetFile(path) as file:
        leaf = parquet_claims._leaves(file.metadata, memoryview(path.read_bytes()))[0]
    assert leaf.values > growth.SPARED_BYTES
    assert read(path, tmp_path / "step.arrow").shape.rows == 10_000


def test_texts_that_share_their_beginnings_may_not_become_gigabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (growth, parquet_claims):
        monkeypatch.setattr(module, "SPARED_BYTES", 10 << 20)
    path = tmp_path / "given.parquet"
    table = pa.table({"x": pa.array(["v" * 20_000] * 8000)})
    pq.write_table(table, path, use_dictionary=False, column_encoding={"x": "DELTA_BYTE_ARRAY"}, compression="zstd")
    assert path.stat().st_size < 200_000
    assert "its column x unpacks to more than 500 times" in refusal(path, tmp_path)


def test_a_page_that_claims_to_unpack_to_very_much_is_refused_before_room_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "SPARED_BYTES", 100_000)
    path = tmp_path / "given.parquet"
    pq.write_table(pa.table({"x": pa.array(["a" * 70_000])}), path, compression="zstd", use_dictionary=False)
    with pq.ParquetFile(path) as file:
        place = file.metadata.row_group(0).column(0).data_page_offset
    content = bytearray(path.read_bytes())
    size = _varint(70_010, 3)  # the text, its length and whether it is there
    at = content.index(size, place, place + 32)
    content[at : at + 3] = _varint(2**20 - 1, 3)
    path.write_bytes(content)
    assert "unpacks to more than 500 times" in refusal(path, tmp_path)


def test_metadata_that_contradicts_itself_ends_no_process(tmp_path: Path) -> None:
    """Arrow's own objects for it would, since no exception leads out of them."""
    done = subprocess.run(
        [sys.executable, str(FLIPPING), "parquet, shared beginnings", "7", "60", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_parquet_file_with_text_that_is_not_utf8_names_the_reason(tmp_path: Path) -> None:
    broken = array_of(pa.string(), 1, None, numbers("i", 0, 2), b"\xff\xfe")
    pq.write_table(pa.table({"x": broken}), tmp_path / "given.parquet")
    assert "UTF8" in refusal(tmp_path / "given.parquet", tmp_path)


def test_an_honest_file_of_every_kind_is_read_as_before(tmp_path: Path) -> None:
    frames.write_frame(honest_frame(), str(tmp_path / "step.arrow"))
    for name in ("out.parquet", "out.arrow", "out/"):
        write(tmp_path / "step.arrow", f"{tmp_path}/{name}")
        read(tmp_path / name.rstrip("/"), tmp_path / "again.arrow")
        found = compare(tmp_path / "again.arrow", tmp_path / "step.arrow")
        assert found.equal, found.sentences


def test_decimals_and_views_survive_the_checks(tmp_path: Path) -> None:
    table = pa.table({"d": [Decimal("1.10"), None], "v": pa.array([["a"], None], pa.list_view(pa.string()))})
    read(written(tmp_path / "given.arrow", table), tmp_path / "step.arrow")
    assert open_step(tmp_path / "step.arrow").to_pylist() == table.to_pylist()


# CSV


def test_a_row_that_never_ends_is_refused_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "LONGEST_ROW_BYTES", 1 << 20)
    path = tmp_path / "given.csv"
    path.write_bytes(b"a\n1\n" + b"x" * (7 << 20))
    assert "a row in or after line 1 has more than" in refusal(path, tmp_path)
    path.write_bytes(b'a,b\n1,"' + b"2,3\n" * (2 << 20))
    assert "has more than" in refusal(path, tmp_path)


def test_a_quote_that_is_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_bytes(b'a,b\n1,"' + b"2,3\n" * 100_000)
    assert "the quote that opens in line 2 is never closed" in refusal(tmp_path / "given.csv", tmp_path)


def test_a_line_of_very_many_quotes_is_looked_through_once(tmp_path: Path) -> None:
    path = tmp_path / "given.csv"
    path.write_bytes(b"a\n" + b'"b"c' * (4 << 20) + b"\n")  # took hours: each quote looked for the line's end again
    assert read(path, tmp_path / "step.arrow").shape.rows == 1


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_bytes(b"x," * 400_000 + b"x\n")
    assert "400,001 cells, and a table has 100,000 columns at most" in refusal(tmp_path / "given.csv", tmp_path)


def test_a_name_that_stands_very_often_is_numbered_in_one_go() -> None:
    names, warnings = unique_names(["x"] * 100_000 + ["x_5"])  # took hours: each search began at 0
    assert names[-2:] == ("x_99999", "x_5")
    assert len(set(names)) == 100_001
    assert len(warnings) == 99_999


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_a_packed_text_that_unpacks_to_far_more_than_it_is_is_refused(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "SPARED_BYTES", 10 << 20)
    path = tmp_path / f"given.csv.{ending}"
    text = b"a\n" + b"1\n" * (8 << 20)
    path.write_bytes({"gz": gzip.compress, "bz2": bz2.compress, "zst": _zstd}[ending](text))
    assert "unpacks to more than 500 times the size of the file" in refusal(path, tmp_path)


def _zstd(text: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(text)
    return sink.getvalue().to_pybytes()


def test_a_packed_text_that_is_cut_off_is_no_matter_of_the_result(tmp_path: Path) -> None:
    path = tmp_path / "given.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" + os.urandom(5000).hex().encode() + b"\n")[:-20])
    assert "given.csv.gz cannot be read" in refusal(path, tmp_path)


@pytest.mark.parametrize("encoding", ["zlib", "bz2", "hex", "rot13", "idna", "punycode", "undefined", "unicode_escape"])
def test_what_is_no_encoding_of_texts_is_not_taken_for_one(encoding: str) -> None:
    with pytest.raises(WrongUse, match="no text encoding"):
        parse_options(f"encoding={encoding}")


# What is no file


@pytest.mark.parametrize("name", ["given.csv", "given.parquet", "given.arrow", "given.csv.gz"])
def test_a_pipe_in_place_of_a_dataset_is_refused_and_not_waited_for(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    assert "no file but a pipe or a device" in refusal(tmp_path / name, tmp_path)


def test_a_device_that_never_ends_is_refused(tmp_path: Path) -> None:
    (tmp_path / "given.csv").symlink_to("/dev/zero")
    assert "no file but a pipe or a device" in refusal(tmp_path / "given.csv", tmp_path)


def test_a_stream_that_never_ends_leaves_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_SPARED_DISK_BYTES", 1 << 60)
    with open("/dev/zero", "rb") as endless, pytest.raises(InputUnreadable, match="has not ended after 64 MiB"):
        read(endless, tmp_path / "step.arrow")
    assert list(tmp_path.iterdir()) == []


def test_names_that_no_file_has_are_told(tmp_path: Path) -> None:
    with pytest.raises(NotThere):
        read(tmp_path / "a\0b.csv", tmp_path / "step.arrow")
    with pytest.raises(InputUnreadable, match="too long"):
        read(tmp_path / ("x" * 4096 + ".csv"), tmp_path / "step.arrow")


def _set(tmp_path: Path) -> Path:
    frames.write_frame(pd.DataFrame({"x": [1]}), str(tmp_path / "honest.arrow"))
    write(tmp_path / "honest.arrow", f"{tmp_path}/set/")
    return tmp_path / "set"


@pytest.mark.parametrize("name", ["_data.parquet", "_meta.yaml"])
def test_a_pipe_in_a_dataset_folder_is_refused(name: str, tmp_path: Path) -> None:
    folder = _set(tmp_path)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert refusal(folder, tmp_path)


def test_a_link_that_leads_nowhere_is_no_empty_dataset(tmp_path: Path) -> None:
    folder = _set(tmp_path)
    (folder / "_data.parquet").unlink()
    (folder / "_data.parquet").symlink_to("nowhere")
    assert "_data.parquet cannot be read" in refusal(folder, tmp_path)


@pytest.mark.parametrize("place", ["../x.parquet", "/etc/passwd", "a/../../x", "x\0y", "x" * 4096])
def test_a_dataset_folder_names_no_data_outside_of_itself(place: str, tmp_path: Path) -> None:
    folder = _set(tmp_path)
    (folder / "_meta.yaml").write_text(f"type: DataFrameDirectory\ndata: {place}\n")
    assert "names data outside of the folder" in refusal(folder, tmp_path)


def test_a_description_of_gigabytes_is_not_read_whole(tmp_path: Path) -> None:
    folder = _set(tmp_path)
    with (folder / "_meta.yaml").open("ab") as file:
        file.truncate(3 << 30)
    assert read(folder, tmp_path / "step.arrow").shape.rows == 1


@pytest.mark.parametrize("content", [b"[" * 100_000, b"9" * 1_000_000, b'{"x": NaN}', b"\xff", b""])
def test_the_pictures_of_a_dataset_folder_are_not_read_at_all(content: bytes, tmp_path: Path) -> None:
    folder = _set(tmp_path)
    for name in ("_samples.json", "_data.visualization", "schema/_schema.json"):
        (folder / name).write_bytes(content)
    assert read(folder, tmp_path / "step.arrow").shape.rows == 1
