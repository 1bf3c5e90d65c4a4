"""A zip file in: the one table that it holds, or what it holds instead; nothing of it is unpacked without limits."""

from __future__ import annotations

import io
import random
import shutil
import struct
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from tests.tables.flipping import damaged

from transom.errors import FormatUnknown, InputUnreadable
from transom.tables import growth, zipped
from transom.tables.formats import check_readable, check_writable, write
from transom.tables.known_formats import ZIP

CARS = "make,price\naudi,13950\n"


def archive(path: Path, files: dict[str, str | bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def _refused(arrive, path: Path, options: str = "") -> str:
    with pytest.raises((InputUnreadable, FormatUnknown)) as wrong:
        arrive(path, options)
    left = [one for one in path.parent.iterdir() if "part" in one.name]
    assert not left
    assert len(wrong.value.message) < 1500
    assert "\n" not in wrong.value.message
    return str(wrong.value)


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_one_table_is_read(arrive, tmp_path: Path, packed: int) -> None:
    arrived = arrive(archive(tmp_path / "given.zip", {"a folder/cars.csv": CARS}, packed))
    assert arrived.columns == {"make": ["audi"], "price": [13950]}
    assert arrived.read.format == "CSV in a zip file"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["arrived.arrow", "given.zip"]


@pytest.mark.parametrize(
    "others",
    [
        {"__MACOSX/._cars.csv": b"\0", "__MACOSX/cars.csv": CARS},
        {".hidden.csv": CARS, ".git/cars.csv": CARS},
        {"README.txt": "about", "LICENSE": "text", "notes.md": "# notes"},
        {"folder/": b""},
    ],
)
def test_what_is_hidden_or_no_table_does_not_count(arrive, tmp_path: Path, others: dict[str, str | bytes]) -> None:
    path = archive(tmp_path / "given.zip", {**others, "cars.csv": CARS})
    assert arrive(path).columns["make"] == ["audi"]


def test_every_format_is_read_from_a_zip_file(kept, arrive, tmp_path: Path) -> None:
    step = kept(pd.DataFrame({"a": [1, 2]}))
    for name in ("t.csv", "t.tsv", "t.parquet", "t.arrow", "t.jsonl", "t.json", "t.xlsx"):
        write(step, tmp_path / name)
        arrived = arrive(archive(tmp_path / "given.zip", {name: (tmp_path / name).read_bytes()}))
        assert arrived.columns == {"a": [1, 2]}, name
    texts = {
        "t.arff": "@relation r\n@attribute a integer\n@data\n1\n2\n",
        "t.svm": "1 1:1\n",
        "t.txt": "x\n",
        "t.csv.gz": b"",
    }
    for name, content in list(texts.items())[:3]:
        assert arrive(archive(tmp_path / "given.zip", {name: content})).read.shape.rows


def test_a_designers_folder_is_one_table(kept, arrive, tmp_path: Path) -> None:
    write(kept(pd.DataFrame({"a": [1, 2]}, index=pd.Index(["r", "s"], name="key"))), f"{tmp_path}/set/")
    shutil.make_archive(str(tmp_path / "inner"), "zip", tmp_path / "set")
    shutil.make_archive(str(tmp_path / "outer"), "zip", tmp_path, "set")
    for name in ("inner.zip", "outer.zip"):
        arrived = arrive(tmp_path / name)
        assert arrived.read.shape.index == ("key",)
        assert arrived.read.format == "DataFrameDirectory in a zip file"


def test_options_are_of_the_table_within(arrive, tmp_path: Path) -> None:
    path = archive(tmp_path / "given.zip", {"cars.csv": "a;b\n1;2\n"})
    assert arrive(path, "delimiter=;,types=a:text").columns == {"a": ["1"], "b": [2]}
    assert "CSV is not read by the option sheet" in _refused(arrive, path, "sheet=2")


def test_several_tables_are_an_error_that_names_them(arrive, tmp_path: Path) -> None:
    path = archive(
        tmp_path / "given.zip", {"a/cars.csv": CARS, "b/cars.csv": "x\n1\n", "b/more.parquet": "", "t.txt": "t"}
    )
    said = _refused(arrive, path)
    assert "it holds 3 tables (a/cars.csv, b/cars.csv, b/more.parquet)" in said
    assert "file=a/cars.csv" in said


@pytest.mark.parametrize(
    ("named", "column"), [("a/cars.csv", "make"), ("b/cars.csv", "x"), ("more.csv", "y"), ("t.txt", "text")]
)
def test_a_table_is_named_by_its_path_or_its_name(arrive, tmp_path: Path, named: str, column: str) -> None:
    files: dict[str, str | bytes] = {"a/cars.csv": CARS, "b/cars.csv": "x\n1\n", "c/more.csv": "y\n1\n", "t.txt": "t"}
    assert column in arrive(archive(tmp_path / "given.zip", files), f"file={named}").columns


def test_a_name_that_is_not_in_it_names_the_near_one(arrive, tmp_path: Path) -> None:
    path = archive(tmp_path / "given.zip", {"a/cars.csv": CARS, "b/cars.csv": CARS})
    assert "no file of the name a/cras.csv. Did you mean a/cars.csv?" in _refused(arrive, path, "file=a/cras.csv")
    assert "several files of the name cars.csv" in _refused(arrive, path, "file=cars.csv")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "it is empty"),
        ({"a.py": "x", "b.md": "y"}, "no file in it has the ending of a table's (a.py, b.md)"),
        ({"model.pkl": "x"}, "model.pkl has an ending that names no table format"),
        ({"cars.csv": ""}, "cars.csv cannot be read as a table: it is empty"),
        ({"cars.csv": "a,b\n1\n"}, "given.zip: cars.csv cannot be read as a table: line 2 has 1 cell"),
        ({"cars.parquet": "a,b\n"}, "does not begin as Parquet does"),
    ],
)
def test_what_is_wrong_is_said_of_the_file_within(
    arrive, tmp_path: Path, files: dict[str, str | bytes], said: str
) -> None:
    assert said in _refused(arrive, archive(tmp_path / "given.zip", files))


def test_a_lone_file_of_an_unknown_ending_is_told_by_its_content(kept, arrive, tmp_path: Path) -> None:
    write(kept(pd.DataFrame({"a": [1]})), tmp_path / "t.parquet")
    path = archive(tmp_path / "given.zip", {"data": (tmp_path / "t.parquet").read_bytes()})
    assert arrive(path).read.format == "Parquet in a zip file"


def test_a_zip_file_within_a_zip_file_is_not_looked_into(arrive, tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", {"cars.csv": CARS}).read_bytes()
    path = archive(tmp_path / "given.zip", {"inner.zip": inner})
    assert "a zip file within a zip file" in _refused(arrive, path)
    assert "a zip file within a zip file" in _refused(arrive, path, "file=inner.zip")


def test_a_zip_file_is_known_by_its_content(arrive, kept, tmp_path: Path) -> None:
    content = archive(tmp_path / "given.zip", {"cars.csv": CARS}).read_bytes()
    (tmp_path / "given.dat").write_bytes(content)
    assert arrive(tmp_path / "given.dat").columns["make"] == ["audi"]
    for name, said in (("given.csv", "it holds zip, not CSV"), ("given.xlsx", "it holds zip, not Excel")):
        (tmp_path / name).write_bytes(content)
        assert said in _refused(arrive, tmp_path / name)
    write(kept(pd.DataFrame({"a": [1]})), tmp_path / "book.xlsx")
    (tmp_path / "book.xlsx").rename(tmp_path / "book.zip")
    assert "it holds Excel, not zip" in _refused(arrive, tmp_path / "book.zip")
    (tmp_path / "given.zip").write_text("make,price\n")
    assert "does not begin as zip does" in _refused(arrive, tmp_path / "given.zip")


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a PowerPoint presentation"),
    ],
)
def test_other_documents_are_named(arrive, tmp_path: Path, part: str, word: str) -> None:
    for name in ("given.zip", "given.xlsx", "given.csv"):
        path = archive(tmp_path / name, {"[Content_Types].xml": "", part: ""})
        assert f"it holds {word}" in _refused(arrive, path)
    path = archive(tmp_path / "given.ods", {"mimetype": "application/vnd.oasis.opendocument.text"})
    assert "it holds an OpenDocument file" in _refused(arrive, path)


def test_a_zip_file_is_never_written(tmp_path: Path) -> None:
    assert check_readable(archive(tmp_path / "given.zip", {"a.csv": CARS})) is ZIP
    with pytest.raises(FormatUnknown) as wrong:
        check_writable(tmp_path / "result.zip")
    assert ".zip" not in wrong.value.remedy
    assert ".arff" not in wrong.value.remedy
    assert ".jsonl" in wrong.value.remedy


# Zip files of strangers


def test_a_file_that_unpacks_to_far_too_much_is_refused(
    arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "SPARED_BYTES", 1 << 20)
    path = archive(tmp_path / "given.zip", {"bomb.csv": b"a\n" + b"1\n" * 4_000_000})
    assert "as a zip bomb does" in _refused(arrive, path)


def test_a_size_that_lies_is_found_out_while_unpacking(arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "SPARED_BYTES", 1 << 20)
    path = archive(tmp_path / "given.zip", {"bomb.csv": b"a\n" + b"1\n" * 4_000_000})
    content = path.read_bytes().replace(struct.pack("<I", 8_000_002), struct.pack("<I", 1000))
    path.write_bytes(content)
    said = _refused(arrive, path)
    assert "zip bomb" in said or "no zip file that can be read" in said


def test_a_file_under_a_password_is_refused(arrive, tmp_path: Path) -> None:
    path = archive(tmp_path / "given.zip", {"cars.csv": CARS}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    assert "locked by a password" in _refused(arrive, path)


def test_a_way_of_packing_that_python_does_not_know_is_named(arrive, tmp_path: Path) -> None:
    path = archive(tmp_path / "given.zip", {"cars.csv": CARS}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[8] = content[content.index(b"PK\1\2") + 10] = 99
    path.write_bytes(content)
    assert "packed in a way that Python cannot unpack" in _refused(arrive, path)


def test_a_directory_of_very_many_files_is_not_taken_in(
    arrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipped, "_LONGEST_DIRECTORY", 1000)
    path = archive(tmp_path / "given.zip", {f"{number}.csv": CARS for number in range(50)})
    assert "damaged" in _refused(arrive, path)


@pytest.mark.parametrize("name", ["../cars.csv", "/tmp/cars.csv", "..\\cars.csv", "C:\\cars.csv", "a/../../cars.csv"])
def test_a_name_that_leads_elsewhere_is_only_a_name(arrive, tmp_path: Path, name: str) -> None:
    (tmp_path / "deep").mkdir()
    path = archive(tmp_path / "deep" / "given.zip", {name: CARS})
    before = sorted(tmp_path.rglob("*"))
    try:
        arrive(path)
    except (InputUnreadable, FormatUnknown):
        pass
    assert sorted(one for one in tmp_path.rglob("*") if one.name != "arrived.arrow") == before


def test_a_folder_is_unpacked_to_its_own_place_and_nowhere_else(arrive, tmp_path: Path) -> None:
    meta = "type: DataFrameDirectory\nformat: Parquet\ndata: ../outside.parquet\n"
    path = archive(tmp_path / "given.zip", {"s/_meta.yaml": meta, "s/../outside.parquet": b"PAR1", "s/a\\..\\b": b"x"})
    assert "outside of the folder" in _refused(arrive, path)
    many = {"s/_meta.yaml": meta} | {f"s/{number}": "" for number in range(200)}
    assert "too many files" in _refused(arrive, archive(tmp_path / "many.zip", many))


def test_very_many_folders_and_long_names_take_no_time(arrive, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{number}/_meta.yaml": "" for number in range(20_000)}
    files |= {f"{number}/{'a/' * 400}x.csv": "" for number in range(2000)}
    path = archive(tmp_path / "given.zip", files, zipfile.ZIP_STORED)
    began = time.monotonic()
    assert "it holds 20,000 tables" in _refused(arrive, path)
    assert "no file of the name x.csx" in _refused(arrive, path, "file=x.csx")
    assert time.monotonic() - began < 20


def test_names_of_strangers_do_not_break_a_message(arrive, tmp_path: Path) -> None:
    path = archive(tmp_path / "given.zip", {"\x1b[31m\na.csv": CARS, "b" * 500 + ".csv": CARS})
    said = _refused(arrive, path)
    assert "\x1b" not in said


def test_damaged_zip_files_are_a_table_or_a_sentence(arrive, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"cars.csv": CARS * 20, "README.txt": "about" * 50}
    content = archive(tmp_path / "given.zip", files).read_bytes()
    for number in range(400):
        (tmp_path / "given.zip").write_bytes(damaged(content, random.Random(number)))
        try:
            arrive(tmp_path / "given.zip")
        except (InputUnreadable, FormatUnknown) as wrong:
            assert wrong.remedy  # noqa: PT017
    assert sorted(one.name for one in tmp_path.iterdir()) == ["arrived.arrow", "given.zip"]


def test_a_stream_of_a_zip_file_is_no_csv(tmp_path: Path) -> None:
    from transom.tables.formats import read

    content = archive(tmp_path / "given.zip", {"cars.csv": CARS}).read_bytes()
    with pytest.raises(InputUnreadable, match="it holds zip, not CSV"):
        read(io.BytesIO(content), tmp_path / "step.arrow")
