"""Which format a file is of, what is wrong with it, and that a bad input or output leaves nothing half-written."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from transom.errors import FormatUnknown, InputUnreadable, NotThere, ResultUnwritable
from transom.tables.compare import compare
from transom.tables.formats import FORMATS, check_readable, check_writable, read, read_arrow, write
from transom.tables.options import parse_options
from transom.tables.step_file import first_rows, open_step, shape

FLIPPING = Path(__file__).with_name("flipping_texts.py")
FRAME = pd.DataFrame({"a": [1, 2], "t": ["x", None]})


def _refused(path: Path, tmp_path: Path) -> str:
    with pytest.raises((InputUnreadable, FormatUnknown, NotThere)) as wrong:
        read(path, tmp_path / "step.arrow")
    assert not (tmp_path / "step.arrow").exists()
    assert not [one for one in tmp_path.iterdir() if one.name.endswith(".part")]
    return str(wrong.value)


def test_a_missing_file_names_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "cars.csv").write_text("a\n1\n")
    assert f"Did you mean {tmp_path / 'cars.csv'}?" in _refused(tmp_path / "car.csv", tmp_path)


def test_an_unknown_ending_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "cars.dat").write_text("a\n1\n")
    assert ".csv, .tsv" in _refused(tmp_path / "cars.dat", tmp_path)


def test_an_unknown_ending_does_not_matter_where_the_first_bytes_name_the_format(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "cars.dat")
    assert read(tmp_path / "cars.dat", tmp_path / "step.arrow").format == "Parquet"


def test_an_ending_counts_in_any_case(tmp_path: Path) -> None:
    (tmp_path / "CARS.CSV").write_text("a\n1\n")
    assert read(tmp_path / "CARS.CSV", tmp_path / "step.arrow").format == "CSV"


@pytest.mark.parametrize(
    "name",
    [
        *("given.csv", "given.parquet", "given.arrow", "given.tsv", "given.jsonl", "given.json", "given.xlsx"),
        *("given.arff", "given.svm", "given.txt", "given.zip"),
    ],
)
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert "it is empty" in _refused(tmp_path / name, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("given.csv", b"PAR1" + b"\0" * 20, "it holds Parquet, not CSV"),
        ("given.parquet", b"ARROW1\0\0" + b"\0" * 20, "it holds Arrow, not Parquet"),
        ("given.csv", b"PK\x03\x04" + b"\0" * 20, "a zip file or an Excel workbook"),
        ("given.zip", b"PK\x03\x04" + b"\0" * 20, "a zip file or an Excel workbook, which is damaged, not zip"),
        ("given.xlsx", b"PK\x03\x04" + b"\0" * 20, "a zip file or an Excel workbook, which is damaged, not Excel"),
        ("given.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 20, "it holds Excel, not CSV"),
        ("given.csv", b"\x1f\x8b\x08" + b"\0" * 20, "it holds a gzip file, not CSV"),
        ("given.json", b"\n<!DOCTYPE html><html>", "it holds a web page, not JSON"),
        ("given.arff", b"%PDF-1.7", "it holds a PDF, not ARFF"),
        ("given.xls", b"a,b\n1,2\n", "does not begin as Excel does"),
        ("given.parquet", b"a,b\n1,2\n", "does not begin as Parquet does"),
        ("given.arrow", b"a,b\n1,2\n", "does not begin as Arrow does"),
        ("given.parquet", b"PAR1" + b"\0" * 200, "no Parquet file that can be read"),
        ("given.arrow", b"ARROW1\0\0" + b"\0" * 200, "no Arrow file that can be read"),
        ("given.parquet", b"PARE" + b"\0" * 200, "no Parquet file that can be read"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert said in _refused(tmp_path / name, tmp_path)


@pytest.mark.parametrize("cut", [100, 2000])
def test_a_parquet_file_that_breaks_off_is_an_error(tmp_path: Path, cut: int) -> None:
    pd.DataFrame({"a": range(1000)}).to_parquet(tmp_path / "given.parquet")
    whole = (tmp_path / "given.parquet").read_bytes()
    (tmp_path / "given.parquet").write_bytes(whole[:cut])
    assert "Parquet" in _refused(tmp_path / "given.parquet", tmp_path)


def test_a_parquet_file_with_broken_pages_is_an_error(tmp_path: Path) -> None:
    pd.DataFrame({"a": range(100_000), "t": "x"}).to_parquet(tmp_path / "given.parquet")
    content = bytearray((tmp_path / "given.parquet").read_bytes())
    content[4:5000] = b"\xff" * 4996
    (tmp_path / "given.parquet").write_bytes(content)
    assert "Parquet" in _refused(tmp_path / "given.parquet", tmp_path)


def test_a_folder_that_is_no_dataframe_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "holds no _meta.yaml" in _refused(tmp_path / "folder", tmp_path)


def test_arrow_streams_and_files_are_read(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2]})
    for name, opened in (("stream.arrow", pa.ipc.new_stream), ("file.arrow", pa.ipc.new_file)):
        with opened(str(tmp_path / name), table.schema) as writer:
            writer.write_table(table, max_chunksize=1)
        read(tmp_path / name, tmp_path / "step.arrow")
        assert open_step(tmp_path / "step.arrow").to_pydict() == {"a": [1, 2]}


def test_types_that_old_arrow_libraries_lack_become_the_nearest(tmp_path: Path) -> None:
    given = pa.table(
        {
            "view": pa.array(["a", None], pa.string_view()),
            "run": pa.RunEndEncodedArray.from_arrays([2], [7]),
            "small": pa.array([Decimal("1.10"), None], pa.decimal64(18, 2)),
            "items": pa.array([[1], None], pa.list_view(pa.int64())),
        }
    )
    told = read_arrow(given, tmp_path / "step.arrow")
    table = open_step(tmp_path / "step.arrow")
    assert table.column("view").to_pylist() == ["a", None]
    assert table.column("run").to_pylist() == [7, 7]
    assert table.column("small").to_pylist() == [Decimal("1.10"), None]
    assert not {"decimal64(18, 2)", "string_view", "list_view<item: int64>"} & {str(one.type) for one in table.schema}
    assert told.shape.rows == 2


NESTED = {
    "struct": pa.array([{"a": 1}, None]),
    "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
    "list of lists": pa.array([[[1]], None]),
    "fixed list": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
    "fixed bytes": pa.array([b"ab", None], pa.binary(2)),
    "wide decimal": pa.array([Decimal("1.5"), None], pa.decimal256(60, 2)),
    "nothing": pa.nulls(2),
    "nanosecond time": pa.array([1, None], pa.time64("ns")),
    "identifier": pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16, None], pa.binary(16))),
}


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("result", ["result.csv", "result.parquet", "result.arrow", "result/"])
def test_what_pandas_has_no_type_for_goes_in_and_out(tmp_path: Path, name: str, result: str) -> None:
    read_arrow(pa.table({"c": NESTED[name]}), tmp_path / "step.arrow")
    write(tmp_path / "step.arrow", f"{tmp_path}/{result}")
    read(tmp_path / result, tmp_path / "again.arrow")
    assert compare(tmp_path / "step.arrow", tmp_path / "again.arrow").sentences == ("Equal to what was expected.",)


@pytest.mark.parametrize("result", ["result.jsonl", "result.json", "result.xlsx"])
def test_what_pandas_has_no_type_for_leaves_for_json_and_excel_and_is_read_again(tmp_path: Path, result: str) -> None:
    read_arrow(pa.table({**NESTED, "beside": [1, 2]}), tmp_path / "step.arrow")
    write(tmp_path / "step.arrow", tmp_path / result)
    told = read(tmp_path / result, tmp_path / "again.arrow")
    assert [column.name for column in told.shape.columns] == [*NESTED, "beside"]
    assert told.shape.rows == 2


def test_a_name_with_a_point_is_no_path_into_a_column(arrive, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a.b": [1.5, None], "a": [{"b": 1}, {"b": 2}]}), tmp_path / "given.parquet")
    arrived = arrive(tmp_path / "given.parquet").columns
    assert arrived["a"] == [{"b": 1}, {"b": 2}]
    assert arrived["a.b"][0] == 1.5


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text("a\n1\n")
    (tmp_path / "given.csv").chmod(0)
    if os.access(tmp_path / "given.csv", os.R_OK):
        pytest.skip("this user may read everything")
    assert "permission denied" in _refused(tmp_path / "given.csv", tmp_path)


def test_parquet_without_pandas_metadata_gets_its_missing_values_as_pandas_has_them(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"i": [1, None], "f": [1.5, None], "b": [True, None]}), tmp_path / "given.parquet")
    read(tmp_path / "given.parquet", tmp_path / "step.arrow")
    table = open_step(tmp_path / "step.arrow")
    assert [str(one.type) for one in table.schema] == ["double", "double", "bool"]
    assert [column.null_count for column in table.columns] == [0, 0, 1]


def test_parquet_whose_names_stand_twice_gets_suffixes(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table([[1], [2]], names=["x", "x"]), tmp_path / "given.parquet")
    told = read(tmp_path / "given.parquet", tmp_path / "step.arrow")
    assert [column.name for column in told.shape.columns] == ["x", "x_0"]
    assert len(told.warnings) == 1


@pytest.mark.parametrize(
    "name", ["result.xyz", "result", "result.csv.gz", "result.jsonl.gz", "result.txt", "result.arff", "result.zip"]
)
def test_a_result_with_an_unknown_ending_is_refused_before_anything_runs(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatUnknown):
        check_writable(tmp_path / name)


def test_a_result_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultUnwritable, match="mkdir -p"):
        check_writable(tmp_path / "no" / "result.csv")
    with pytest.raises(ResultUnwritable, match="mkdir -p"):
        check_writable(f"{tmp_path}/no/result/")


def test_checking_writes_nothing(tmp_path: Path) -> None:
    for name in ("result.csv", "result.parquet", "result/"):
        check_writable(f"{tmp_path}/{name}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["result.csv", "result.parquet", "result.arrow", "result.tsv", "result.jsonl", "result.json", "result.xlsx"]
)
def test_a_result_replaces_a_file(kept, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("former")
    write(kept(FRAME), tmp_path / name)
    read(tmp_path / name, tmp_path / "again.arrow")
    assert shape(tmp_path / "again.arrow").rows == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([name, "step.arrow", "again.arrow"])


def test_a_result_that_cannot_be_written_leaves_the_former_one(tmp_path: Path) -> None:
    (tmp_path / "result.csv").write_text("former")
    with pytest.raises(InputUnreadable):
        write(tmp_path / "no-step.arrow", tmp_path / "result.csv")
    assert (tmp_path / "result.csv").read_text() == "former"


def test_a_directory_replaces_an_earlier_one_and_nothing_else(kept, tmp_path: Path) -> None:
    step = kept(FRAME)
    target = f"{tmp_path}/result/"
    write(step, target)
    (tmp_path / "result" / "left.txt").write_text("of the former one")
    write(step, target)
    assert "left.txt" not in os.listdir(tmp_path / "result")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("precious")
    with pytest.raises(ResultUnwritable, match="holds files that are no DataFrameDirectory"):
        write(step, f"{tmp_path}/other/")
    assert (tmp_path / "other" / "mine.txt").read_text() == "precious"


def test_a_preview_shows_the_index_and_leaves_missing_cells_empty(kept) -> None:
    frame = pd.DataFrame(
        {"f": [1.5, None], "d": pd.to_datetime(["2020-01-01", None])}, index=pd.Index(["r", "s"], name="key")
    )
    rows = first_rows(kept(frame), 5)
    assert rows.shape.index == ("key",)
    assert rows.index == (("r",), ("s",))
    assert rows.rows == (("1.5", "2020-01-01"), (None, None))


def test_check_readable_reads_nothing_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_bytes(b"a,b\n1\n\xff\xff\n")
    assert check_readable(tmp_path / "given.csv").name == "CSV"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not UTF-8")
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".arrow", ".jsonl", ".json", ".xlsx", "/"])
def test_a_name_that_is_not_utf_8_is_written_and_read(kept, tmp_path: Path, ending: str) -> None:
    name = f"{tmp_path}/{os.fsdecode(b'no' + bytes([255]))}{ending}"
    step = kept(FRAME)
    write(step, name)
    assert read(Path(name), Path(f"{name.rstrip('/')}.step")).shape.rows == 2
    assert first_rows(Path(f"{name.rstrip('/')}.step"), 2).rows == (("1", "x"), ("2", None))
    assert read(Path(name), tmp_path / "sample.arrow", sample=1).shape.rows == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not UTF-8")
def test_a_packed_file_whose_name_is_not_utf_8_is_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"no" + bytes([255]) + b".CSV.GZ")
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read(path, tmp_path / "step.arrow").shape.rows == 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not UTF-8")
def test_every_error_about_a_name_that_is_not_utf_8_can_be_printed(tmp_path: Path) -> None:
    odd = os.fsdecode(b"no" + bytes([255]))
    (tmp_path / f"{odd}.csv").write_bytes(b"a,b\n1\n")
    (tmp_path / f"{odd}.dat").write_bytes(b"x")
    (tmp_path / f"{odd}.parquet").write_bytes(b"PAR1" * 30)
    for ending in ("jsonl", "json", "xlsx", "arff", "svm", "zip"):
        (tmp_path / f"{odd}.{ending}").write_bytes(b"PK")
    for name in (
        *(
            f"{odd}.{ending}"
            for ending in ("csv", "dat", "parquet", "cvs", "jsonl", "json", "xlsx", "arff", "svm", "zip")
        ),
        f"{odd}x.csv",
    ):
        said = _refused(tmp_path / name, tmp_path)
        assert rb"/no\xff" in said.encode()
    for name in (f"{odd}.dat", f"{odd}/result.csv", f"{odd}.csv/"):
        with pytest.raises((FormatUnknown, ResultUnwritable)) as wrong:
            check_writable(f"{tmp_path}/{name}")
        assert rb"/no\xff" in str(wrong.value).encode()


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("given.parquet", "header=no", "Parquet is not read by the option header. It has no read options."),
        ("given.csv", "sheet=2", "CSV is not read by the option sheet. Its options are header, delimiter"),
        ("given.csv", "file=a.csv", "CSV is not read by the option file"),
        (
            "given.jsonl",
            "delimiter=;",
            "JSON lines is not read by the option delimiter. Its options are encoding, types.",
        ),
        ("given.xlsx", "encoding=cp1252", "Excel is not read by the option encoding"),
        ("given.arff", "types=a:text", "ARFF is not read by the option types"),
        ("given/", "types=a:text", "DataFrameDirectory is not read by the option types"),
    ],
)
def test_an_option_that_a_format_has_not_is_an_error_and_not_passed_over(
    tmp_path: Path, name: str, options: str, said: str
) -> None:
    read_arrow(pa.table({"a": [1]}), tmp_path / "step.arrow")
    if name.endswith(".arff"):
        (tmp_path / name).write_text("@relation r\n@attribute a numeric\n@data\n1\n")
    else:
        write(tmp_path / "step.arrow", f"{tmp_path}/{name}")
    with pytest.raises(InputUnreadable) as wrong:
        read(tmp_path / name, tmp_path / "again.arrow", parse_options(options))
    assert said in str(wrong.value)


def test_every_ending_names_one_format_and_every_writer_has_a_reader() -> None:
    endings = [ending for one in FORMATS for ending in one.endings]
    assert len(set(endings)) == len(endings)
    assert all(one.read is not None for one in FORMATS if one.write is not None)
    assert {one.name for one in FORMATS if one.write is None} == {"ARFF", "SVMlight", "text", "zip"}


def test_a_format_is_imported_when_it_is_needed_and_not_before() -> None:
    code = (
        "import sys, transom.tables.formats; print([one for one in sys.modules if one.startswith('transom.tables.')])"
    )
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for name in ("excel", "excel_out", "json_lines", "json_lines_out", "arff", "svmlight", "plain_text", "zipped"):
        assert f"'transom.tables.{name}'" not in listed


@pytest.mark.parametrize("kind", ["json lines", "json", "arff", "svmlight", "text"])
def test_no_damaged_copy_of_a_text_ends_or_holds_up_the_process(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FLIPPING), kind, "2", "120", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
    )
    assert done.returncode == 0, f"copy {done.stdout.split()[-1:]}: {done.stderr[-3000:]}"
