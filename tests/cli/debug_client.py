"""A debugger as editors have it: speaks the Debug Adapter Protocol with whatever listens at a port."""

from __future__ import annotations

import itertools
import json
import socket
import time
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"


class DebugClient:
    """Attaches, sets breakpoints, looks at variables."""

    def __init__(self, port: int, *, seconds: float = 60.0) -> None:
        """Connect as soon as somebody listens, at the latest after so many seconds."""
        until = time.monotonic() + seconds
        while True:
            try:
                self._socket = socket.create_connection((LOOPBACK, port), timeout=seconds)
                break
            except OSError:
                assert time.monotonic() < until, "nobody listened for a debugger"
                time.sleep(0.1)
        self._stream = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._events: list[dict[str, Any]] = []

    def attach(self, breakpoints: dict[Path, list[int]]) -> None:
        """Attach, with breakpoints on lines of files."""
        self.ask("initialize", adapterID="tests", clientID="tests", linesStartAt1=True, pathFormat="path")
        attaching = self._send("attach", {"justMyCode": True})
        self.event("initialized")
        for file, lines in breakpoints.items():
            self.ask("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line} for line in lines])
        self.ask("configurationDone")
        self._answer(attaching)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """The body of the answer to a request."""
        return self._answer(self._send(command, arguments))

    def event(self, name: str) -> dict[str, Any]:
        """The body of the next event of that name."""
        while True:
            for place, each in enumerate(self._events):
                if each["event"] == name:
                    return self._events.pop(place).get("body") or {}
            self._events.append(self._message("event"))

    def stopped_at(self) -> tuple[dict[str, Any], int]:
        """Wait until it stops: the innermost frame, and the thread."""
        thread = self.event("stopped")["threadId"]
        frame: dict[str, Any] = self.ask("stackTrace", threadId=thread)["stackFrames"][0]
        return frame, thread

    def evaluate(self, expression: str, frame: dict[str, Any]) -> str:
        """The value of an expression there, as text."""
        answer: str = self.ask("evaluate", expression=expression, frameId=frame["id"])["result"]
        return answer

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def _send(self, command: str, arguments: dict[str, Any]) -> int:
        number = next(self._numbers)
        text = json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        return number

    def _answer(self, number: int) -> dict[str, Any]:
        while True:
            message = self._message()
            if message["type"] == "event":
                self._events.append(message)
            elif message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                body: dict[str, Any] = message.get("body") or {}
                return body

    def _message(self, kind: str | None = None) -> dict[str, Any]:
        while True:
            length = 0
            while (line := self._stream.readline()) not in (b"\r\n", b""):
                length = int(line.partition(b":")[2])
            message: dict[str, Any] = json.loads(self._stream.read(length))
            if kind in (None, message["type"]):
                return message
