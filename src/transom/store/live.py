"""What a run prints now, and whether it was asked to stop: a folder of `log.txt`, `stop` and `finished`."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from transom.model.texts import visible
from transom.store.lines import Event, Lines

if TYPE_CHECKING:
    from pathlib import Path

    from transom.store.masking import Masker

Listener = Callable[[Event], None]

LOG = "log.txt"
_STOP = "stop"
_FINISHED = "finished"
_PIECE_BYTES = 1 << 20


class LiveView:
    """A run as others see it, from any process: its log so far, and the flag that asks it to stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / LOG

    def ask_to_stop(self) -> None:
        """Set the flag that the run's engine looks at; asking twice is asking once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _STOP).touch()

    def stop_asked(self) -> bool:
        """Whether somebody asked the run to stop."""
        return (self.folder / _STOP).exists()

    def finished(self) -> bool:
        """Whether the run printed all that it will ever print."""
        return (self.folder / _FINISHED).exists()

    def follow(self, *, poll_seconds: float = 0.1) -> Iterator[str]:
        """The text of the log, from its start, as it grows; ends when the run has finished or its writer has died.

        A run that has not begun is waited for.
        """
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while not self.log.exists() and not self.finished():
            time.sleep(poll_seconds)
        if not self.log.exists():
            return
        with self.log.open("rb") as stream:
            while True:
                # Asked before the reading: what was written until then is read below, so nothing is missed.
                over = self.finished() or not _has_writer(stream.fileno())
                while piece := stream.read(_PIECE_BYTES):
                    yield decoder.decode(piece)
                if over:
                    return
                time.sleep(poll_seconds)


class Live(LiveView):
    """A run as its engine tells of it: what it prints goes to the log and, live, to the listeners.

    `limit_bytes` bounds the log (None: no limit); `dropped_bytes` counts what came after. Listeners are called with
    one Event after the other, never at the same time, and must not raise. The log holds the `text` events, nothing
    else: whole lines as a terminal would have shown them at the end. Threads may share one Live; a process that ends
    without `finish` leaves a log that followers know to be over. One folder has one Live.
    """

    def __init__(self, folder: Path, *, limit_bytes: int | None = None, listeners: Sequence[Listener] = ()) -> None:
        super().__init__(folder)
        self.dropped_bytes = 0
        self._left_bytes = limit_bytes
        self._limit_bytes = limit_bytes
        self._listeners = tuple(listeners)
        self._lines = Lines()
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._lock = threading.Lock()
        self._masker: Masker | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self.log.open("ab", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)  # a follower sees by it that the writer lives

    def feed(self, data: bytes) -> None:
        """What the run's pipe gave, cut anywhere: UTF-8, with a replacement character for what is not."""
        with self._lock:
            text = self._decoder.decode(data)
            self._tell(self._lines.feed(text if self._masker is None else self._masker.feed(text)))

    def mask(self, values: Iterable[str]) -> None:
        """Show three stars instead of these values from now on, in the log and to listeners; any thread may ask."""
        from transom.store.masking import Masker  # what most runs never need

        with self._lock:
            self._masker = self._masker or Masker()
            self._masker.add(values)

    def write(self, text: str) -> None:
        """Whole lines of our own, such as a warning; a line that the run has not ended is ended before them."""
        with self._lock:
            self._release()
            self._tell(self._lines.put(self._whole(text)))

    def progress(self, text: str) -> None:
        """Show the state of something of our own, such as the reading of a file: to listeners only; empty ends it."""
        with self._lock:
            self._pass([Event("bar", visible(self._whole(text)))])

    def finish(self) -> None:
        """Nothing more comes: what is open is written, and followers end. Calling it again does nothing."""
        with self._lock:
            if self._file.closed:
                return
            text = self._decoder.decode(b"", final=True)
            self._tell(self._lines.feed(text if self._masker is None else self._masker.feed(text)))
            self._release()
            self._tell(self._lines.finish())
            with contextlib.suppress(OSError):  # the disk is full: followers see that the writer is gone
                (self.folder / _FINISHED).touch()
            self._file.close()

    def _release(self) -> None:
        """Tell what the masker held back: what comes now does not go on with it."""
        if self._masker is not None:
            self._tell(self._lines.feed(self._masker.rest()))

    def _whole(self, text: str) -> str:
        return text if self._masker is None else self._masker.whole(text)

    def _tell(self, events: list[Event]) -> None:
        for kind, text in events:
            event = Event(kind, visible(self._whole(text)))  # again: an escape in it, now gone, may have cut a value
            if self.dropped_bytes:
                self.dropped_bytes += len(event.text.encode()) if event.kind == "text" else 0
            elif event.kind == "text":
                self._log(event)
            else:
                self._pass([event])

    def _log(self, event: Event) -> None:
        content = event.text.encode(errors="replace")
        if self._left_bytes is not None and len(content) > self._left_bytes:
            self._cut(content)
            return
        try:
            self._append(content)
        except OSError as wrong:  # the disk is full: the run goes on, and what it prints is still heard of once
            self.dropped_bytes = len(content)
            event = Event("text", f"[The log ends here: {wrong.strerror}.]\n")
        self._pass([event])

    def _cut(self, content: bytes) -> None:
        """Write what fits of this piece, and say once that the log ends here."""
        fitting = content[: self._left_bytes].decode(errors="ignore")
        self.dropped_bytes = len(content) - len(fitting.encode())
        notice = f"[The log is cut here: {self._limit_bytes:,} bytes are kept (setting log_bytes).]\n"
        if fitting and not fitting.endswith("\n"):
            notice = "\n" + notice
        with contextlib.suppress(OSError):  # the disk is full: listeners hear of it all the same
            self._append((fitting + notice).encode())
        self._pass([Event("text", fitting + notice)])

    def _append(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        if self._left_bytes is not None:
            self._left_bytes -= len(content)

    def _pass(self, events: list[Event]) -> None:
        for event in events:
            for listener in self._listeners:
                listener(event)


def _has_writer(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False
