"""How a file comes from a web server: by HTTP only, wherever it redirects to, with limits in time and size."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from transom.errors import FetchFailed
from transom.model.file_sets import NamedFile
from transom.store.blobs import FolderBlobs
from transom.tables.reading import Progress
from transom.workspace.contents import refuse_full_disk, told_of_disk
from transom.workspace.datastores_masking import short_reason, without_secrets
from transom.workspace.datastores_names import Parts, is_pattern
from transom.workspace.datastores_places import Found, Place

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

#: A server is waited for so long at a time, and for a whole file, in seconds.
_PATIENCE = 60.0
_LONGEST = 6 * 3600.0
_PIECE = 1 << 20
_PIECES_BETWEEN = 64
#: Signs of an address that stay as they are; what is written as %20 stays so too.
_KEPT_SIGNS = "/%:=&?~+!$,;'@()*[]"


class WebPlace(Place):
    """What lies below an address of a web server; its files can be read by their names, and not listed.

    `query` follows every name, and `headers` go with every question; neither is shown.
    """

    def __init__(self, name: str, url: str, query: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(name, without_secrets(url))
        self._address = url.rstrip("/")
        self._query = query
        self.headers = dict(headers or {})

    def address_of(self, found: Found) -> str:
        """The address of a file, with what of it is shown nowhere."""
        return f"{self._address}/{quote(found.name)}" + (f"?{self._query}" if self._query else "")

    def find(self, parts: Parts) -> list[Found]:
        if not parts or is_pattern(parts):
            raise self.failed("a web server lists no files", "Name one file: its path below the address.")
        return [Found(parts)]

    def keep(self, found: Found, blobs: FolderBlobs, progress: Progress | None = None) -> NamedFile:
        with blobs.writer() as writing:
            try:
                size = fetch(self.address_of(found), writing.path, blobs, progress, self.headers)
            except FetchFailed as wrong:
                raise self.failed(f"{found.name} cannot be fetched ({wrong.facts['reason']})", wrong.remedy) from None
        return NamedFile(found.name, size, writing.digest)

    def put(self, parts: Parts, content: Path, *, overwrite: bool, progress: Progress | None = None) -> bool:  # noqa: ARG002
        raise self.failed("a web server can only be read here", "Write to another datastore.")


def fetch(
    address: str,
    target: Path,
    blobs: FolderBlobs,
    progress: Progress | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Write what a web server gives for an address to `target`, which is not there yet; its size in bytes.

    Redirects lead to other addresses of the web only. Raises FetchFailed, without anything secret in it, where it
    cannot be had, and StoreUnwritable where the disk has no room for it.
    """
    with _answered(address, headers or {}) as response:
        return _copied(response, target, blobs, progress)


def told_by_server(address: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers with which a web server gives a file, which is not read; their names in any capitals.

    Raises FetchFailed.
    """
    with _answered(address, headers) as response:
        told: Mapping[str, str] = response.headers
    return told


@contextmanager
def _answered(address: str, headers: Mapping[str, str]) -> Iterator[Any]:
    try:
        with _opened(address, headers) as response:
            yield response
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as wrong:
        raise FetchFailed(
            address=without_secrets(address), reason=_why(wrong, address), advice=_advice(wrong)
        ) from None


def _opener() -> OpenerDirector:
    """Knows HTTP alone: whatever a server redirects to, no file and no FTP server is opened."""
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.UnknownHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPRedirectHandler,
        request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _opened(address: str, headers: Mapping[str, str]) -> Any:
    from urllib.request import Request

    scheme, place, path, query, _ = urlsplit(address)
    login, _, host = place.rpartition("@")
    if scheme.lower() not in ("http", "https") or not host:
        raise ValueError("it is no address of a web server")
    wanted = Request(urlunsplit((scheme, host, quote(path, _KEPT_SIGNS), quote(query, _KEPT_SIGNS), "")))
    wanted.add_header("User-Agent", "transom")
    wanted.add_header("Accept-Encoding", "identity")
    if login:
        token = base64.b64encode(unquote(login).encode()).decode()
        headers = {"Authorization": f"Basic {token}", **headers}
    for name, value in headers.items():  # what may be secret goes to no server that this one leads to
        wanted.add_unredirected_header(name, value)
    return _opener().open(wanted, timeout=_PATIENCE)


def _copied(response: Any, target: Path, blobs: FolderBlobs, progress: Progress | None) -> int:
    announced = response.headers.get("Content-Length", "")
    total = int(announced) if announced.isdecimal() else 0
    done = size = 0
    with told_of_disk(blobs):
        sink = target.open("xb")
    with sink:
        for number, piece in enumerate(_unpacked(_pieces(response), response), start=1):
            if number % _PIECES_BETWEEN == 1:
                refuse_full_disk(blobs)
            with told_of_disk(blobs):
                sink.write(piece)
            size += len(piece)
            done = response.transom_read
            if progress is not None:
                progress(min(done, total), total)
    if total and response.transom_read < total:
        raise http.client.IncompleteRead(b"", total - response.transom_read)
    return size


def _pieces(response: Any) -> Iterator[bytes]:
    """What comes, a mebibyte at most at a time; how much that was is `transom_read` of the response."""
    until = time.monotonic() + _LONGEST
    response.transom_read = 0
    while piece := response.read1(_PIECE):
        response.transom_read += len(piece)
        if time.monotonic() > until:
            raise TimeoutError(f"it has not all come within {_LONGEST / 3600:g} hours")
        yield piece


def _unpacked(pieces: Iterator[bytes], response: Any) -> Iterator[bytes]:
    """The content itself, where the server sends it packed although nobody asked for that."""
    coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if coding == "identity":
        yield from pieces
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(f"the server sends it packed as {coding}, which nobody asked for")
    unpacking = zlib.decompressobj(wbits=47)
    for packed in pieces:
        rest = packed
        while rest:
            yield unpacking.decompress(rest, _PIECE)
            rest = unpacking.unconsumed_tail
    yield unpacking.flush()
    if not unpacking.eof:
        raise http.client.IncompleteRead(b"")


def _why(wrong: Exception, address: str) -> str:
    from urllib.error import HTTPError, URLError

    secrets = [part for part in (address.partition("?")[2],) if part]
    if isinstance(wrong, HTTPError):
        return f"the server answers {wrong.code} ({short_reason(Exception(wrong.reason), secrets)})"
    reason = wrong.reason if isinstance(wrong, URLError) else wrong
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the server's certificate is not trusted ({reason.verify_message.rstrip('.')})"
    if isinstance(reason, socket.gaierror):
        return f"there is no server {without_secrets(address).split('/')[2].rpartition('@')[2]}"
    if isinstance(reason, http.client.IncompleteRead):
        return "the connection broke off before all of it had come"
    if isinstance(reason, TimeoutError) and not str(reason).startswith("it has"):
        return f"the server did not answer within {_PATIENCE:g} seconds"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return short_reason(reason if isinstance(reason, BaseException) else Exception(reason), secrets)


def _advice(wrong: Exception) -> str:
    from urllib.error import HTTPError

    code = wrong.code if isinstance(wrong, HTTPError) else 0
    if code in (401, 403):
        return (
            "It wants a login: add a datastore with what it needs (Import Data also takes a token as `secret`), or "
            "fetch it yourself, and give the file."
        )
    if code in (404, 410):
        return "Check the address: the server has nothing there."
    return "Check the address and the connection, or fetch it yourself and give the file."
