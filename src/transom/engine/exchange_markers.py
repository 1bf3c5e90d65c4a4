"""How a content is named in the facts of a question and in an answer, and what of both is passed on as it is.

`{"handed": NAME}` is a file that the job hands over, `{"content": DIGEST, "name"}` and `{"contents": [{"name",
"digest"}], "name"}` are a file and a folder that are given to it. A digest that a job names itself proves nothing:
whoever has seen one could claim the content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from transom.errors import WrongUse

Marker: TypeAlias = Mapping[str, Any]

_GIVEN = ({"content", "name"}, {"contents", "name"})
#: What a person or a script writes down as it likes: nothing below these names stands for a content.
_FREE = frozenset({"tags", "properties", "metrics"})
#: No question and no answer of ours is as deep.
_DEEPEST = 50


def is_handed(told: Marker) -> bool:
    """Whether an object of a question stands for a content, or claims to."""
    return told.keys() == {"handed"} or "digest" in told


def is_given(told: Marker) -> bool:
    """Whether an object of an answer stands for a content."""
    return told.keys() in _GIVEN


def replaced(
    told: object, is_marker: Callable[[Marker], bool], stand_in: Callable[[Marker], object], depth: int = 0
) -> Any:
    """The same with `stand_in(marker)` for each object that is one. Raises WrongUse for what is too deep."""
    if depth > _DEEPEST:
        raise WrongUse(problem=f"What is asked is over {_DEEPEST} levels deep.", advice="Ask for less at a time.")
    if isinstance(told, Mapping):
        if is_marker(told):
            return stand_in(told)
        return {
            name: value if name in _FREE else replaced(value, is_marker, stand_in, depth + 1)
            for name, value in told.items()
        }
    if isinstance(told, (list, tuple)):
        return [replaced(each, is_marker, stand_in, depth + 1) for each in told]
    return told
