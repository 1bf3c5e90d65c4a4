"""In what the filesystems of fsspec differ: how each is made, writes a file whole, and says what is wrong."""

from __future__ import annotations

import contextlib
import logging
import os
import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from transom.tables.reading import Progress
from transom.workspace.datastores_masking import scheme_of, short_reason

#: Other names of Azure's stores, as Hadoop and Azure write them; adlfs finds account and container in the rest.
_SPELLINGS = {"abfss": "abfs", "wasb": "abfs", "wasbs": "abfs"}
#: Stores of objects: a file is there when all of it has come, and folders are but parts of names.
_OBJECTS = frozenset({"s3", "s3a", "abfs", "abfss", "az", "gs", "gcs", "oss", "obs", "cos", "tos", "oci"})
#: Where a file grows while it is written, and a rename puts another in its place.
_GROWING = frozenset({"sftp", "ssh", "ftp"})
#: What is missing where fsspec itself speaks with a place by means of another package.
_PACKAGES = {
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
    "http": "aiohttp",
    "https": "aiohttp",
    "github": "requests",
    "webhdfs": "requests",
    "dbfs": "requests",
    "jupyter": "requests",
    "jlab": "requests",
    "git": "pygit2",
    "dask": "distributed",
}
#: What filesystems call what is another one for another content.
_OF_CONTENT = frozenset(
    ("ETag", "etag", "e_tag", "md5Hash", "md5", "content_md5", "crc32c", "generation", "sha256", "checksum", "sha")
)
#: So many pieces of 32 KiB of a file of SFTP are on their way at once.
_READ_AHEAD = 256
#: What would write to a person's terminal what is an error of ours anyway.
_TALKATIVE = ("adlfs", "aiobotocore", "asyncio", "asyncssh", "azure", "boto3", "botocore", "gcsfs", "google", "msal")
_ALSO_TALKATIVE = ("fsspec", "paramiko", "s3fs", "urllib3")
_OF_ONE_REQUEST = re.compile(r"\s*(?:Request ?Id|RequestID|Time|Content):.*", re.DOTALL)


def made(address: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    """A filesystem of its own for an address, and the path on it. Raises whatever the filesystem does."""
    from fsspec.core import url_to_fs

    for name in (*_TALKATIVE, *_ALSO_TALKATIVE):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    address = _spelt(address)
    said = _said_by(address)
    given = {name: _number(name, value) for name, value in options.items() if said.get(name) is None}
    filesystem, root = url_to_fs(address, skip_instance_cache=True, **given)
    return filesystem, str(root)


def telling(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of a file's entry tells of its content: where it has a checksum of it, its times tell nothing more."""
    if not any(entry.get(name) for name in _OF_CONTENT):
        return entry
    return {name: value for name, value in entry.items() if name in _OF_CONTENT or name == "size"}


def fresh(filesystem: Any) -> None:
    """Let the filesystem forget what it listed before: others write there too."""
    filesystem.invalidate_cache()


def has_folders(filesystem: Any) -> bool:
    """Whether folders have to be made. Where not, making one could make a new bucket of a name that was mistyped."""
    return _OBJECTS.isdisjoint(_protocols(filesystem))


def is_marker(entry: Mapping[str, Any]) -> bool:
    """Whether a file of no content stands for a folder, as consoles and Hadoop put them into stores of objects."""
    metadata = entry.get("metadata") or {}
    marked = isinstance(metadata, Mapping) and str(metadata.get("hdi_isfolder", "")).lower() == "true"
    return not entry.get("size") and (marked or str(entry.get("name", "")).endswith("/"))


def written_in_place(filesystem: Any, content: Path, path: str, progress: Progress | None = None) -> None:
    """Put a file where nobody finds half of it: where files grow, beside its place first. Raises whatever there is."""
    if _GROWING.isdisjoint(_protocols(filesystem)):
        _put(filesystem, content, path, progress)
        return
    aside = f"{posixpath.dirname(path)}/.{os.urandom(8).hex()}.part"
    try:
        _put(filesystem, content, aside, progress)
        _renamed(filesystem, aside, path)
    except BaseException:
        with contextlib.suppress(Exception):  # the connection is gone: nothing can be removed there
            filesystem.rm_file(aside)
        raise


def read_ahead(source: Any, size: int | None) -> None:
    """Let an open file of SFTP ask for what follows before it is read: else each 32 KiB are waited for."""
    if not size or not hasattr(source, "prefetch"):
        return
    asking: Any = getattr(source, "_prefetch_thread", None)

    def quietly(*given: Any) -> None:
        with contextlib.suppress(Exception):  # whoever reads is told the same; a thread would print it
            asking(*given)

    if asking is not None:
        source._prefetch_thread = quietly
    source.prefetch(size, max_concurrent_requests=_READ_AHEAD)


def reason_of(wrong: BaseException, secrets: Iterable[str]) -> str:
    """What a filesystem says is wrong, in one line, without secrets and what is of the one request only."""
    said = _OF_ONE_REQUEST.sub("", str(wrong)).rstrip(": .")
    return short_reason(Exception(said) if said else wrong, secrets)


def missing_package(address: str, wrong: ImportError) -> str:
    """Which package to install so that fsspec can reach an address."""
    from fsspec.registry import known_implementations

    scheme = scheme_of(_spelt(address))
    entry = known_implementations.get(scheme, {})
    package = _PACKAGES.get(scheme) or str(entry.get("class", "")).partition(".")[0]
    if package and package != "fsspec":
        return f"Install it beside Transom: `pip install {package}`."
    said = str(entry.get("err", "")) or str(wrong)
    return f"{said.rstrip('.')}; install that beside Transom with pip."


def _spelt(address: str) -> str:
    """The address as fsspec knows it."""
    scheme, mark, rest = address.partition("://")
    first, chain, last = scheme.rpartition("::")
    return f"{first}{chain}{_SPELLINGS.get(last.lower(), last)}{mark}{rest}"


def _said_by(address: str) -> Mapping[str, Any]:
    """What an address itself says to its filesystem: user, host, port. Libraries take nothing twice."""
    from fsspec import get_filesystem_class

    if "::" in address:
        return {}
    said: Mapping[str, Any] = get_filesystem_class(scheme_of(address))._get_kwargs_from_urls(address)
    return said


def _number(name: str, value: Any) -> Any:
    """A port as libraries want it, however a person wrote it."""
    return int(value) if name == "port" and isinstance(value, str) and value.isdecimal() else value


def _protocols(filesystem: Any) -> tuple[str, ...]:
    protocol = filesystem.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _put(filesystem: Any, content: Path, path: str, progress: Progress | None) -> None:
    from fsspec.callbacks import Callback

    total = content.stat().st_size

    class Told(Callback):  # type: ignore[misc]
        def call(self, hook_name: str | None = None, **kwargs: Any) -> None:  # noqa: ARG002
            if progress is not None:
                progress(min(self.value, total), total)

    if progress is not None:
        progress(0, total)
    filesystem.put_file(str(content), path, callback=Told(size=total))


def _renamed(filesystem: Any, aside: str, path: str) -> None:
    """Give a file its name. Some servers of FTP put none in the place of another."""
    try:
        filesystem.mv(aside, path)
    except Exception:
        if "ftp" not in _protocols(filesystem) or not filesystem.isfile(path):
            raise
        filesystem.rm_file(path)
        filesystem.mv(aside, path)
