"""A web server of the test: what lies at a path, where it redirects to, what it does wrong, and what it was asked."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CARS = b"make,price\naudi,13950\nbmw,16430\n"


class Handler(BaseHTTPRequestHandler):
    """What each path is is told by its first part."""

    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        what = self.path.split("/")[1].split("?")[0]
        getattr(self, f"do_{what}", self.do_file)()

    def do_file(self) -> None:
        self._send(200, CARS)

    def do_missing(self) -> None:
        self._send(404, b"not here")

    def do_closed(self) -> None:
        if self.headers.get("Authorization") is None:
            self._send(401, b"who are you?")
        else:
            self._send(200, CARS)

    def do_moved(self) -> None:
        self._send(302, b"", Location="/file/cars.csv")

    def do_elsewhere(self) -> None:
        other = self.path.partition("?")[2]
        self._send(302, b"", Location=f"http://{other}/file/cars.csv")

    def do_round(self) -> None:
        self._send(302, b"", Location=self.path)

    def do_local(self) -> None:
        self._send(302, b"", Location="file:///etc/passwd")

    def do_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(CARS)

    def do_packed(self) -> None:
        self._send(200, gzip.compress(CARS), **{"Content-Encoding": "gzip"})

    def do_strange(self) -> None:
        self._send(200, CARS, **{"Content-Encoding": "br"})

    def do_named(self) -> None:
        self._send(200, CARS, **{"Content-Disposition": 'attachment; filename="../../evil.parquet"'})

    def do_silent(self) -> None:
        time.sleep(2)

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written."""


class Server(ThreadingHTTPServer):
    """A server, its address and what it was asked: (path, headers) each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def served() -> Iterator[Server]:
    """A server that answers until the block ends."""
    with Server() as server, answering(server):
        yield server


@contextlib.contextmanager
def answering(server: ThreadingHTTPServer) -> Iterator[None]:
    """Let any server answer until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
