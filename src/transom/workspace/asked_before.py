"""What a script asked of the workspace besides what it was given, and whether it would be answered the same now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from transom.errors import TransomError, Unknown
from transom.model.policies import Policy
from transom.store.blobs import digest_of_pieces
from transom.workspace.opening import Workspace
from transom.workspace.questions import Answer

#: The property of an outcome that tells it.
ASKED = "transom.asked"
#: Questions whose answer is what the workspace knows: it is asked again, and compared.
_KNOWN = frozenset(
    f"{subject}/{verb}" for subject in ("dataset", "model", "datastore", "environment") for verb in ("get", "list")
)
#: Questions that lead to other places, or to what changes by itself.
_ELSEWHERE = {
    **dict.fromkeys(
        ("dataset/read", "dataset/gather", "datastore/names", "datastore/download"), "files of a datastore"
    ),
    "dataset/query": "a database",
    **dict.fromkeys(("run/list", "run/get", "run/file", "experiment/list"), "other runs"),
    **dict.fromkeys(("secret/get", "secret/list"), "a secret"),
}
#: A script that asked more has asked for something that cannot be followed.
_MOST = 200


class Asked:
    """Notes the questions of one job."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], str] = {}
        self._elsewhere = ""

    def noting(self, answers: Mapping[str, Answer]) -> dict[str, Answer]:
        """The same answers; what is asked is noted."""
        return {question: self._noted_answer(question, answer) for question, answer in answers.items()}

    @property
    def properties(self) -> dict[str, str]:
        """What an outcome is to tell of it: nothing where nothing was asked."""
        if self._elsewhere:
            return {ASKED: json.dumps({"elsewhere": self._elsewhere})}
        noted = sorted([*asked, told] for asked, told in self._noted.items())
        return {ASKED: json.dumps({"known": noted})} if noted else {}

    def _noted_answer(self, question: str, answer: Answer) -> Answer:
        if question not in _KNOWN and question not in _ELSEWHERE:
            return answer

        def answered(facts: Mapping[str, Any]) -> Mapping[str, Any]:
            if question in _ELSEWHERE:
                self._elsewhere = _ELSEWHERE[question]
                return answer(facts)
            try:
                told = answer(facts)
            except Unknown:
                self._note(question, facts, None)
                raise
            self._note(question, facts, told)
            return told

        return answered

    def _note(self, question: str, facts: Mapping[str, Any], told: Mapping[str, Any] | None) -> None:
        if len(self._noted) >= _MOST:
            self._elsewhere = f"over {_MOST} things of the workspace"
        else:  # the first answer counts: what came after it may be the script's own doing
            self._noted.setdefault((question, json.dumps(facts, sort_keys=True)), _digest(told))


def changed_since(workspace: Workspace, properties: Mapping[str, str | None]) -> str:
    """Why what a script made cannot be taken again, by what it had asked; empty where it would be answered the same."""
    said = properties.get(ASKED)
    if said is None:
        return ""
    try:
        noted = json.loads(said)
        if "elsewhere" in noted:
            return f"its script read {noted['elsewhere']}, which may have changed"
        return next(filter(None, (_changed(workspace, *each) for each in noted["known"])), "")
    except (ValueError, TypeError, KeyError):  # the script has set that property itself
        return "nobody knows what its script asked"


def _changed(workspace: Workspace, question: str, facts: str, told: str) -> str:
    from transom.workspace.answering import RunContext, answers_of

    asked = json.loads(facts)
    context = RunContext("", "", datetime.now(UTC), "", {}, Policy.OPEN)
    try:
        now = _digest(answers_of(workspace, context)[question](asked))
    except Unknown:
        now = _digest(None)
    except TransomError:
        now = ""
    if now == told:
        return ""
    subject = question.partition("/")[0]
    name = asked.get("name") if isinstance(asked, dict) else None
    return f"the {subject} {name} is another one now" if name else f"there are other {subject}s now"


def _digest(answer: Mapping[str, Any] | None) -> str:
    return digest_of_pieces([json.dumps(answer, sort_keys=True).encode()])
