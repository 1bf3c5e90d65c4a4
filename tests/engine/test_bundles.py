"""A script bundle becomes one zip file and then files beside the script, or is refused in one sentence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from transom.engine.bundles import (
    BundleLimits,
    Entry,
    hidden_names,
    module_names,
    names,
    pack,
    python_files,
    roots,
    unpack,
)
from transom.errors import BundleInvalid, NotThere

LIMITS = BundleLimits(bytes=10_000_000, files=1000)


def folder_of(place: Path, *files: str) -> Path:
    """A folder with these files, each with its own name as its content; a name that ends in a slash is a folder."""
    for name in files:
        path = place / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    return place


def zip_of(path: Path, *entries: str | zipfile.ZipInfo, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for entry in entries:
            archive.writestr(entry, entry if isinstance(entry, str) and not entry.endswith("/") else "")
    return path


def info(name: str, mode: int = 0) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system = 3
    made.external_attr = mode << 16
    return made


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def refusal(path: Path, tmp_path: Path, limits: BundleLimits = LIMITS) -> BundleInvalid:
    """The error of packing this bundle; whatever is wrong, nothing is left."""
    before = files_in(tmp_path)
    with pytest.raises(BundleInvalid) as raised:
        pack(path, tmp_path / "packed.zip", limits)
    assert files_in(tmp_path) == before
    assert str(path) in raised.value.message
    assert raised.value.exit_code == 2
    assert raised.value.remedy
    return raised.value


def unpack_refusal(path: Path, tmp_path: Path, limits: BundleLimits = LIMITS) -> BundleInvalid:
    """The error of unpacking this zip file; whatever is wrong, nothing is left."""
    work = tmp_path / "work"
    (work / "Script Bundle").mkdir(parents=True)
    with pytest.raises(BundleInvalid) as raised:
        unpack(path, work / "Script Bundle", limits, shown="shown.zip")
    assert list(work.iterdir()) == [work / "Script Bundle"]
    assert list((work / "Script Bundle").iterdir()) == []
    assert "shown.zip" in raised.value.message
    assert str(path) not in str(raised.value)
    return raised.value


# From a folder


def test_a_folder_comes_out_as_it_went_in(tmp_path):
    folder = folder_of(tmp_path / "b", "my_script.py", "data/my sample.txt", "data/é/日本.txt", "empty/")
    (folder / "run.sh").write_text("#!/bin/sh")
    (folder / "run.sh").chmod(0o755)
    pack(folder, tmp_path / "b.zip", LIMITS)
    unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)
    assert files_in(tmp_path / "out") == ["data/my sample.txt", "data/é/日本.txt", "my_script.py", "run.sh"]
    assert (tmp_path / "out/data/é/日本.txt").read_text() == "data/é/日本.txt"
    assert (tmp_path / "out/empty").is_dir()
    assert os.access(tmp_path / "out/run.sh", os.X_OK)
    assert stat.S_IMODE((tmp_path / "out/my_script.py").stat().st_mode) & 0o111 == 0


def test_the_same_content_gives_the_same_bytes_whatever_the_times_and_the_order(tmp_path):
    first = folder_of(tmp_path / "first", "a.py", "b/c.py", "d.txt")
    second = folder_of(tmp_path / "second", "d.txt", "b/c.py", "a.py")
    for path in second.rglob("*"):
        os.utime(path, (1, 1))
    (second / "__pycache__").mkdir()
    (second / "__pycache__" / "a.pyc").write_text("")
    pack(first, tmp_path / "first.zip", LIMITS)
    pack(second, tmp_path / "second.zip", LIMITS)
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_a_changed_file_gives_other_bytes(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    pack(folder, tmp_path / "before.zip", LIMITS)
    (folder / "a.py").write_text("b.py")
    pack(folder, tmp_path / "after.zip", LIMITS)
    assert (tmp_path / "before.zip").read_bytes() != (tmp_path / "after.zip").read_bytes()


def test_what_is_no_part_of_a_bundle_is_left_out(tmp_path):
    folder = folder_of(
        tmp_path / "b",
        "a.py",
        ".git/config",
        ".venv/bin/python",
        "__pycache__/a.pyc",
        "p/__pycache__/b.pyc",
        "p/.ipynb_checkpoints/n.ipynb",
        ".DS_Store",
        "__MACOSX/._a.py",
        "my environment/pyvenv.cfg",
        "my environment/lib/x.py",
        "p/.gitignore",
    )
    assert names(folder, LIMITS) == ("a.py", "p/.gitignore")


def test_what_transomignore_names_is_left_out_as_git_would(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py", "big.csv", "keep.csv", "data/x.csv", "data/deep/y.txt", "p/data/z.txt")
    (folder / ".transomignore").write_text("# not needed\n*.csv\n!keep.csv\n/data/\n")
    assert names(folder, LIMITS) == ("a.py", "keep.csv", "p/data/z.txt")


def test_a_transomignore_that_cannot_be_read_is_named(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    (folder / ".transomignore").write_bytes(b"caf\xe9\n")
    assert ".transomignore cannot be read" in refusal(folder, tmp_path).message


def test_a_link_in_a_folder_is_refused_with_its_name(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    (folder / "secret").symlink_to("/etc/passwd")
    told = refusal(folder, tmp_path)
    assert "secret is a link" in told.message
    assert ".transomignore" in told.remedy
    (folder / ".transomignore").write_text("secret\n")
    assert names(folder, LIMITS) == ("a.py",)


def test_a_linked_folder_is_a_link(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    (folder / "loop").symlink_to(folder)
    assert "loop is a link" in refusal(folder, tmp_path).message


def test_a_pipe_in_a_folder_is_refused(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    os.mkfifo(folder / "pipe")
    assert "pipe is neither a file nor a folder" in refusal(folder, tmp_path).message


def test_a_name_that_is_not_utf8_is_refused(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.py")).write_text("")
    assert "is not UTF-8" in refusal(folder, tmp_path).message


def test_an_empty_folder_with_a_name_that_is_not_utf8_is_refused(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9")).mkdir()
    assert "is not UTF-8" in refusal(folder, tmp_path).message


def test_a_backslash_in_a_name_is_refused_for_it_would_become_a_folder(tmp_path):
    folder = folder_of(tmp_path / "b", "p\\a.py")
    assert "has a backslash" in refusal(folder, tmp_path).message


def test_a_very_deep_folder_is_refused(tmp_path):
    folder = folder_of(tmp_path / "b", "/".join(["ten-letter"] * 250) + "/a.py")
    assert "is longer than 2048 bytes" in refusal(folder, tmp_path).message


def test_a_folder_larger_than_the_limits_is_refused_before_it_is_packed(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py", "b.py", "c.py")
    assert "more than 2" in refusal(folder, tmp_path, BundleLimits(100, 2)).message
    assert "bundle_files" in refusal(folder, tmp_path, BundleLimits(100, 2)).remedy
    assert "more than 11 bytes" in refusal(folder, tmp_path, BundleLimits(11, 3)).message
    assert "bundle_bytes" in refusal(folder, tmp_path, BundleLimits(11, 3)).remedy
    pack(folder, tmp_path / "fits.zip", BundleLimits(12, 3))


def test_an_empty_folder_is_a_bundle_with_a_warning(tmp_path):
    packed = pack(folder_of(tmp_path / "b", "./"), tmp_path / "b.zip", LIMITS)
    assert packed.entries == ()
    assert packed.warnings == ("The script bundle is empty.",)
    unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)
    assert list((tmp_path / "out").iterdir()) == []


# From a zip file


def test_a_zip_file_is_kept_byte_for_byte(tmp_path):
    given = zip_of(tmp_path / "b.zip", "a.py", "p/", "p/b.py")
    packed = pack(given, tmp_path / "packed.zip", LIMITS)
    assert (tmp_path / "packed.zip").read_bytes() == given.read_bytes()
    assert packed.entries == (Entry("a.py", 4), Entry("p/", 0), Entry("p/b.py", 6))
    assert packed.warnings == ()


def test_an_unpacked_zip_file_has_its_folders_and_replaces_an_empty_folder(tmp_path):
    (tmp_path / "Script Bundle").mkdir()
    unpack(zip_of(tmp_path / "b.zip", "a.py", "p/q/b.py", "empty/"), tmp_path / "Script Bundle", LIMITS)
    assert files_in(tmp_path / "Script Bundle") == ["a.py", "p/q/b.py"]
    assert (tmp_path / "Script Bundle/empty").is_dir()


def test_modes_of_a_zip_file_are_made_sane(tmp_path):
    made = zip_of(tmp_path / "b.zip", info("none.py", 0o100000), info("all.sh", 0o106777), info("shut/", 0o040000))
    unpack(made, tmp_path / "out", LIMITS)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert all(modes["shut"] & bits for bits in (stat.S_IRUSR, stat.S_IWUSR, stat.S_IXUSR))
    assert modes["none.py"] & 0o711 == 0o600
    assert modes["all.sh"] & 0o7700 == 0o700


@pytest.mark.parametrize("name", ["../x.py", "a/../../x.py", "..\\x.py", "a/..", "..", "p/../x.py"])
def test_a_name_that_leads_outside_is_refused(name, tmp_path):
    bad = zip_of(tmp_path / "b.zip", "a.py", info(name))
    assert "leads out of the bundle" in refusal(bad, tmp_path).message
    assert "leads out of the bundle" in unpack_refusal(bad, tmp_path).message


@pytest.mark.parametrize("name", ["/etc/x.py", "C:\\x.py", "c:/x.py", "\\\\server\\share\\x.py", "C:x.py"])
def test_an_absolute_name_is_refused(name, tmp_path):
    bad = zip_of(tmp_path / "b.zip", info(name))
    assert "is an absolute path" in refusal(bad, tmp_path).message
    assert "is an absolute path" in unpack_refusal(bad, tmp_path).message


@pytest.mark.parametrize(
    ("mode", "words"),
    [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "is neither a file"), (stat.S_IFCHR, "is neither a file")],
)
def test_what_is_no_file_is_refused(mode, words, tmp_path):
    bad = zip_of(tmp_path / "b.zip", info("odd", mode | 0o777))
    assert f"odd {words}" in refusal(bad, tmp_path).message
    assert f"odd {words}" in unpack_refusal(bad, tmp_path).message


def test_backslashes_of_a_windows_zip_are_folders(tmp_path):
    made = zip_of(tmp_path / "b.zip", info("p\\"), info("p\\q\\a.py"), info("p\\b.py"))
    assert names(made, LIMITS) == ("p/q/a.py", "p/b.py")
    unpack(made, tmp_path / "out", LIMITS)
    assert files_in(tmp_path / "out") == ["p/b.py", "p/q/a.py"]


def test_dots_and_doubled_slashes_in_names_mean_nothing(tmp_path):
    made = zip_of(tmp_path / "b.zip", info("./"), info("./a.py"), info("p//b.py"))
    assert names(made, LIMITS) == ("a.py", "p/b.py")


def test_a_name_that_stands_twice_counts_once_with_a_warning(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.py", "old")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.py", "new")
    packed = unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)
    assert (tmp_path / "out/a.py").read_text() == "new"
    assert packed.warnings == ("The script bundle holds a.py twice; the last one counts.",)


def test_names_that_differ_by_case_only_are_both_kept_with_a_warning(tmp_path):
    packed = unpack(zip_of(tmp_path / "b.zip", "Data.csv", "data.csv"), tmp_path / "out", LIMITS)
    (warning,) = packed.warnings
    assert "Data.csv and data.csv" in warning


@pytest.mark.parametrize("entries", [("a", "a/b.py"), ("a/b.py", "a"), ("a", "a/"), ("a/b", "a/b/c/d.py")])
def test_a_name_that_is_file_and_folder_is_refused(entries, tmp_path):
    bad = zip_of(tmp_path / "b.zip", *entries)
    assert "both as a file and as a folder" in refusal(bad, tmp_path).message
    assert "both as a file and as a folder" in unpack_refusal(bad, tmp_path).message


@pytest.mark.parametrize("name", ["x" * 256, "/".join(["deep"] * 500)])
def test_a_name_too_long_for_a_disk_is_refused(name, tmp_path):
    bad = zip_of(tmp_path / "b.zip", info(name))
    assert "is longer than" in refusal(bad, tmp_path).message
    assert "is longer than" in unpack_refusal(bad, tmp_path).message


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("café.txt".encode(), 0, "café.txt"),  # as macOS writes it
        ("café.txt".encode(), 0x800, "café.txt"),
        ("café.txt".encode("cp437"), 0, "café.txt"),
        ("日本.txt".encode(), 0x800, "日本.txt"),
    ],
)
def test_names_are_read_in_the_encoding_they_were_written_in(raw, flags, name, tmp_path):
    path = zip_of(tmp_path / "b.zip", info("x" * len(raw)))
    content = path.read_bytes().replace(b"x" * len(raw), raw)
    local, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    changed = bytearray(content)
    for place in (local + 6, central + 8):
        changed[place : place + 2] = flags.to_bytes(2, "little")
    path.write_bytes(changed)
    assert names(path, LIMITS) == (name,)
    unpack(path, tmp_path / "out", LIMITS)
    assert files_in(tmp_path / "out") == [name]


def test_an_encrypted_file_is_refused(tmp_path):
    path = zip_of(tmp_path / "b.zip", "a.py")
    content = bytearray(path.read_bytes())
    for place in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[place] |= 1
    path.write_bytes(content)
    assert "encrypted" in refusal(path, tmp_path).message
    assert "password" in unpack_refusal(path, tmp_path).remedy


def test_content_that_is_damaged_is_refused_and_nothing_is_left(tmp_path):
    path = zip_of(tmp_path / "b.zip", "a.py", "my content", method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"my contentmy", b"my contentMY"))
    assert "the content of my content is damaged" in unpack_refusal(path, tmp_path).message


def test_compressed_data_that_is_damaged_is_refused(tmp_path):
    path = tmp_path / "b.zip"
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("a.txt", os.urandom(3000).hex())
        content = bytearray(path.read_bytes())
        content[60:1500] = b"\xff" * 1440
        path.write_bytes(content)
        with pytest.raises(BundleInvalid, match=r"the content of a\.txt is damaged"):
            unpack(path, tmp_path / "out", LIMITS)
        assert not (tmp_path / "out").exists()


def test_a_compression_that_python_lacks_is_named(tmp_path):
    path = zip_of(tmp_path / "b.zip", "a.py")
    content = bytearray(path.read_bytes())
    for place in (content.index(b"PK\x03\x04") + 8, content.index(b"PK\x01\x02") + 10):
        content[place] = 9  # Deflate64, as Windows makes for big files
    path.write_bytes(content)
    assert "cannot unpack" in unpack_refusal(path, tmp_path).message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"hello", "it is no zip file"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 99, "a 7z archive"),
        (b"Rar!\x1a\x07\x01\x00" + b"\0" * 99, "a RAR archive"),
        (b"\x1f\x8b\x08" + b"\0" * 99, "a gzip"),
        (b"BZh9" + b"\0" * 99, "a bzip2"),
        (b"\0" * 257 + b"ustar" + b"\0" * 300, "a tar archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\n<html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"PK\x03\x04" + b"\0" * 500, "damaged or ends too early"),
    ],
)
def test_a_file_that_is_no_zip_is_refused_and_says_what_it_looks_like(content, words, tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(content)
    assert words in refusal(path, tmp_path).message


def test_a_zip_file_cut_anywhere_is_refused(tmp_path):
    whole = zip_of(tmp_path / "whole.zip", "a.py", "b.py").read_bytes()
    path = tmp_path / "cut.zip"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(BundleInvalid):
            unpack(path, tmp_path / "out", LIMITS)
        assert not (tmp_path / "out").exists()


def test_a_script_given_as_the_bundle_is_told_what_to_give(tmp_path):
    (tmp_path / "my_script.py").write_text("import pandas\n")
    told = refusal(tmp_path / "my_script.py", tmp_path)
    assert "a Python file" in told.message
    assert "folder" in told.remedy


def test_a_bundle_that_is_not_there_is_not_there(tmp_path):
    with pytest.raises(NotThere) as raised:
        pack(tmp_path / "absent.zip", tmp_path / "packed.zip", LIMITS)
    assert raised.value.exit_code == 3


def test_a_pipe_is_no_bundle(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BundleInvalid, match="neither a file nor a folder"):
        pack(tmp_path / "pipe", tmp_path / "packed.zip", LIMITS)


def test_a_zip_file_that_unpacks_to_more_than_the_limits_is_refused(tmp_path):
    path = zip_of(tmp_path / "b.zip", "a.py", "b.py", "c.py")
    assert "more than 11 bytes" in refusal(path, tmp_path, BundleLimits(11, 3)).message
    assert "more than 11 bytes" in unpack_refusal(path, tmp_path, BundleLimits(11, 3)).message
    assert "3 files and folders, more than 2" in refusal(path, tmp_path, BundleLimits(100, 2)).message


def test_a_zip_file_that_lies_about_its_size_stops_at_the_limit(tmp_path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(5_000_000))
    size = (5_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (10).to_bytes(4, "little")))
    assert "the content of bomb is damaged" in unpack_refusal(path, tmp_path, BundleLimits(1000, 10)).message


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive, archive.open("bomb", "w") as sink:
        for _ in range(120):
            sink.write(bytes(1024**2))
    assert "zip bomb" in refusal(path, tmp_path, BundleLimits()).message


def test_a_zip_within_a_zip_is_a_file(tmp_path):
    inner = zip_of(tmp_path / "inner.zip", "a.py")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(inner, "inner.zip")
    unpack(tmp_path / "b.zip", tmp_path / "out", LIMITS)
    assert (tmp_path / "out/inner.zip").read_bytes() == inner.read_bytes()


def test_a_folder_that_is_not_empty_is_never_unpacked_over(tmp_path):
    folder_of(tmp_path / "out", "mine.txt")
    with pytest.raises(OSError, match="not empty"):
        unpack(zip_of(tmp_path / "b.zip", "a.py"), tmp_path / "out", LIMITS)
    assert files_in(tmp_path / "out") == ["mine.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "out"]


# What is found in it


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (("a.py",), ("",)),
        (("project/a.py", "project/b.py"), ("", "project")),
        (("project/a.py", "__MACOSX/x", ".git/config", ".DS_Store"), ("", "project")),
        (("project/a.py", "other/b.py"), ("",)),
        (("project/a.py", "readme.txt"), ("",)),
        (("src/a.py", "readme.txt"), ("", "src")),
        (("project/src/a.py", "project/b.py"), ("", "project", "project/src")),
        (("src/a.py",), ("", "src")),
        (("src",), ("",)),
        ((), ("",)),
    ],
)
def test_the_roots_are_the_bundle_its_only_folder_and_src_in_either(files, expected, tmp_path):
    assert roots(folder_of(tmp_path / "b", "./", *files)) == expected


def test_python_files_are_the_same_from_a_zip_file_and_a_folder(tmp_path):
    folder = folder_of(tmp_path / "b", "a.py", "p/b.py", "data.csv", "__pycache__/c.py")
    pack(folder, tmp_path / "b.zip", LIMITS)
    expected = {"a.py": b"a.py", "p/b.py": b"p/b.py"}
    assert python_files(folder, LIMITS) == expected
    assert python_files(tmp_path / "b.zip", LIMITS) == expected


def test_the_modules_of_a_bundle_are_those_of_all_its_roots():
    files = ["project/clean.py", "project/src/tools/__init__.py", "project/src/tools/cut.py", "project/data/x.csv"]
    assert module_names(files) == {
        "project": "project/clean.py",
        "clean": "project/clean.py",
        "src": "project/src/tools/__init__.py",
        "tools": "project/src/tools/__init__.py",
    }
    assert module_names(["my-script.py", "readme.txt", "fast.cpython-311-x86_64-linux-gnu.so", "__init__.py"]) == {
        "fast": "fast.cpython-311-x86_64-linux-gnu.so"
    }


def test_a_name_of_the_standard_library_is_hidden_but_app_and_test_are_not():
    files = ["statistics.py", "app.py", "test/a.py", "json/__init__.py", "mine.py"]
    known = {"statistics", "app", "test", "json"}
    assert hidden_names(files, known) == ("json/__init__.py", "statistics.py")


def test_importing_this_loads_neither_zipfile_nor_pathspec():
    code = "import sys, transom.engine.bundles; sys.exit(bool({'zipfile', 'pathspec'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
