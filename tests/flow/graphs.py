"""Pipelines as tests think of them: steps by name, with the names of those that give them something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import strategies as st
from tests.flow.components import port

from transom.model.components import Component
from transom.model.pipelines import FromStep, Pipeline, Step

#: As many steps above one as a test needs.
_WIDEST = 12
ANY = Component(
    "any",
    "Any",
    "Takes tables and gives one.",
    "Tables",
    tuple(port(f"in{number}", optional=True) for number in range(_WIDEST)),
    (port("out"),),
)


def pipeline_of(graph: Mapping[str, Iterable[str]]) -> Pipeline:
    """A pipeline whose steps are given something by those that they name."""
    return Pipeline(
        {
            name: Step(ANY, {f"in{number}": FromStep(other, "out") for number, other in enumerate(above)})
            for name, above in graph.items()
        }
    )


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Steps, each below some of those that come before it, written in any order."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 10)))]
    graph = {
        name: draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=4)) if place else []
        for place, name in enumerate(names)
    }
    return {name: graph[name] for name in draw(st.permutations(names))}
