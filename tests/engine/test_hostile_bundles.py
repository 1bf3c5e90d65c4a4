"""A bundle, a wheel or a list of packages from a stranger is taken, or refused in one sentence, and nothing is left."""

from __future__ import annotations

import bz2
import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from transom.engine import archives, bundle_folders, bundles
from transom.engine.archive_files import plain_file
from transom.engine.archives import printable
from transom.engine.bundles import BundleLimits, names, pack, python_files, unpack
from transom.engine.environments.conda_files import wanted_by_conda
from transom.engine.environments.definitions import Definitions
from transom.engine.environments.requirement_files import wanted_by, wanted_by_header
from transom.engine.packages.kept_wheels import keep_wheel
from transom.engine.packages.refusals import CannotInstall
from transom.errors import BundleInvalid, EnvironmentFailed, RequirementInvalid, ScriptUnreadable
from transom.model.media import SANDBOX_POLICY, Shown, shown_as
from transom.workspace.script_files import read_script

LIMITS = BundleLimits(bytes=10_000_000, files=1000)


def refusal(path: Path, tmp_path: Path, limits: BundleLimits = LIMITS) -> str:
    """What is said of a bundle that cannot be packed or unpacked; nothing is left of either."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BundleInvalid) as raised:
        _pack_and_unpack(path, tmp_path, limits)
    (tmp_path / "packed.zip").unlink(missing_ok=True)
    assert sorted(tmp_path.rglob("*")) == before
    assert str(path) in raised.value.message
    assert raised.value.remedy
    assert "\n" not in raised.value.message
    assert len(raised.value.message) < 500 + len(str(path))
    return raised.value.message


def _pack_and_unpack(path: Path, tmp_path: Path, limits: BundleLimits) -> None:
    pack(path, tmp_path / "packed.zip", limits)
    unpack(tmp_path / "packed.zip", tmp_path / "out", limits, shown=path)


def info(name: str, mode: int = 0) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system = 3
    made.external_attr = mode << 16
    return made


def zip_of(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, compress_type=method)
    return path


def directory_of(count: int, *, said: int | None = None, name: bytes = b"a", sizes: tuple[int, int] = (0, 0)) -> bytes:
    """A zip file that is a directory only: so many entries whose content would be at its beginning."""
    head = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, *sizes, len(name), 0, 0, 0, 0, 0, 0)
    body = (head + name) * count
    told = min(count, 65535) if said is None else said
    return body + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, told, told, len(body), 0, 0)


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# Bombs


@pytest.mark.parametrize("said", [None, 1, 0])
def test_a_directory_of_a_million_entries_is_not_read_whatever_number_it_tells(
    said: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(directory_of(1_000_000, said=said))
    tracemalloc.start()
    try:
        assert "it holds 1,001 files and folders, more than 1,000" in refusal(path, tmp_path, BundleLimits(10**9, 1000))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_the_same_holds_for_the_directory_of_zip64(tmp_path: Path) -> None:
    body = directory_of(1_000_000)[:-22]
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 5, 5, len(body), 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body), 1)
    last = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    (tmp_path / "b.zip").write_bytes(body + end + locator + last)
    assert "more than 1,000" in refusal(tmp_path / "b.zip", tmp_path, BundleLimits(10**9, 1000))


def test_entries_that_lie_over_each_other_are_refused(tmp_path: Path) -> None:
    """The quoted overlap: each entry holds the headers of those behind it, and all end in the same data."""
    path = zip_of(tmp_path / "b.zip", ("a", b"x" * 1000), ("b", b"x" * 1000), ("c", b"x" * 1000))
    content = path.read_bytes()
    first, place = content.index(b"PK\1\2"), 0
    changed = bytearray(content)
    for _ in range(3):  # all three begin where the first one does
        place = changed.index(b"PK\1\2", first)
        changed[place + 42 : place + 46] = b"\0\0\0\0"
        first = place + 4
    path.write_bytes(changed)
    assert "a and b in it lie over each other, as in a zip bomb" in refusal(path, tmp_path)


def test_the_ratio_is_that_of_the_file_and_not_of_what_its_entries_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SPARED_BYTES", 1_000_000)
    path = tmp_path / "b.zip"
    bodies = [directory_of(1, name=b"a%d" % number, sizes=(400_000, 400_000))[:-22] for number in range(20)]
    body = b"".join(bodies)
    path.write_bytes(body + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 20, 20, len(body), 0, 0))
    assert "more than 1000 times its size, as a zip bomb does" in refusal(path, tmp_path)


def test_content_that_is_more_than_it_says_is_not_unpacked_at_once(tmp_path: Path) -> None:
    """A MiB of bzip2 may be 20 GB, of which zipfile keeps as much as was announced only when all is unpacked."""
    packed = bz2.compress(bytes(900_000 * 60)) * 40  # 2 GB of zeros
    path = zip_of(tmp_path / "b.zip", ("bomb", b"0123456789"), method=zipfile.ZIP_STORED)
    content = path.read_bytes().replace(b"0123456789", packed)
    changed = bytearray(content)
    for place, at in ((content.index(b"PK\3\4"), 8), (content.index(b"PK\1\2"), 10)):
        changed[place + at : place + at + 2] = struct.pack("<H", zipfile.ZIP_BZIP2)
        changed[place + at + 10 : place + at + 14] = struct.pack("<L", len(packed))
    end = changed.index(b"PK\5\6")
    changed[end + 16 : end + 20] = struct.pack("<L", changed.index(b"PK\1\2"))
    path.write_bytes(changed)
    tracemalloc.start()
    try:
        assert "the content of bomb is damaged" in refusal(path, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 300_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, 2**40])
def test_sizes_of_zip64_that_lie_are_refused(size: int, tmp_path: Path) -> None:
    extra = struct.pack("<HHQQ", 1, 16, size, 10)
    sizes = (2**32 - 1, 2**32 - 1)
    head = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 45, 3, 45, 0, 0, 0, 0, 0, 0, *sizes, 1, 20, 0, 0, 0, 0, 0)
    body = head + b"a" + extra
    (tmp_path / "b.zip").write_bytes(body + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(body), 0, 0))
    assert "it unpacks to more than 10,000,000 bytes" in refusal(tmp_path / "b.zip", tmp_path)


@pytest.mark.parametrize(("announced", "words"), [(5, "is damaged"), (5000, "has 1,024 bytes where 5,000")])
def test_content_that_is_shorter_or_longer_than_announced_is_refused(
    announced: int, words: str, tmp_path: Path
) -> None:
    path = zip_of(tmp_path / "b.zip", ("a", bytes(range(256)) * 4))
    size = struct.pack("<L", 1024)
    path.write_bytes(path.read_bytes().replace(size, struct.pack("<L", announced)))
    assert words in refusal(path, tmp_path)


def test_a_zip_file_larger_than_what_it_may_unpack_to_is_refused_before_it_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "it is a zip file for more than 10,000,000 bytes" in refusal(path, tmp_path)


def test_a_zip_bomb_within_a_bundle_is_a_file_that_nobody_opens(tmp_path: Path) -> None:
    inner = zip_of(tmp_path / "inner.zip", ("zeros", bytes(9_000_000)))
    path = zip_of(tmp_path / "b.zip", ("inner.zip", inner.read_bytes()), ("deep/x.whl", inner.read_bytes()))
    unpack(path, tmp_path / "out", LIMITS)
    assert files_in(tmp_path / "out") == ["deep/x.whl", "inner.zip"]


WHEELS: dict[str, Callable[[Path], Path]] = {
    "far more than it is": lambda path: zip_of(path, ("zeros", bytes(9_000_000))),
    "a directory without end": lambda path: path.write_bytes(directory_of(300_000)) and path,
    "a name that leads out": lambda path: zip_of(path, ("../x", b"")),
    "a link": lambda path: zip_of(path, (info("x", stat.S_IFLNK | 0o777), b"/etc/passwd")),
    "no zip file": lambda path: path.write_bytes(b"PK\3\4nothing") and path,
}


@pytest.mark.parametrize("make", WHEELS.values(), ids=WHEELS)
def test_a_wheel_is_looked_at_as_a_bundle_is(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path / "x-1-py3-none-any.whl")
    with path.open("rb") as stream, pytest.raises(CannotInstall, match="it is no wheel, or damaged"):
        keep_wheel(path.name, stream, tmp_path / "kept", max(1_000_000, path.stat().st_size))
    assert list((tmp_path / "kept").iterdir()) == []


# Names

LOOK_ALIKES = ["∕etc∕x", "／etc／x", "․․∕x", "．．／x", "‥／x", "..／x", "a⁄b", "..\u200b/x", "ａ：／x"]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_letter_that_only_looks_like_a_slash_or_dots_is_a_letter(name: str, tmp_path: Path) -> None:
    unpack(zip_of(tmp_path / "b.zip", (name, b"x")), tmp_path / "below" / "out", LIMITS)
    assert files_in(tmp_path) == sorted(["b.zip", f"below/out/{name}"])


@pytest.mark.parametrize("name", ["../x", "..\\x", "a/../../x", "/x", "\\x", "C:x", "c:\\x", "//host/x", "a/..\\..\\x"])
def test_a_name_that_leads_out_is_refused_with_the_name(name: str, tmp_path: Path) -> None:
    assert name in refusal(zip_of(tmp_path / "b.zip", (info(name), b"x")), tmp_path)


def test_a_null_byte_in_a_name_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "b.zip", ("a.pyX.txt", b"x"))
    path.write_bytes(path.read_bytes().replace(b"a.pyX", b"a.py\0"))
    assert "a.py\\x00.txt in it has a null byte" in refusal(path, tmp_path)


def test_a_name_cannot_move_the_cursor_or_turn_the_writing_round(tmp_path: Path) -> None:
    name = "../\x1b[2J\u202etxt.py\r"
    said = refusal(zip_of(tmp_path / "b.zip", (info(name), b"x")), tmp_path)
    assert not {"\x1b", "\u202e", "\r"} & set(said)
    assert printable("é日本.py") == "é日本.py"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A.py", "a.py"),
        ("straße.txt", "STRASSE.TXT"),
        ("é.py", unicodedata.normalize("NFD", "é.py")),
        ("a.py", "a.py."),
        ("a.py", "a.py "),
        ("d/a.py", "d./a.py"),
    ],
)
def test_names_that_are_one_elsewhere_are_kept_with_a_warning(one: str, other: str, tmp_path: Path) -> None:
    packed = unpack(zip_of(tmp_path / "b.zip", (one, b"1"), (other, b"2")), tmp_path / "out", LIMITS)
    assert len(files_in(tmp_path / "out")) == 2
    (warning,) = packed.warnings
    assert "on Windows and macOS they are one file" in warning


def test_of_very_many_such_warnings_the_first_are_said(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "b.zip", *((f"{letter}{number}", b"") for number in range(100) for letter in "aA"))
    warnings = pack(path, tmp_path / "packed.zip", LIMITS).warnings
    assert len(warnings) == 11
    assert "90 more names" in warnings[-1]


@pytest.mark.parametrize("name", ["x" * 4096, "/".join(["x" * 200] * 20), "/".join("x" * 3000)])
def test_a_name_that_no_disk_holds_is_refused(name: str, tmp_path: Path) -> None:
    assert "is longer than" in refusal(zip_of(tmp_path / "b.zip", (name, b"")), tmp_path)


def test_few_names_cannot_make_very_many_folders(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "b.zip", *(("/".join([str(number), *"d" * 900, "x"]), b"") for number in range(100)))
    assert "more than 1,000" in refusal(path, tmp_path)


def test_a_folder_deeper_than_a_path_can_be_is_refused(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    top = "b"
    try:
        for _ in range(40):
            os.mkdir(top, dir_fd=here)
            inner = os.open(top, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here, top = inner, "d" * 200
    finally:
        os.close(here)
    with pytest.raises(BundleInvalid) as raised:
        names(tmp_path / "b", LIMITS)
    assert "File name too long" in raised.value.message
    subprocess.run(["rm", "-rf", str(tmp_path / "b")], check=True)


def test_a_hundred_thousand_files_are_taken_and_one_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"d{number % 50}/f{number}", b"")
    assert len(names(path, BundleLimits())) == 100_000
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("one more", b"")
    with pytest.raises(BundleInvalid, match="100,001 files"):
        names(path, BundleLimits())


# Kinds


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_an_entry_that_is_no_file_is_refused_with_its_name(kind: int, tmp_path: Path) -> None:
    assert "odd is" in refusal(zip_of(tmp_path / "b.zip", (info("odd", kind | 0o777), b"/etc/passwd")), tmp_path)


def test_no_permission_of_an_entry_lets_others_write_or_is_that_of_its_owner(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "b.zip", (info("x", stat.S_IFREG | 0o7777), b""), (info("d/", stat.S_IFDIR | 0o7777), b""))
    unpack(path, tmp_path / "out", LIMITS)
    for name in ("x", "d"):
        mode = (tmp_path / "out" / name).stat().st_mode
        assert not mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX)
    assert not (tmp_path / "out" / "x").stat().st_mode & 0o022


@pytest.mark.parametrize("bit", [0x1, 0x40, 0x2000])
def test_an_entry_that_is_encrypted_in_any_way_is_called_so(bit: int, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "b.zip", ("a", b"x"))
    content = bytearray(path.read_bytes())
    for place in (content.index(b"PK\3\4") + 6, content.index(b"PK\1\2") + 8):
        content[place : place + 2] = struct.pack("<H", bit)
    path.write_bytes(content)
    assert "a is encrypted" in refusal(path, tmp_path)


@pytest.mark.parametrize("method", [1, 6, 9, 97, 98, 99])
def test_a_way_of_compression_that_is_not_known_is_told(method: int, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "b.zip", ("a", b"x"))
    content = bytearray(path.read_bytes())
    for place in (content.index(b"PK\3\4") + 8, content.index(b"PK\1\2") + 10):
        content[place : place + 2] = struct.pack("<H", method)
    path.write_bytes(content)
    assert "a is compressed in a way that Python cannot unpack" in refusal(path, tmp_path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's name is short
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


ODD: dict[str, Callable[[Path], None]] = {
    "a link": lambda path: path.symlink_to("/etc/passwd"),
    "a link to the folder": lambda path: path.symlink_to(path.parent),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a pipe": os.mkfifo,
    "a socket": _socket,
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
@pytest.mark.parametrize("name", ["odd", "p/odd.py", ".transomignore"])
def test_what_is_no_file_in_a_folder_is_refused_and_not_waited_for(
    make: Callable[[Path], None], name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    (folder / "p").mkdir(parents=True)
    make(folder / name)
    said = refusal(folder, tmp_path)
    assert name in said
    with pytest.raises(BundleInvalid):
        python_files(folder, LIMITS)


def test_a_hard_link_is_the_file_that_it_is(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "mine").write_text("x")
    os.link(tmp_path / "mine", tmp_path / "b" / "linked")
    pack(tmp_path / "b", tmp_path / "packed.zip", LIMITS)
    unpack(tmp_path / "packed.zip", tmp_path / "out", LIMITS)
    (tmp_path / "out" / "linked").write_text("y")
    assert (tmp_path / "mine").read_text() == "x"


# A folder that changes while it is packed


def _packed_while(change: Callable[[Path], None], tmp_path: Path) -> str:
    """What is said of a folder that is changed between the look at its names and the reading of its files."""
    folder = tmp_path / "b"
    (folder / "p").mkdir(parents=True)
    (folder / "p" / "a.py").write_text("mine")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.py").write_text("pass")
    listed = bundle_folders.members_of

    def members(*given: object) -> object:
        found = listed(*given)  # type: ignore[arg-type]
        change(folder)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundles, "members_of", members)
        with pytest.raises(BundleInvalid) as raised:
            pack(folder, tmp_path / "packed.zip", LIMITS)
    assert not (tmp_path / "packed.zip").exists()
    return raised.value.message


def _file_for_link(folder: Path) -> None:
    (folder / "p" / "a.py").unlink()
    (folder / "p" / "a.py").symlink_to("../../secret/a.py")


def _folder_for_link(folder: Path) -> None:
    (folder / "p").rename(folder / "q")
    (folder / "p").symlink_to("../secret")


def _file_for_pipe(folder: Path) -> None:
    (folder / "p" / "a.py").unlink()
    os.mkfifo(folder / "p" / "a.py")


CHANGES: dict[str, Callable[[Path], None]] = {
    "a file for a link": _file_for_link,
    "a folder for a link": _folder_for_link,
    "a file for a pipe": _file_for_pipe,
    "it grows": lambda folder: (folder / "p" / "a.py").write_text("mine and more"),  # type: ignore[dict-item]
    "it shrinks": lambda folder: (folder / "p" / "a.py").write_text(""),  # type: ignore[dict-item]
    "it goes": lambda folder: (folder / "p" / "a.py").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_folder_that_changes_while_it_is_packed_gives_nothing_of_another_place(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    assert "p/a.py" in _packed_while(change, tmp_path)


def test_the_files_of_many_folders_are_found_below_the_right_ones(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    expected = {f"{one}/{two}/x.py" for one in "abc" for two in ("a", "b", "a/a")} | {"x.py", "a/x.py", "b-/x.py"}
    for name in expected:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    assert python_files(folder, LIMITS) == {name: name.encode() for name in expected}
    pack(folder, tmp_path / "packed.zip", LIMITS)
    assert python_files(tmp_path / "packed.zip", LIMITS) == {name: name.encode() for name in expected}


# What is looked into


def test_python_files_that_nobody_wrote_are_not_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "_ALL_PYTHON_BYTES", 1_500_000)
    path = zip_of(
        tmp_path / "b.zip",
        ("huge.py", bytes((1 << 20) + 1)),
        ("one.py", bytes(900_000)),
        ("small.py", b"x"),
        ("two.py", bytes(900_001)),
    )
    assert list(python_files(path, LIMITS)) == ["one.py", "small.py"]
    unpack(path, tmp_path / "out", LIMITS)
    assert list(python_files(tmp_path / "out", LIMITS)) == ["one.py", "small.py"]


def test_a_list_of_what_is_left_out_has_a_limit(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".transomignore").write_bytes(b"#\n" * 600_000)
    assert ".transomignore cannot be read" in refusal(tmp_path / "b", tmp_path)


@pytest.mark.parametrize("star", ["*a", "*?", "*[ab]", "*(", "**a", "?*a*"])
def test_what_is_left_out_is_found_in_one_go_however_many_stars_a_line_has(star: str, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    folder.mkdir()
    letter = "(" if "(" in star else "a"
    (folder / (letter * 250)).write_text("")
    (folder / ".transomignore").write_text(star * 30 + "b\n")  # took longer than the world is old
    assert names(folder, LIMITS) == (letter * 250,)
    (folder / ".transomignore").write_text(star * 30 + "\n")
    assert names(folder, LIMITS) == ()


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ("*a*b*c", ["xaxbxc", "abc", "aabbcc", "d/abc"]),
        ("/d/*a*c", ["d/abc"]),
        ("d/**/*x*y", ["d/e/xay", "d/xy"]),
        ("*.t*t", ["a.txt", "d/b.txt"]),
        ("a*b*", ["abc", "aabbcc", "acb", "d/abc"]),
    ],
)
def test_stars_mean_what_they_mean_to_git(line: str, left_out: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "b"
    every = ["xaxbxc", "abc", "aabbcc", "acb", "a.txt", "d/b.txt", "d/abc", "d/e/xay", "d/xy", "d/e/yx"]
    for name in every:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / ".transomignore").write_text(f"{line}\n")
    assert sorted(names(folder, LIMITS)) == sorted(set(every) - set(left_out))


def test_a_line_of_very_many_double_stars_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".transomignore").write_text("**/a/" * 10 + "b\n")
    assert "more than 4 times `**`" in refusal(tmp_path / "b", tmp_path)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["a pipe", "a device"])
def test_a_pipe_or_device_in_place_of_a_bundle_or_script_is_refused(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    make(tmp_path / "given.zip")
    assert "it is neither a file nor a folder" in refusal(tmp_path / "given.zip", tmp_path)
    for use in (lambda path: names(path, LIMITS), lambda path: python_files(path, LIMITS)):
        with pytest.raises(BundleInvalid):
            use(tmp_path / "given.zip")
    make(tmp_path / "script.py")
    with pytest.raises(ScriptUnreadable, match="no file"):
        read_script(tmp_path / "script.py")


def test_a_pipe_that_somebody_writes_to_is_no_file_either(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").open("wb").close(), daemon=True)
    writer.start()
    with pytest.raises(OSError, match="no file"):
        plain_file(tmp_path / "pipe")
    os.close(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK))
    writer.join(10)


# Lists of packages


def _laughs() -> Iterator[str]:
    yield 'a0: &a0 ["x", "x"]\n'
    for number in range(1, 40):
        yield f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n"


LAUGHS = "".join(_laughs())
YAML = {
    "aliases of aliases, as the list": f"{LAUGHS}dependencies: *a39\n",
    "aliases of aliases, in the list": f"{LAUGHS}dependencies:\n- *a39\n",
    "aliases of aliases, for pip": f"{LAUGHS}dependencies:\n- pip: *a39\n",
    "a list that holds itself": "dependencies: &a\n- *a\n",
    "brackets": "dependencies: " + "[" * 3_000,
    "braces": "{a: " * 20_000,
    "dashes": "dependencies:\n" + "- " * 50_000,
    "a number of very many digits": "dependencies:\n- " + "9" * 100_000 + "\n",
    "a date that is none": "dependencies:\n- 2020-99-99\n",
    "an object of Python": 'dependencies:\n- !!python/object/apply:os.system ["false"]\n',
    "very many signs": "dependencies:\n" + "- pandas\n" * 100_000,
    "a very long name": "dependencies:\n- " + "a" * 5000 + "\n",
    "a null byte": "dependencies:\n- \0\n",
}


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_yaml_that_would_grow_without_end_is_refused_with_its_place(text: str, tmp_path: Path) -> None:
    with pytest.raises(RequirementInvalid) as raised:
        wanted_by_conda(text, tmp_path / "environment.yml")
    assert "environment.yml" in raised.value.message
    assert len(raised.value.message) < 1000


HEADERS = {
    "nested": "a = " + "[" * 9000,
    "a number of very many digits": "a = " + "9" * 9000,
    "very long": "a = '" + "x" * 20_000 + "'",
    "a requirement nested very deeply": "dependencies = ['a ; " + "(" * 4000 + "']",
    "a very long requirement": "dependencies = ['" + "a" * 5000 + "']",
}


@pytest.mark.parametrize("toml", HEADERS.values(), ids=HEADERS)
def test_a_header_of_a_script_that_asks_too_much_is_refused(toml: str) -> None:
    with pytest.raises(RequirementInvalid, match=r"x\.py:1"):
        wanted_by_header(f"# /// script\n# {toml}\n# ///\n", "x.py")


@pytest.mark.parametrize("line", ["# /// script\n", "# /// other\n# x\n", "# /// script\n#\n", "# ///\n"])
def test_a_script_that_begins_very_many_headers_is_read_in_one_go(line: str) -> None:
    assert wanted_by_header(line * 100_000, "x.py") is None  # took hours: each begin looked through all the others


def test_files_that_include_each_other_are_read_once_each(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n" * 3)  # 3^40 readings
    (tmp_path / "40.txt").write_text("pandas\n-r 0.txt\n")
    assert wanted_by(tmp_path / "0.txt").requirements == ("pandas",)


def test_a_chain_of_very_many_files_is_refused(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number}.txt").write_text(f"-r {number + 1}.txt\n")
    with pytest.raises(RequirementInvalid, match="includes more than 100 files"):
        wanted_by(tmp_path / "0.txt")


@pytest.mark.parametrize("name", ["x.txt", "x.yml", "x.py"])
def test_a_pipe_or_gigabytes_in_place_of_a_list_are_refused(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(RequirementInvalid, match="no file"):
        wanted_by(tmp_path / name)
    (tmp_path / name).unlink()
    with (tmp_path / name).open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RequirementInvalid, match="too long"):
        wanted_by(tmp_path / name)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 100_000, "requirements = 5\n", "\0"])
def test_a_definition_that_cannot_be_understood_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(EnvironmentFailed, match="cannot be read"):
        Definitions(tmp_path).find("mine")


# What a browser is shown


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain; charset=x"])
def test_what_holds_no_script_is_shown(media_type: str) -> None:
    assert shown_as(media_type) is Shown.INLINE


@pytest.mark.parametrize("media_type", ["text/html", "TEXT/HTML; charset=utf-8", " image/svg+xml "])
def test_what_may_hold_scripts_is_shown_in_a_sandbox_only(media_type: str) -> None:
    assert shown_as(media_type) is Shown.SANDBOXED
    assert SANDBOX_POLICY.split("; ")[:2] == ["sandbox", "default-src 'none'"]
    assert "script-src" not in SANDBOX_POLICY


@pytest.mark.parametrize(
    "media_type",
    ["application/pdf", "application/xhtml+xml", "text/xml", "application/javascript", "image/bmp", "x", "", "*/*"],
)
def test_everything_else_is_saved(media_type: str) -> None:
    assert shown_as(media_type) is Shown.DOWNLOAD


def test_importing_what_reads_bundles_stays_quick() -> None:
    code = "import sys, transom.engine.archives; sys.exit(bool({'zipfile', 'bz2', 'lzma'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
