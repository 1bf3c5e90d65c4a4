"""Where the key of encrypted secrets comes from: a text in a variable, or a file that only its owner can read."""

from __future__ import annotations

import base64
import os
import stat
from contextlib import suppress
from pathlib import Path

from transom.store.content_files import bring_to_disk
from transom.store.secrets_file import Unusable, write_new

KEY_VARIABLE = "TRANSOM_SECRET_KEY"
KEY_FILE = "secret.key"
KEY_BYTES = 32
#: What scrypt costs: 32 MiB and about a tenth of a second, so that texts cannot be tried out fast.
_COST, _BLOCK, _LANES = 2**15, 8, 1
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LONGEST_FILE = 1024
_OTHER = f" A key can also be given in the variable {KEY_VARIABLE}."


def key_file() -> Path:
    """Where the key lies for which nobody gave a text: in the user's configuration folder."""
    from platformdirs import user_config_path

    return user_config_path("transom", appauthor=False) / KEY_FILE


def key_of_text(text: bytes, salt: bytes) -> bytes:
    """The key that a text stands for."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=_COST, r=_BLOCK, p=_LANES).derive(text)


def key_in_file(path: Path, *, make: bool) -> bytes:
    """The key in a file, which is made if it may be and none is there.

    Raises Unusable, also for a file that is another user's or that others can read or write.
    """
    content = _read(path)
    if content is None and make:
        _make(path)
        content = _read(path)
    if content is None:
        raise Unusable(
            f"the key {path} is not there any more", f"Put it back, or store again what was encrypted with it.{_OTHER}"
        )
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise Unusable(f"the key {path} is damaged", "Put a sound copy in its place, or move it away and store again.")
    return key


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise _failed(path, "read", wrong) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(f"the key {path} is no file", f"Move away what lies there.{_OTHER}")
        if status.st_uid != os.geteuid():
            raise Unusable(f"the key {path} belongs to another user", f"Move it away, and store again.{_OTHER}")
        if status.st_mode & _OF_OTHERS:
            raise Unusable(
                f"others can read or change the key {path}",
                f"Make it yours alone: `chmod 600 {path}`; if somebody may have read it, change what it "
                f"protected.{_OTHER}",
            )
        return os.read(descriptor, _LONGEST_FILE)
    finally:
        os.close(descriptor)


def _make(path: Path) -> None:
    """A new key: whole or not at all, and never in the place of one that another process makes at this moment."""
    content = base64.b64encode(os.urandom(KEY_BYTES)) + b"\n"
    aside = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_new(aside, content)
        with suppress(FileExistsError):
            try:
                os.link(aside, path)
            except FileExistsError:
                raise
            except OSError:  # a filesystem without second names
                write_new(path, content)
        bring_to_disk(path.parent)
    except OSError as wrong:
        raise _failed(path, "made", wrong) from None
    finally:
        with suppress(OSError):
            aside.unlink()


def _failed(path: Path, what: str, wrong: OSError) -> Unusable:
    return Unusable(
        f"the key {path} cannot be {what} ({wrong.strerror or wrong})",
        f"Check its rights and those of its folder.{_OTHER}",
    )
