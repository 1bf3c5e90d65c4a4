"""How contents travel between a job and the workspace: questions and answers name them, files lie beside.

The workspace answers with JSON and digests only, wherever it is; the job has paths only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from transom.engine.exchange_given import GIVEN_NOTE, Given, Giving, make_given, sweep_given
from transom.engine.exchange_handed import Handed
from transom.engine.job_folder import JobFolder
from transom.engine.link import Answer
from transom.errors import NotAllowed, WrongUse
from transom.model.policies import Policy
from transom.model.runs import Limits
from transom.store.blobs import Blobs

__all__ = [
    "GIVEN_NOTE",
    "Exchange",
    "Giving",
    "WorkspaceAnswer",
    "allowed",
    "make_given",
    "sweep_given",
]

#: What the workspace answers to the facts of a question.
WorkspaceAnswer: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]

#: What a script may ask of its workspace under every policy: what it is called.
_HARMLESS = frozenset({"workspace/describe"})
#: What is being answered when the job ends has so long to be done, in seconds; whoever asked is gone.
_SECONDS_TO_END = 2.0


def allowed(answers: Mapping[str, WorkspaceAnswer], policy: Policy) -> Mapping[str, WorkspaceAnswer]:
    """The answers of the workspace that a script gets under a policy: to a strict one nearly all are refused."""
    if policy is not Policy.STRICT:
        return answers

    def refuse(_: Mapping[str, Any]) -> Mapping[str, Any]:
        advice = "Take `--policy confined`, or connect what it needs to its ports."
        raise NotAllowed(what="the workspace", policy=policy, advice=advice)

    return {question: answer if question in _HARMLESS else refuse for question, answer in answers.items()}


class Exchange:
    """What one job hands over, is given and is told in confidence; close it when the job is over."""

    def __init__(
        self, job: JobFolder, blobs: Blobs, giving: Giving, limits: Limits, mask: Callable[[Sequence[str]], None]
    ) -> None:
        """`mask` is told each secret before the job has it: from then on no log may show it."""
        self._handed = Handed(job, blobs, limits, lambda: self._closed)
        self._given = Given(giving, blobs)
        self._mask = mask
        self._secrets: dict[str, None] = {}
        self._closed = False
        self._answering = 0
        self._changed = threading.Condition()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that the job was told."""
        return tuple(self._secrets)

    def answers(self, asked: Mapping[str, WorkspaceAnswer]) -> dict[str, Answer]:
        """The answers of the workspace, as the link gives them.

        Facts come to the workspace with {"digest", "bytes"} for each {"handed": NAME}; an answer goes to the job with
        {"path"} for each content that it names; one that is {"value", "secret": true} goes without the flag.
        """
        return {question: self._answer(answer) for question, answer in asked.items()}

    def close(self) -> None:
        """Give nothing any more, and take away what was given."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._answering, _SECONDS_TO_END)
        self._given.close()

    def _answer(self, asked: WorkspaceAnswer) -> Answer:
        def answer(facts: Mapping[str, Any], _: Callable[[str], None]) -> Mapping[str, Any]:
            with self._going_on():
                return self._given.placed(self._in_confidence(asked(self._handed.taken(facts))))

        return answer

    def _in_confidence(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        if told.get("secret") is not True:
            return told
        value = told.get("value")
        if isinstance(value, str) and value:
            self._mask([value])
            self._secrets[value] = None
        return {name: each for name, each in told.items() if name != "secret"}

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        with self._changed:
            if self._closed:
                raise WrongUse(problem="The job is over.", advice="Ask while the script runs.")
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._changed.notify_all()
