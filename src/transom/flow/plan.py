"""Which steps of a pipeline start, which can never start, and whether all is over: decided from what has ended so far.

Nothing here has a clock, a thread or a file: whoever asks tells what has happened, and is told what follows from it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field

from transom.model.pipelines import Pipeline
from transom.model.step_records import GOOD


@dataclass(frozen=True, slots=True)
class Selection:
    """Which steps of a pipeline are wanted.

    `until` wants what leads to a step, and the step; `from_` a step and all that is below it; `only` one step alone.
    What is above a wanted step and not wanted itself is `given`: it must have been made before.
    """

    until: str | None = None
    from_: str | None = None
    only: str | None = None

    def wanted(self, pipeline: Pipeline) -> frozenset[str]:
        """The steps that are to be executed, or reused."""
        if self.only is not None:
            return frozenset({self.only})
        wanted = frozenset(pipeline.steps)
        if self.until is not None:
            wanted &= pipeline.above(self.until)
        if self.from_ is not None:
            wanted &= pipeline.below(self.from_)
        return wanted

    def given(self, pipeline: Pipeline) -> frozenset[str]:
        """The steps that are not wanted, and whose earlier outcomes are what wanted ones are handed."""
        wanted = self.wanted(pipeline)
        return pipeline.above(*wanted) - wanted if wanted else frozenset()


@dataclass(slots=True)
class Plan:
    """The state of one run of a pipeline: each step of `names` is told of once, when all above it have ended well.

    Of steps that could start at the same time that one is first which has the longest way below it, then the one that
    was written first: the end of the run waits for the longest way. With `go_on` (Azure's continue_on_step_failure) a
    failure stops what is below it; without it, nothing else starts. All that is asked of a plan in a whole run takes
    time in proportion to its steps and bindings.
    """

    pipeline: Pipeline
    names: frozenset[str]
    go_on: bool = True
    _order: list[str] = field(init=False)
    _waits: dict[str, int] = field(init=False)
    _gives: dict[str, list[str]] = field(init=False)
    _rank: dict[str, tuple[int, int]] = field(init=False)
    _startable: list[tuple[tuple[int, int], str]] = field(init=False)
    _open: set[str] = field(init=False)
    _told: set[str] = field(init=False)

    def __post_init__(self) -> None:
        """Count what each step waits for."""
        steps = self.pipeline.steps
        self._order = [name for name in self.pipeline.order if name in self.names]
        self._gives = {name: [] for name in self._order}
        self._waits = {}
        for name in self._order:
            above = [other for other in steps[name].above if other in self.names]
            self._waits[name] = len(above)
            for other in above:
                self._gives[other].append(name)
        self._rank = self._ranked()
        self._open = set(self.names)
        self._told = set()
        self._startable = [(self._rank[name], name) for name in self._order if not self._waits[name]]
        heapq.heapify(self._startable)

    def _ranked(self) -> dict[str, tuple[int, int]]:
        """The longest way below each step (negative, so that the longest is first), and its place."""
        ways: dict[str, int] = {}
        for name in reversed(self._order):
            ways[name] = 1 + max((ways[other] for other in self._gives[name]), default=0)
        places = {name: place for place, name in enumerate(self.pipeline.steps)}
        return {name: (-ways[name], places[name]) for name in self._order}

    def ready(self) -> list[str]:
        """The steps that can start now and were not told of yet, the most urgent first."""
        ready = []
        while self._startable:
            _, name = heapq.heappop(self._startable)
            if name in self._open:
                ready.append(name)
                self._told.add(name)
        return ready

    def urgency(self, name: str) -> tuple[int, int]:
        """What tells which of two steps is first: the smaller."""
        return self._rank[name]

    def ended(self, name: str, state: str, executed: Container[str] | None = None) -> list[tuple[str, str]]:
        """A step has ended so; the steps that can never start because of it, each with the reason in words.

        `executed` are those that are executed now, and so come to an end of their own; None stands for all that were
        told of. A step that has ended, or is none of `names`, changes nothing.
        """
        if name not in self._open:
            return []
        self._open.discard(name)
        if state in GOOD:
            self._release(name)
            return []
        going_on = self._told if executed is None else executed
        skipped = self._below(name) if self.go_on else [each for each in self.left() if each not in going_on]
        self._open.difference_update(skipped)
        why = f"the step {name} was stopped" if state == "stopped" else f"the step {name} failed"
        return [(other, why) for other in skipped]

    def left(self) -> list[str]:
        """The steps that have not ended, in their order."""
        return [name for name in self._order if name in self._open] if self._open else []

    @property
    def is_over(self) -> bool:
        """Whether every step has ended."""
        return not self._open

    def _release(self, name: str) -> None:
        for other in self._gives[name]:
            self._waits[other] -= 1
            if not self._waits[other] and other in self._open:
                heapq.heappush(self._startable, (self._rank[other], other))

    def _below(self, name: str) -> list[str]:
        """The open steps below one, the nearest first. Below one that was skipped all were: each is met once a run."""
        found: dict[str, None] = {}
        waiting = deque([name])
        while waiting:
            for other in self._gives[waiting.popleft()]:
                if other in self._open and other not in found:
                    found[other] = None
                    waiting.append(other)
        return list(found)
