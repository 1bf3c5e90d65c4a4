"""Errors say the same wherever they are caught, also in another process."""

from __future__ import annotations

import pickle

import pytest

from transom.errors import NotThere, TransomError, Unknown, WrongUse


@pytest.mark.parametrize(
    "error",
    [
        NotThere(path="carz.csv", near="cars.csv"),
        NotThere(path="cars.csv"),
        WrongUse(problem="{No} such thing.", advice="Give another."),
        Unknown(kind="run", name="x", workspace="w", listing="transom runs list", near="y"),
    ],
)
def test_an_error_that_was_pickled_says_the_same(error: TransomError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), again.message, again.remedy) == (str(error), error.message, error.remedy)
    assert again.facts == error.facts
