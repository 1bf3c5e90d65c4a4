"""How a table or files become a version of a dataset, what is found under a name, and how it leaves again."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas
import pyarrow.parquet
import pytest

from transom.errors import (
    InputUnreadable,
    NameInvalid,
    NotThere,
    OfAnotherKind,
    ResultUnwritable,
    StoreUnwritable,
    Unknown,
    VersionUnknown,
    WrongUse,
)
from transom.model.assets import Dataset, DatasetKind
from transom.settings import Settings
from transom.tables import formats
from transom.tables.step_file import first_rows
from transom.workspace import contents, contents_folders
from transom.workspace.contents import file_set
from transom.workspace.datasets import bundle_of, find_dataset, register_result, remove_dataset, table_path
from transom.workspace.datasets_adding import Added, Addition, add_dataset
from transom.workspace.datasets_shown import export_dataset, profile_of, show_dataset
from transom.workspace.opening import Workspace

CARS = b"make,price,zip\naudi,13950,06001\nbmw,,10115\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace", Settings())


@pytest.fixture
def cars(tmp_path: Path) -> Path:
    path = tmp_path / "cars.csv"
    path.write_bytes(CARS)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    for name in ("a.txt", ".hidden", "sub/b.txt", ".git/config", "sub/__pycache__/b.pyc", "__MACOSX/._a.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def added(workspace: Workspace, name: str, source: Path | str, **more: object) -> Added:
    return add_dataset(workspace, Addition(name, source, **more))  # type: ignore[arg-type]


def names(workspace: Workspace, dataset: Dataset) -> list[str]:
    return [each.name for each in file_set(workspace.blobs, dataset.digest).files]


def contents_kept(workspace: Workspace) -> list[str]:
    return list(workspace.blobs.digests())


def left_aside(workspace: Workspace) -> list[Path]:
    return [path for path in (workspace.blobs.folder / "aside").rglob("*") if path.is_file() and path.name != "lock"]


def test_a_file_of_a_tables_format_becomes_a_table_in_the_types_that_were_found(workspace: Workspace, cars: Path):
    made = added(workspace, "cars", cars, description="Prices", tags={"source": "me"})
    assert made.is_new
    assert made.read is not None
    assert made.read.types == {"make": "text", "price": "whole number", "zip": "text"}
    dataset = made.dataset
    assert (dataset.name, dataset.version, dataset.kind) == ("cars", 1, DatasetKind.TABLE)
    assert (dataset.format, dataset.source, dataset.description) == ("CSV", str(cars), "Prices")
    assert dataset.tags == {"source": "me"}
    assert first_rows(table_path(workspace, dataset), 9).rows == (
        ("audi", "13950.0", "06001"),
        ("bmw", None, "10115"),
    )


def test_the_same_content_again_makes_no_version_and_other_content_does(workspace: Workspace, cars: Path):
    first = added(workspace, "cars", cars).dataset
    again = added(workspace, "cars", cars)
    assert not again.is_new
    assert again.dataset.id == first.id
    cars.write_bytes(CARS + b"vw,9,1\n")
    second = added(workspace, "cars", cars)
    assert (second.is_new, second.dataset.version) == (True, 2)
    assert find_dataset(workspace, "cars@1") == first
    assert find_dataset(workspace, "cars@latest") == find_dataset(workspace, "cars") == second.dataset


def test_the_same_content_under_two_names_is_stored_once(workspace: Workspace, cars: Path):
    first = added(workspace, "cars", cars).dataset
    before = contents_kept(workspace)
    assert added(workspace, "autos", cars).dataset.digest == first.digest
    assert contents_kept(workspace) == before


def test_options_say_how_a_text_table_is_read(workspace: Workspace, tmp_path: Path):
    (tmp_path / "german.csv").write_text("1;2,5\n3;4,5\n")
    made = added(workspace, "german", tmp_path / "german.csv", read="header=no,delimiter=;,decimal=,")
    assert first_rows(table_path(workspace, made.dataset), 9).rows == (("1", "2.5"), ("3", "4.5"))
    with pytest.raises(WrongUse, match="no read option 'colour'"):
        added(workspace, "german", tmp_path / "german.csv", read="colour=red")


def test_a_stream_is_csv(workspace: Workspace):
    made = add_dataset(workspace, Addition("cars", io.BytesIO(CARS)))
    assert made.dataset.shape is not None
    assert made.dataset.shape.rows == 2
    assert made.dataset.source == "standard input"
    assert left_aside(workspace) == []


def test_a_folder_keeps_its_structure_and_hidden_files_and_says_what_it_leaves_out(workspace: Workspace, folder: Path):
    made = added(workspace, "files", folder)
    assert made.dataset.kind is DatasetKind.FILES
    assert names(workspace, made.dataset) == [".hidden", "a.txt", "sub/b.txt"]
    assert made.warnings == ("Left out: .git, __MACOSX, __pycache__.",)
    assert (made.dataset.files, made.dataset.bytes, made.dataset.format) == (3, 21, "folder")
    assert os.stat(folder / "a.txt").st_mode & 0o200, "the person's own file stays writable"


def test_a_link_within_the_folder_is_its_file_and_one_that_leads_out_is_left_out(workspace: Workspace, folder: Path):
    (folder / "in").symlink_to("sub/b.txt")
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "up").symlink_to("../cars.csv")
    (folder / "round").symlink_to(".")
    (folder / "nowhere").symlink_to("gone")
    made = added(workspace, "files", folder)
    assert names(workspace, made.dataset) == [".hidden", "a.txt", "in", "sub/b.txt"]
    assert "links that lead to no file of the folder: nowhere, out, round and 1 more." in made.warnings[1]


def test_the_workspace_is_no_part_of_a_folder_around_it(workspace: Workspace, cars: Path, tmp_path: Path):
    added(workspace, "cars", cars)
    (tmp_path / "other" / ".transom").mkdir(parents=True)
    (tmp_path / "other" / ".transom" / "secrets.json").write_text("{}")
    made = added(workspace, "all", tmp_path)
    assert names(workspace, made.dataset) == ["cars.csv"]
    assert made.warnings == ("Left out: .transom, workspace.",)


def test_what_is_no_file_is_left_out_and_said(workspace: Workspace, folder: Path):
    os.mkfifo(folder / "pipe")
    made = added(workspace, "files", folder)
    assert "as neither files nor folders: pipe." in made.warnings[-1]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_registered(workspace: Workspace, folder: Path):
    (folder / "sub" / "b.txt").chmod(0)
    with pytest.raises(WrongUse, match=r"folder cannot be added: sub/b.txt \(permission denied\) cannot be read"):
        added(workspace, "files", folder)
    with pytest.raises(Unknown):
        find_dataset(workspace, "files")


def test_a_folder_without_files_or_with_too_many_is_refused(workspace: Workspace, tmp_path: Path, monkeypatch):
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongUse, match="has no files"):
        added(workspace, "empty", tmp_path / "empty")
    monkeypatch.setattr(contents_folders, "MOST_FILES", 2)
    for name in ("a", "b", "c"):
        (tmp_path / "empty" / name).write_text(name)
    with pytest.raises(WrongUse, match="over 2 files"):
        added(workspace, "empty", tmp_path / "empty")


def test_a_zip_file_stays_one_file_and_is_what_a_bundle_port_takes(workspace: Workspace, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.writestr("helper.py", "x = 1")
    made = added(workspace, "bundle", tmp_path / "bundle.zip")
    assert (made.dataset.kind, made.dataset.format) == (DatasetKind.FILES, "zip")
    place = bundle_of(workspace, made.dataset, tmp_path / "into")
    assert place.read_bytes() == (tmp_path / "bundle.zip").read_bytes()
    assert not (tmp_path / "into").exists()


def test_other_files_are_a_folder_for_a_bundle_port(workspace: Workspace, folder: Path, tmp_path: Path):
    made = added(workspace, "files", folder)
    place = bundle_of(workspace, made.dataset, tmp_path / "into")
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()) == [
        ".hidden",
        "a.txt",
        "sub/b.txt",
    ]


def test_a_file_of_no_tables_format_is_a_file_and_a_table_can_be_kept_as_one(
    workspace: Workspace, tmp_path: Path, cars: Path
):
    (tmp_path / "model.bin").write_bytes(b"\x00\x01")
    assert added(workspace, "bin", tmp_path / "model.bin").dataset.format == "file"
    kept = added(workspace, "raw", cars, as_files=True).dataset
    assert names(workspace, kept) == ["cars.csv"]
    with pytest.raises(WrongUse, match="--read says how a table is read"):
        added(workspace, "raw", cars, as_files=True, read="header=no")


def test_a_designers_dataset_folder_is_a_table(workspace: Workspace, cars: Path, tmp_path: Path):
    formats.write(table_path(workspace, added(workspace, "cars", cars).dataset), f"{tmp_path}/dfd/")
    made = added(workspace, "again", tmp_path / "dfd").dataset
    assert (made.kind, made.format) == (DatasetKind.TABLE, "DataFrameDirectory")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "it is empty"),
        ("picture.parquet", b"\x89PNG....", "does not begin as Parquet does"),
        ("broken.parquet", b"PAR1" + b"\0" * 90, "Parquet"),
        ("ragged.csv", b"a,b\n1,2\n3\n", "line 3"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_of_the_file_that_was_named(
    workspace: Workspace, tmp_path: Path, name: str, content: bytes, said: str
):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputUnreadable, match=said) as caught:
        added(workspace, "it", tmp_path / name)
    assert str(tmp_path / name) in caught.value.message
    assert contents_kept(workspace) == []
    assert left_aside(workspace) == []


def test_a_path_that_is_not_there_names_the_one_beside_it(workspace: Workspace, cars: Path):
    with pytest.raises(NotThere, match=r"Did you mean .*cars\.csv"):
        added(workspace, "cars", cars.with_name("csrs.csv"))


@pytest.mark.parametrize("name", ["", " ", "a@b", "a:b", "a/b", "a\\b", "-a", "a\nb", "x" * 256])
def test_a_name_that_is_none_is_refused_before_anything_is_read(workspace: Workspace, cars: Path, name: str):
    with pytest.raises(NameInvalid):
        added(workspace, name, cars)
    assert not workspace.is_there


def test_names_that_are_not_there_are_answered_with_near_ones(workspace: Workspace, cars: Path):
    added(workspace, "Automobile price data (Raw)", cars)
    with pytest.raises(Unknown, match=r"Did you mean Automobile price data \(Raw\)"):
        find_dataset(workspace, "automobile price data (raw)")
    with pytest.raises(VersionUnknown, match="has no version 7"):
        find_dataset(workspace, "Automobile price data (Raw)@7")
    for text in ("cars@", "cars@0", "cars@x", "@1", "cars@1@2"):
        with pytest.raises(NameInvalid):
            find_dataset(workspace, text)


def test_a_table_is_no_bundle_and_files_are_no_table(workspace: Workspace, cars: Path, folder: Path, tmp_path: Path):
    with pytest.raises(OfAnotherKind, match="--dataset1 cars@1"):
        bundle_of(workspace, added(workspace, "cars", cars).dataset, tmp_path / "into")
    with pytest.raises(OfAnotherKind, match="a set of 3 files"):
        table_path(workspace, added(workspace, "files", folder).dataset)


def test_a_result_is_registered_with_the_run_that_made_it(workspace: Workspace, cars: Path):
    from transom.model.runs import Result

    made = added(workspace, "cars", cars).dataset
    assert made.shape is not None
    dataset = register_result(workspace, "out", Result(made.shape, made.digest), run="r1", port="result_dataset")
    assert (dataset.run, dataset.port, dataset.bytes) == ("r1", "result_dataset", made.bytes)
    with pytest.raises(NameInvalid):
        register_result(workspace, "o:ut", Result(made.shape, made.digest), run="r1", port="result_dataset")


def test_removing_takes_one_version_or_all_and_no_number_comes_twice(workspace: Workspace, cars: Path):
    added(workspace, "cars", cars)
    cars.write_bytes(CARS + b"vw,9,1\n")
    added(workspace, "cars", cars)
    assert [str(each.reference) for each in remove_dataset(workspace, "cars@2")] == ["cars@2"]
    assert added(workspace, "cars", cars).dataset.version == 3
    assert len(remove_dataset(workspace, "cars")) == 2
    with pytest.raises(Unknown):
        remove_dataset(workspace, "cars")


def test_show_tells_everything_and_computes_statistics_once(workspace: Workspace, cars: Path, monkeypatch):
    dataset = added(workspace, "cars", cars).dataset
    told = show_dataset(workspace, dataset)
    assert told["columns"][1] == {"name": "price", "type": "float64"}
    assert told["first_rows"][1] == ["bmw", None, "10115"]
    assert [each["version"] for each in told["versions"]] == [1]
    assert told["statistics"]["columns"][1]["missing"] == 1
    monkeypatch.setattr("transom.tables.profile.profile", None)
    assert profile_of(workspace, dataset).document() == told["statistics"]


def test_statistics_that_were_kept_in_another_form_are_computed_again(workspace: Workspace, cars: Path):
    dataset = added(workspace, "cars", cars).dataset
    workspace.registry.keep_profile(dataset.digest, {"profile": -1})
    assert profile_of(workspace, dataset).rows == 2


def test_a_table_is_exported_in_the_format_that_the_ending_names(workspace: Workspace, cars: Path, tmp_path: Path):
    dataset = added(workspace, "cars", cars).dataset
    export_dataset(workspace, dataset, str(tmp_path / "out.parquet"))
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").column("zip").to_pylist() == ["06001", "10115"]
    export_dataset(workspace, dataset, str(tmp_path / "out.csv"))
    assert pandas.read_csv(tmp_path / "out.csv").shape == (2, 3)
    stream = io.BytesIO()
    export_dataset(workspace, dataset, stream)
    assert stream.getvalue() == (tmp_path / "out.csv").read_bytes()


def test_files_are_exported_as_copies_to_a_folder_or_a_zip_file(workspace: Workspace, folder: Path, tmp_path: Path):
    dataset = added(workspace, "files", folder).dataset
    export_dataset(workspace, dataset, str(tmp_path / "out"))
    assert (tmp_path / "out/sub/b.txt").read_text() == "sub/b.txt"
    (tmp_path / "out/sub/b.txt").write_text("changed")
    export_dataset(workspace, dataset, str(tmp_path / "out.zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("sub/b.txt") == b"sub/b.txt"
    with pytest.raises(ResultUnwritable, match="it is there already"):
        export_dataset(workspace, dataset, str(tmp_path / "out"))
    assert (tmp_path / "out/sub/b.txt").read_text() == "changed"
    with pytest.raises(ResultUnwritable, match="there is no folder"):
        export_dataset(workspace, dataset, str(tmp_path / "no/such/out"))


def test_one_file_is_exported_under_another_name(workspace: Workspace, tmp_path: Path):
    (tmp_path / "m.bin").write_bytes(b"12")
    dataset = added(workspace, "bin", tmp_path / "m.bin").dataset
    export_dataset(workspace, dataset, str(tmp_path / "n.bin"))
    assert (tmp_path / "n.bin").read_bytes() == b"12"
    assert os.stat(tmp_path / "n.bin").st_mode & 0o200


def test_a_full_disk_is_said_and_registers_nothing(workspace: Workspace, cars: Path, monkeypatch):
    monkeypatch.setattr(contents, "SPARED_DISK_BYTES", 1 << 62)
    with pytest.raises(StoreUnwritable, match="are free on its disk"):
        add_dataset(workspace, Addition("cars", io.BytesIO(CARS)))
    assert contents_kept(workspace) == []
    assert left_aside(workspace) == []


def test_a_limit_of_the_size_of_files_is_said_and_registers_nothing(workspace: Workspace, tmp_path: Path):
    """The system refuses to write on, as a full disk does; the database is small enough to be written."""
    (tmp_path / "big.csv").write_text("a,b\n" + "1,word\n" * 200_000)
    code = (
        "import resource, sys; from pathlib import Path; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20,) * 2)\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from transom.settings import Settings; from transom.workspace.opening import Workspace\n"
        "from transom.workspace.datasets_adding import *; from transom.errors import StoreUnwritable\n"
        "try: add_dataset(Workspace(Path(sys.argv[1]), Settings()), Addition('big', Path(sys.argv[2])))\n"
        "except StoreUnwritable as wrong: print(wrong)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(workspace.folder), str(tmp_path / "big.csv")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot take more content: file too large" in done.stdout, done.stdout + done.stderr
    assert contents_kept(workspace) == []


ADDER = (
    "import sys; from pathlib import Path; from transom.settings import Settings\n"
    "from transom.workspace.opening import Workspace; from transom.workspace.datasets_adding import *\n"
    "workspace = Workspace(Path(sys.argv[1]), Settings())\n"
    "for number in range(int(sys.argv[3])):\n"
    "    source = Path(sys.argv[1]).parent / f'{sys.argv[2]}.csv'\n"
    "    source.write_text(f'who,number\\n{sys.argv[2]},{number}\\n')\n"
    "    print(add_dataset(workspace, Addition('cars', source)).dataset.version, flush=True)\n"
)


def adder(workspace: Workspace, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ADDER, str(workspace.folder), name, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_two_processes_that_add_to_one_name_lose_no_version(workspace: Workspace):
    both = [adder(workspace, name, 10) for name in ("one", "two")]
    said = [int(line) for each in both for line in each.communicate()[0].split()]
    assert sorted(said) == list(range(1, 21))
    assert [each.version for each in workspace.registry.versions("cars")] == list(range(20, 0, -1))


def test_a_killed_addition_leaves_nothing_or_all(workspace: Workspace, tmp_path: Path):
    source = tmp_path / "many"
    source.mkdir()
    for number in range(200):
        (source / f"{number}.txt").write_text(str(number))
    code = (
        "import sys; from pathlib import Path; from transom.settings import Settings\n"
        "from transom.workspace.opening import Workspace; from transom.workspace.datasets_adding import *\n"
        "add_dataset(Workspace(Path(sys.argv[1]), Settings()), Addition('many', Path(sys.argv[2])))\n"
    )
    arguments = [sys.executable, "-c", code, str(workspace.folder), str(source)]
    began = time.monotonic()
    subprocess.run(arguments, check=True)
    whole = time.monotonic() - began
    remove_dataset(workspace, "many")
    for share in range(1, 9):
        process = subprocess.Popen(arguments)
        time.sleep(whole * share / 8)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for dataset in workspace.registry.datasets():
            files = file_set(workspace.blobs, dataset.digest).files
            assert len(files) == 200
            assert all(workspace.blobs.bytes(each.digest) == each.name.removesuffix(".txt").encode() for each in files)
            remove_dataset(workspace, dataset.name)
    add_dataset(workspace, Addition("many", source))
    assert left_aside(workspace) == []


#: What is in a file, and whether it becomes a table.
DOUBTFUL = {
    "a note.txt": (b"Dear reader,\nthis is, as you see,\nno table.\n", False),
    "one line.txt": (b"a\tb\n", False),
    "nothing.txt": (b"", False),
    "commas.txt": (b"a,b\n1,2\n", False),
    "bytes.txt": (b"\x00\xff\xfe\x80" * 9, False),
    "tabs.txt": (b"a\tb\n1\t2\n", True),
    "tabs.TXT": (b"a\tb\r\n1\t2\r\n", True),
    "tabs of an old Mac.txt": (b"a\tb\r1\t2\r", True),
    "tabs in UTF-16.txt": ("a\tb\n1\t2\n".encode("utf-16"), True),
    "tabs with a mark.txt": ("a\tb\n1\t2\n".encode("utf-8-sig"), True),
    "packed tabs.txt.gz": (gzip.compress(b"a\tb\n1\t2\n"), True),
    "a packed note.txt.gz": (gzip.compress(b"a note\n"), False),
    "no gzip file.txt.gz": (b"a\tb\n1\t2\n", False),
    "settings.json": (b'{"a": {"b": 1}, "c": [1, 2]}', False),
    "settings of some lines.json": (b'{\n  "a": 1,\n  "b": 2\n}\n', False),
    "numbers.json": (b"[1, 2, 3]", False),
    "a text.json": (b'"text"', False),
    "nothing.json": (b"", False),
    "broken.json": (b"{", False),
    "deep.json": (b'{"a":' * 100_000, False),
    "large settings.json": (b'{"a": "' + b"x" * (1 << 20) + b'"}\n{"a": 1}', False),
    "a list of objects.json": (b' [\n {"a": 1}, {"a": 2}]', True),
    "lines.json": (b'{"a": 1}\n{"a": 2}\n', True),
    "lines with a mark.json": ('{"a": 1}\n{"a": 2}\n'.encode("utf-8-sig"), True),
    "packed lines.json.gz": (gzip.compress(b'{"a": 1}\n{"a": 2}\n'), True),
    "one line.jsonl": (b'{"a": 1}\n', True),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_text_or_json_becomes_a_table_where_it_is_plainly_one_and_else_a_file_which_is_said(
    workspace: Workspace, tmp_path: Path, name: str
):
    content, is_table = DOUBTFUL[name]
    path = tmp_path / name
    path.write_bytes(content)
    made = added(workspace, "it", path)
    assert made.dataset.kind is (DatasetKind.TABLE if is_table else DatasetKind.FILES)
    if not is_table:
        [sentence] = made.warnings
        assert sentence.startswith(f"{path} is kept as a file, since ")
        assert "--read encoding=utf-8" in sentence
        assert workspace.blobs.bytes(file_set(workspace.blobs, made.dataset.digest).files[0].digest) == content
    assert added(workspace, "files", path, as_files=True).warnings == ()


@pytest.mark.parametrize(
    ("name", "content", "read", "rows"),
    [
        ("note.txt", "a note\nof two lines\n", "encoding=utf-8", [("a note",), ("of two lines",)]),
        ("commas.txt", "a,b\n1,2\n", "delimiter=comma", [("1", "2")]),
        ("settings.json", '{"a": 1, "b": "x"}', "encoding=utf-8", [("1", "x")]),
    ],
)
def test_an_option_of_reading_makes_a_table_of_a_text_or_json(
    workspace: Workspace, tmp_path: Path, name: str, content: str, read: str, rows: list[tuple[str, ...]]
):
    (tmp_path / name).write_text(content)
    made = added(workspace, "it", tmp_path / name, read=read)
    assert made.dataset.kind is DatasetKind.TABLE
    assert list(first_rows(table_path(workspace, made.dataset), 9).rows) == rows


@pytest.mark.parametrize("inside", ["cars.csv", "data/cars.csv"])
def test_one_table_of_a_zip_file_is_taken_by_its_name(workspace: Workspace, tmp_path: Path, inside: str):
    with zipfile.ZipFile(tmp_path / "Several.ZIP", "w") as archive:
        archive.writestr(inside, CARS)
        archive.writestr("other.csv", "a\n1\n")
        archive.writestr("notes.txt", "a note\n")
    made = added(workspace, "cars", tmp_path / "Several.ZIP", read="file=cars.csv")
    assert (made.dataset.kind, made.dataset.format) == (DatasetKind.TABLE, "CSV in a zip file")
    assert made.read is not None
    assert list(made.read.types) == ["make", "price", "zip"]
    note = added(workspace, "note", tmp_path / "Several.ZIP", read="file=notes.txt")
    assert first_rows(table_path(workspace, note.dataset), 9).rows == (("a note",),)
    with pytest.raises(InputUnreadable, match=r"Several.ZIP cannot be read as a table.*no file of the name no.csv"):
        added(workspace, "cars", tmp_path / "Several.ZIP", read="file=no.csv")
