"""What every store of contents does, whatever filesystem it lies on."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import fsspec
import pytest
from blake3 import blake3

from transom.errors import BlobCorrupt, BlobMissing, StoreUnwritable
from transom.store.blobs import FolderBlobs, digest_of
from transom.store.distant_blobs import DistantBlobs
from transom.store.places import blobs_at

KINDS = ("folder", "memory", "local files through fsspec")
ABSENT = "0" * 64


@pytest.fixture(params=KINDS)
def blobs(request, tmp_path):
    cache = tmp_path / "cache"
    if request.param == "memory":
        return blobs_at(f"memory://{tmp_path.name}/blobs", cache=cache)
    if request.param == "folder":
        return blobs_at(tmp_path / "blobs")
    return DistantBlobs(fsspec.filesystem("file"), str(tmp_path / "blobs"), FolderBlobs(cache))


@pytest.fixture
def folder_blobs(tmp_path):
    return FolderBlobs(tmp_path / "blobs")


def a_file(folder: Path, content: bytes = b"content") -> Path:
    path = folder / "given.bin"
    path.write_bytes(content)
    return path


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")


def test_a_content_comes_back_under_the_digest_that_blake3_gives_it(blobs):
    digest = blobs.put_bytes(b"some content")
    assert digest == blake3(b"some content").hexdigest()
    assert blobs.bytes(digest) == b"some content"
    assert blobs.size(digest) == 12
    assert blobs.has(digest)
    with blobs.open(digest) as stream:
        assert stream.read(4) == b"some"


def test_an_empty_content_is_a_content(blobs, tmp_path):
    digest = blobs.put_bytes(b"")
    assert blobs.bytes(digest) == b""
    assert blobs.keep(a_file(tmp_path, b"")) == digest
    assert blobs.path(digest).read_bytes() == b""


def test_a_stream_larger_than_one_piece_is_stored_whole(blobs):
    content = os.urandom(3 * 1024 * 1024 + 17)
    digest = blobs.put_stream(io.BytesIO(content))
    assert digest == blake3(content).hexdigest()
    assert blobs.bytes(digest) == content
    assert digest_of(blobs.path(digest)) == digest


def test_a_path_is_a_read_only_file_with_the_content(blobs):
    path = blobs.path(blobs.put_bytes(b"12345"))
    assert path.read_bytes() == b"12345"
    assert path.stat().st_mode & 0o777 == 0o444


def test_a_kept_file_is_moved(blobs, tmp_path):
    given = a_file(tmp_path)
    digest = blobs.keep(given)
    assert not given.exists()
    assert blobs.bytes(digest) == b"content"


def test_a_file_that_is_stored_already_is_moved_all_the_same(blobs, tmp_path):
    digest = blobs.put_bytes(b"content")
    given = a_file(tmp_path)
    assert blobs.keep(given) == digest
    assert not given.exists()
    assert list(blobs.digests()) == [digest]


def test_keeping_what_the_store_itself_holds_changes_nothing(folder_blobs):
    digest = folder_blobs.put_bytes(b"content")
    assert folder_blobs.keep(folder_blobs.path(digest)) == digest
    assert folder_blobs.bytes(digest) == b"content"


def test_only_a_regular_file_is_kept(blobs, tmp_path):
    given = a_file(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(given)
    for refused in (link, tmp_path):
        with pytest.raises(ValueError, match="no regular file"):
            blobs.keep(refused)
    assert link.is_symlink()
    assert given.read_bytes() == b"content"


def test_a_file_with_a_second_name_is_copied_so_that_the_name_cannot_change_it(blobs, tmp_path):
    given = a_file(tmp_path)
    second = tmp_path / "second"
    second.hardlink_to(given)
    digest = blobs.keep(given)
    second.chmod(0o600)
    second.write_bytes(b"changed")
    assert blobs.path(digest).read_bytes() == b"content"
    blobs.check(digest)


def test_a_writer_gives_a_path_and_then_the_digest(blobs):
    with blobs.writer(".arrow") as writing:
        assert writing.path.suffix == ".arrow"
        writing.path.write_bytes(b"table")
    assert blobs.bytes(writing.digest) == b"table"
    assert not writing.path.exists()


def test_a_writer_that_fails_leaves_nothing(blobs, tmp_path):
    blobs.put_bytes(b"before")
    before = files_below(tmp_path)
    with pytest.raises(ZeroDivisionError):
        write_half_and_fail(blobs)
    assert files_below(tmp_path) == before
    assert len(list(blobs.digests())) == 1


def write_half_and_fail(blobs) -> None:
    with blobs.writer() as writing:
        writing.path.write_bytes(b"half of it")
        raise ZeroDivisionError


def test_the_same_content_is_stored_once(blobs, tmp_path):
    digests = {blobs.put_bytes(b"content"), blobs.put_stream(io.BytesIO(b"content")), blobs.keep(a_file(tmp_path))}
    assert list(blobs.digests()) == list(digests)


def test_digests_are_listed_in_order(blobs):
    stored = sorted(blobs.put_bytes(str(number).encode()) for number in range(20))
    assert list(blobs.digests()) == stored


def test_a_store_that_was_never_written_to_is_empty(blobs):
    assert list(blobs.digests()) == []
    assert not blobs.has(ABSENT)
    assert blobs.sweep() == 0


@pytest.mark.parametrize("digest", [ABSENT, "", "../../etc/passwd", "A" * 64, "ab"])
def test_a_content_that_is_not_there_is_missing_for_every_verb(blobs, digest):
    assert not blobs.has(digest)
    blobs.remove(digest)
    for verb in (blobs.path, blobs.bytes, blobs.open, blobs.size, blobs.check):
        with pytest.raises(BlobMissing) as raised:
            verb(digest)
        assert blobs.place in raised.value.message


def test_a_removed_content_is_gone_and_can_come_again(blobs):
    digest = blobs.put_bytes(b"content")
    blobs.remove(digest)
    assert not blobs.has(digest)
    with pytest.raises(BlobMissing):
        blobs.path(digest)
    assert blobs.put_bytes(b"content") == digest
    assert blobs.bytes(digest) == b"content"


def test_a_check_tells_a_sound_content_from_a_damaged_one(tmp_path):
    for kind in (FolderBlobs(tmp_path / "a"), blobs_at("memory://check/blobs", cache=tmp_path / "cache")):
        digest = kind.put_bytes(b"content")
        kind.check(digest)
        damage(kind, digest, b"CONTENT")
        with pytest.raises(BlobCorrupt) as raised:
            kind.check(digest)
        assert kind.where(digest) in raised.value.remedy


def damage(blobs, digest: str, content: bytes) -> None:
    if isinstance(blobs, FolderBlobs):
        blobs.path(digest).chmod(0o600)
        blobs.path(digest).write_bytes(content)
    else:
        blobs.filesystem.pipe_file(blobs.where(digest), content)


def test_a_damaged_content_is_not_brought_here(tmp_path):
    blobs = blobs_at(f"memory://{tmp_path.name}/damaged", cache=tmp_path / "cache")
    digest = blobs.put_bytes(b"content")
    blobs.cache.remove(digest)
    damage(blobs, digest, b"CONTENT")
    with pytest.raises(BlobCorrupt):
        blobs.path(digest)
    assert files_below(tmp_path / "cache") == []


def test_a_content_cut_short_is_stored_anew_by_whoever_has_it(folder_blobs, tmp_path):
    digest = folder_blobs.put_bytes(b"content")
    damage(folder_blobs, digest, b"")
    folder_blobs.put_bytes(b"content")
    folder_blobs.check(digest)
    damage(folder_blobs, digest, b"con")
    folder_blobs.keep(a_file(tmp_path))
    folder_blobs.check(digest)


def test_a_content_that_is_stored_again_counts_as_new(folder_blobs):
    path = folder_blobs.path(folder_blobs.put_bytes(b"content"))
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        folder_blobs.put_bytes(b"content")
    assert path.stat().st_ino == before.st_ino


def test_a_distant_content_is_fetched_once(tmp_path):
    blobs = blobs_at(f"memory://{tmp_path.name}/fetched", cache=tmp_path / "cache")
    elsewhere = blobs_at(f"memory://{tmp_path.name}/fetched", cache=tmp_path / "elsewhere")
    digest = elsewhere.put_bytes(b"content")
    path = blobs.path(digest)
    assert path.is_relative_to(tmp_path / "cache")
    assert blobs.path(digest) == path
    assert path.read_bytes() == b"content"


def test_a_distant_store_needs_a_local_folder():
    with pytest.raises(ValueError, match="local folder"):
        blobs_at("memory://somewhere")


def test_a_file_address_is_a_local_folder(tmp_path):
    assert blobs_at(f"file://{tmp_path}").path is not None
    assert blobs_at(f"file://{tmp_path}").place == str(tmp_path)


def test_a_file_on_the_same_filesystem_is_moved_without_a_copy(folder_blobs, tmp_path):
    given = a_file(tmp_path)
    inode = given.stat().st_ino
    assert folder_blobs.path(folder_blobs.keep(given)).stat().st_ino == inode


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no second filesystem to move a file from")
def test_a_file_of_another_filesystem_is_moved_too(folder_blobs):
    given = Path(f"/dev/shm/transom-test-{os.getpid()}")
    given.write_bytes(b"content")
    try:
        digest = folder_blobs.keep(given)
        assert not given.exists()
        assert folder_blobs.bytes(digest) == b"content"
        assert folder_blobs.path(digest).stat().st_mode & 0o777 == 0o444
    finally:
        given.unlink(missing_ok=True)


def test_a_store_that_cannot_be_written_says_so_and_the_file_stays(tmp_path):
    (tmp_path / "blobs").write_text("a file where the folder should be")
    blobs = FolderBlobs(tmp_path / "blobs")
    given = a_file(tmp_path)
    with pytest.raises(StoreUnwritable) as raised:
        blobs.put_bytes(b"x")
    assert str(tmp_path / "blobs") in raised.value.message
    with pytest.raises(StoreUnwritable):
        blobs.keep(given)
    assert given.read_bytes() == b"content"


WRITER = """
import sys, time
from pathlib import Path
from transom.store.blobs import FolderBlobs
blobs = FolderBlobs(Path(sys.argv[1]))
with blobs.writer() as writing:
    writing.path.write_bytes(b"half of it")
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_writer_left_is_swept_and_what_a_living_one_writes_is_not(folder_blobs):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder_blobs.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with writer:
        assert writer.stdout.readline() == b"writing\n"
        assert folder_blobs.sweep() == 0
        assert len(files_below(folder_blobs.folder)) == 1
        writer.send_signal(signal.SIGKILL)
    assert list(folder_blobs.digests()) == []
    assert folder_blobs.sweep() == 1
    assert list((folder_blobs.folder / "aside").iterdir()) == []


def test_a_new_writer_sweeps_what_was_left(folder_blobs, tmp_path):
    left = folder_blobs.folder / "aside" / "1-abc"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "half").write_bytes(b"half of it")
    (left / "fetched" / "below").mkdir(parents=True)
    (left / "fetched" / "below" / "half").write_bytes(b"half of it")
    (left / "precious").symlink_to(tmp_path)
    (tmp_path / "precious").touch()
    folder_blobs.put_bytes(b"content")
    assert not left.exists()
    assert (tmp_path / "precious").exists()


def test_a_folder_without_its_lock_yet_is_left_when_something_is_in_it(folder_blobs):
    strange = folder_blobs.folder / "aside" / "strange"
    strange.mkdir(parents=True)
    (strange / "file").touch()
    assert folder_blobs.sweep() == 0
    assert (strange / "file").exists()


def test_a_sweep_follows_no_link_out_of_the_store(folder_blobs, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("lock", "precious"):
        (elsewhere / name).touch()
    (folder_blobs.folder / "aside").mkdir(parents=True)
    (folder_blobs.folder / "aside" / "1-abc").symlink_to(elsewhere)
    assert folder_blobs.sweep() == 0
    folder_blobs.put_bytes(b"content")
    assert sorted(each.name for each in elsewhere.iterdir()) == ["lock", "precious"]


def test_an_old_upload_that_nobody_finished_is_swept(tmp_path):
    blobs = blobs_at(f"memory://{tmp_path.name}/uploads", cache=tmp_path / "cache")
    digest = blobs.put_bytes(b"content")
    aside = f"{blobs.root}/aside"
    blobs.filesystem.pipe_file(f"{aside}/1000000000-abcdef", b"half")
    blobs.filesystem.pipe_file(f"{aside}/9999999999-abcdef", b"half")
    assert blobs.sweep() == 1
    assert blobs.filesystem.isfile(f"{aside}/9999999999-abcdef")
    assert list(blobs.digests()) == [digest]


def test_a_writer_that_ends_well_leaves_nothing_aside(folder_blobs):
    code = f"from transom.store.blobs import *; FolderBlobs(Path({str(folder_blobs.folder)!r})).put_bytes(b'x')"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert len(list(folder_blobs.digests())) == 1
    assert list((folder_blobs.folder / "aside").iterdir()) == []


FORKING = """
import atexit, os, sys
from pathlib import Path
from transom.store.blobs import FolderBlobs
blobs = FolderBlobs(Path(sys.argv[1]))
with blobs.writer() as writing:
    writing.path.write_bytes(b"of the parent")
    child = os.fork()
    if child == 0:
        blobs.put_bytes(b"of the child")
        atexit._run_exitfuncs()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_fork_that_ends_does_not_take_its_parents_writing_along(folder_blobs):
    subprocess.run([sys.executable, "-c", FORKING, str(folder_blobs.folder)], check=True)
    assert {folder_blobs.bytes(digest) for digest in folder_blobs.digests()} == {b"of the parent", b"of the child"}
    assert files_below(folder_blobs.folder / "aside") == []


MANY = """
import sys
from pathlib import Path
from transom.store.blobs import FolderBlobs
blobs = FolderBlobs(Path(sys.argv[1]))
for number in range(100):
    blobs.put_bytes(b"shared %d" % number)
    with blobs.writer() as writing:
        writing.path.write_bytes(b"shared %d too" % number)
    blobs.path(writing.digest).read_bytes()
"""


def test_processes_that_store_the_same_at_once_all_succeed(folder_blobs):
    command = [sys.executable, "-c", MANY, str(folder_blobs.folder)]
    writers = [subprocess.Popen(command) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    digests = list(folder_blobs.digests())
    assert len(digests) == 200
    for digest in digests:
        folder_blobs.check(digest)
    folder_blobs.sweep()
    assert len(files_below(folder_blobs.folder)) == 200


def test_threads_may_share_one_store(blobs):
    def store() -> None:
        for number in range(30):
            blobs.put_bytes(b"shared %d" % number)

    threads = [threading.Thread(target=store) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(blobs.digests())) == 30
    for digest in blobs.digests():
        blobs.check(digest)


def test_importing_the_local_store_does_not_import_fsspec():
    code = "import sys, transom.store.blobs; sys.exit('fsspec' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
