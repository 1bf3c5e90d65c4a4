"""Who answers what a script asks of the workspace, and for which run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from transom.model.policies import Network, Policy
from transom.workspace.opening import Workspace
from transom.workspace.questions import QUESTIONS

#: The questions about datasets that lead to other places than the workspace.
_READING = ("dataset/read", "dataset/query", "dataset/gather")

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RunContext:
    """The run that asks. `script` is its path as a person gave it; `inputs` maps each connected port to the id of the
    registered dataset that it is, or None.

    `secrets` are the names of those that it may read where its `policy` keeps the others; the entry `datastore/NAME`
    lets it use a datastore that is not built in. Its `network` is that of its policy unless said.
    """

    run: str
    experiment: str
    created: datetime
    script: str
    inputs: Mapping[str, str | None]
    policy: Policy
    secrets: tuple[str, ...] = ()
    network: Network | None = None

    @property
    def is_kept_apart(self) -> bool:
        """Whether it is given nothing of the person's that was not named for it."""
        return self.policy in (Policy.CONFINED, Policy.STRICT)

    @property
    def reaches_network(self) -> bool:
        """Whether it may reach any server by itself."""
        return (self.network or self.policy.network) is Network.OPEN


@dataclass(frozen=True, slots=True)
class Asking:
    """One run and the workspace that it asks. `issued` are the digests of tables and of file sets that it was given,
    and may register.
    """

    workspace: Workspace
    context: RunContext
    issued: set[tuple[str, str]] = field(default_factory=set)


def answers_of(workspace: Workspace, context: RunContext) -> dict[str, Answer]:
    """The answer to every question of `workspace.questions`, for one run.

    An answer takes the facts of a question and gives JSON, in which contents stand as digests. It raises a
    TransomError for what cannot be answered, and WrongUse for facts that are none.
    """
    asking = Asking(workspace, context)
    return {question: partial(_answered, asking, question) for question in QUESTIONS}


def _answered(asking: Asking, question: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return subject_of(question)[question](asking, facts)


def subject_of(question: str) -> Mapping[str, Callable[[Asking, Mapping[str, Any]], Mapping[str, Any]]]:
    """The answers to all questions about the subject of this one, imported when the first of them is asked."""
    if question in _READING:
        from transom.workspace.answers.reading import ANSWERS

        return ANSWERS
    match question.partition("/")[0]:
        case "dataset":
            from transom.workspace.answers.datasets import ANSWERS
        case "datastore":
            from transom.workspace.answers.datastores import ANSWERS
        case "model":
            from transom.workspace.answers.models import ANSWERS
        case "secret":
            from transom.workspace.answers.secrets import ANSWERS
        case _:
            from transom.workspace.answers.runs import ANSWERS
    return ANSWERS
