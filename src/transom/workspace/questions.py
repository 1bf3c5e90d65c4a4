"""Which questions a script may ask of the workspace; who answers them is imported when one is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]

QUESTIONS = (
    "workspace/describe",
    *(f"dataset/{verb}" for verb in ("get", "by_id", "list", "open", "register", "update", "read", "query", "gather")),
    *(f"datastore/{verb}" for verb in ("get", "list", "upload", "names", "download")),
    *(f"model/{verb}" for verb in ("get", "list", "open", "register", "update")),
    *(f"run/{verb}" for verb in ("list", "get", "file")),
    *("experiment/list", "secret/get", "secret/list", "environment/get", "environment/list"),
)


def on_demand(load: Callable[[], Mapping[str, Answer]]) -> dict[str, Answer]:
    """An answer for every question; `load` is called when the first one is asked."""

    def answer_to(question: str) -> Answer:
        def answer(facts: Mapping[str, Any]) -> Mapping[str, Any]:
            return load()[question](facts)

        return answer

    return {question: answer_to(question) for question in QUESTIONS}
