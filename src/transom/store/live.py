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
_AT_ONCE = b"at once\n"
_FINISHED = "finished"
_PIECE_BYTES = 1 << 20


class LiveView:
    """A run as others see it, from any process: its log so far, and the flag that asks it to stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / LOG

    def ask_to_stop(self, *, at_once: bool = False) -> None:
        """Set the flag that the run's engine looks at; asking twice is asking once. `at_once` leaves no more time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / _STOP).open("ab") as flag:
            flag.write(_AT_ONCE if at_once else b"")

    def stop_asked(self) -> bool:
        """Whether somebody asked the run to stop."""
        return (self.folder / _STOP).exists()

    def stop_asked_at_once(self) -> bool:
        """Whether somebody asked the run to stop without any time to end."""
        try:
            return bool((self.folder / _STOP).read_bytes())
        except FileNotFoundError:
            return False

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
        self._masked: _Masked | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._file = self.log.open("ab", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)  # a follower sees by it that the writer lives

    def mask(self, values: Iterable[str]) -> None:
        """From now on show three stars instead of these values, in the log and to listeners; any thread may ask.

        `store.masking` tells in which forms they are found. What could be the beginning of one is held back until it is
        known what follows.
        """
        from transom.store.masking import Masker  # what most runs never need

        with self._lock:
            self._masked = self._masked or _Masked(Masker())
            self._masked.masker.add(values)

    def feed(self, data: bytes) -> None:
        """What the run's pipe gave, cut anywhere: UTF-8, with a replacement character for what is not."""
        with self._lock:
            self._tell(self._lines.feed(self._decoder.decode(data)))

    def write(self, text: str) -> None:
        """Whole lines of our own, such as a warning; a line that the run has not ended is ended before them."""
        with self._lock:
            self._tell(self._lines.put(text))

    def progress(self, text: str) -> None:
        """Show the state of something of our own, such as the reading of a file: to listeners only; empty ends it."""
        with self._lock:
            shown = text if self._masked is None else self._masked.apart(text)
            self._pass([Event("bar", visible(shown))])

    def finish(self) -> None:
        """Nothing more comes: what is open is written, and followers end. Calling it again does nothing."""
        with self._lock:
            if self._file.closed:
                return
            self._tell(self._lines.feed(self._decoder.decode(b"", final=True)))
            self._tell(self._lines.finish())
            if self._masked is not None:
                self._show(self._masked.rest())
            with contextlib.suppress(OSError):  # the disk is full: followers see that the writer is gone
                (self.folder / _FINISHED).touch()
            self._file.close()

    def _tell(self, events: list[Event]) -> None:
        # Masked only now: what a terminal is told of colours and moves would cut a value in parts before.
        self._show(events if self._masked is None or self.dropped_bytes else self._masked.shown(events))

    def _show(self, events: list[Event]) -> None:
        for kind, text in events:
            event = Event(kind, visible(text))
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


class _Masked:
    """The events of a run without the values of its secrets."""

    def __init__(self, masker: Masker) -> None:
        self.masker = masker
        self._bar: str | None = None  # what listeners see below the log now, if that is known

    def shown(self, events: list[Event]) -> list[Event]:
        """These events as they may be seen: text that is held back is missing, or shown as what may still change."""
        if not events:
            return []
        shown = []
        for kind, text in events:
            told = self.masker.feed(text) if kind == "text" else ""
            if told:
                shown.append(Event("text", told))
                self._bar = ""
        bar = self.masker.ahead(events[-1].text if events[-1].kind == "bar" else "")
        if bar != self._bar:
            shown.append(Event("bar", bar))
            self._bar = bar
        return shown

    def apart(self, text: str) -> str:
        """A text that takes the bar's place and does not belong to what the run prints."""
        self._bar = None
        return self.masker.whole(text)

    def rest(self) -> list[Event]:
        """What is still held back, at the end."""
        text = self.masker.rest()
        return [Event("text", text)] if text else []


def _has_writer(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False
