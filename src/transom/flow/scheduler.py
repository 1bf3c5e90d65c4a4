"""The only writer of history: what is recorded when a run begins, has ended, or is run by nobody any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from transom.model.runs import FailureKind

if TYPE_CHECKING:
    from transom.model.records import RunBegun, RunEnded, RunRecord


class Recorder(Protocol):
    """Who is told of runs: a history, or a journal that the history will take in; see `store.journal`."""

    def begin(self, begun: RunBegun) -> None:
        """A run begins."""

    def end(self, run: str, ended: RunEnded) -> None:
        """It has ended."""

    def remove(self, runs: list[str]) -> None:
        """Forget runs."""


class History(Recorder, Protocol):
    """What is recorded of runs; see `store.history.History`."""

    def running(self) -> list[RunRecord]:
        """The runs that have begun and not ended."""

    def abandon(self, runs: list[str], kind: FailureKind, message: str) -> None:
        """End runs as failed, with this reason."""


_ABANDONED = "Transom was ended while this run was going on, so nobody knows how the script would have gone on."


class Scheduler:
    """Records what is run. A run of one script is a pipeline of one step.

    `history` is asked for when it is first needed: the database takes a while to load. `recorder` is asked for each
    time that something is recorded; it may be the journal as long as nobody needs the history.
    """

    def __init__(self, history: Callable[[], History], recorder: Callable[[], Recorder] | None = None) -> None:
        self._history = history
        self._recorder = recorder or history

    def begin(self, begun: RunBegun) -> None:
        """Record that a run begins, before anything of it is waited for."""
        self._recorder().begin(begun)

    def end(self, run: str, ended: RunEnded) -> None:
        """Record how it ended, in one transaction."""
        self._recorder().end(run, ended)

    def withdraw(self, run: str) -> None:
        """Forget a run of which nothing was executed."""
        self._recorder().remove([run])

    def settle(self, is_running: Callable[[str], bool]) -> list[str]:
        """End the records of runs that nobody is running any more: whoever ran them was killed. Their ids."""
        left = [record.id for record in self._history().running() if not is_running(record.id)]
        if left:
            self._history().abandon(left, FailureKind.ABANDONED, _ABANDONED)
        return left
