"""How a content is named in the facts of a question and in an answer, and what of both is passed on as it is.

`{"handed": NAME}` is a file that the job hands over, `{"content": DIGEST, "name"}` and `{"contents": [{"name",
"digest"}], "name"}` are a file and a folder that are given to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from transom.errors import WrongUse

Marker: TypeAlias = Mapping[str, Any]

HANDED = (frozenset({"handed"}),)
GIVEN = (frozenset({"content", "name"}), frozenset({"contents", "name"}))
#: What a person or a script writes down as it likes: nothing below these names stands for a content.
_FREE = frozenset({"tags", "properties", "metrics"})
#: No question and no answer of ours is as deep.
_DEEPEST = 50


def replaced(
    told: object, forms: tuple[frozenset[str], ...], stand_in: Callable[[Marker], object], depth: int = 0
) -> Any:
    """The same with `stand_in(marker)` for each object that has exactly the names of one of the forms.

    Raises WrongUse for what is too deep.
    """
    if depth > _DEEPEST:
        raise WrongUse(problem=f"What is asked is over {_DEEPEST} levels deep.", advice="Ask for less at a time.")
    if isinstance(told, Mapping):
        if told.keys() in forms:
            return stand_in(told)
        return {
            name: value if name in _FREE else replaced(value, forms, stand_in, depth + 1)
            for name, value in told.items()
        }
    if isinstance(told, (list, tuple)):
        return [replaced(each, forms, stand_in, depth + 1) for each in told]
    return told
