"""What a pipeline is: steps of components, what each is given, and that together they can be executed at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from transom.model.components import Component

#: Values lie in each other at most so deep.
DEEPEST = 30

#: Where in a pipeline something stands: the keys from the top, `("jobs", "clean", "inputs", "dataset1")`.
Place: TypeAlias = tuple[str | int, ...]


class PipelineWrong(ValueError):
    """A pipeline cannot be as it was said: the text is a sentence without its full stop; `near` may be meant.

    `of_name` says that the last key of the place is wrong, not what stands there.
    """

    def __init__(self, place: Place, problem: str, advice: str = "", near: str = "", of_name: bool = False) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem
        self.advice = advice
        self.near = near
        self.of_name = of_name


class InputType(StrEnum):
    """What a pipeline's input or output is, in the words of Azure's pipeline file."""

    FILE = "uri_file"
    FOLDER = "uri_folder"
    TABLE = "mltable"
    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"

    @property
    def is_data(self) -> bool:
        """Whether it is connected to a port, not to a parameter."""
        return self in (InputType.FILE, InputType.FOLDER, InputType.TABLE)


@dataclass(frozen=True, slots=True)
class Data:
    """Data from outside of the pipeline: a path, an address, or `azureml:NAME:VERSION` / `azureml:NAME@latest`.

    `read` are options of how a file is read, as `--read1` takes them.
    """

    path: str
    read: str = ""


@dataclass(frozen=True, slots=True)
class PipelineInput:
    """What a pipeline is given when it is run. `value` is its default: Data for a type of data, else a literal.

    Where it is None, it must be said for each run, unless the input is `optional`.
    """

    type: InputType
    value: Data | str | float | bool | None = None
    description: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class FromInput:
    """A binding to an input of the pipeline: `${{parent.inputs.NAME}}`."""

    name: str

    def __str__(self) -> str:
        return f"${{{{parent.inputs.{self.name}}}}}"


@dataclass(frozen=True, slots=True)
class FromStep:
    """A binding to what another step hands on: `${{parent.jobs.STEP.outputs.PORT}}`."""

    step: str
    port: str

    def __str__(self) -> str:
        return f"${{{{parent.jobs.{self.step}.outputs.{self.port}}}}}"


#: What a port of a step is connected to.
Connected: TypeAlias = FromInput | FromStep | Data


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried altogether, after which kinds of failure (none named: any but a cancelled one), and
    how many seconds lie between two tries.
    """

    attempts: int = 1
    delay: float = 0.0
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A component placed in a pipeline. `parameters` are as they were said: literals, or bindings to inputs.

    `script_shown` is the path of a script that was named by one, whose text is the parameter `script`. `limits` are by
    the names of `model.runs.Limits`. `reuse` None is the component's own way. `title` is what a person calls it.
    """

    component: Component
    inputs: Mapping[str, Connected] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    retry: Retry = Retry()
    reuse: bool | None = None
    force_rerun: bool = False
    script_shown: str = ""
    title: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        """A tuple among the parameters becomes a list, as it would be in a file."""
        object.__setattr__(self, "parameters", {name: _listed(value) for name, value in self.parameters.items()})

    @property
    def above(self) -> tuple[str, ...]:
        """The steps that it is given something by, each once, in the order of its ports."""
        return tuple(dict.fromkeys(each.step for each in self.inputs.values() if isinstance(each, FromStep)))


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What holds for all steps that do not say otherwise."""

    continue_on_step_failure: bool = True
    force_rerun: bool = False
    default_environment: str | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A graph of steps that can be executed: made with anything that cannot be, it raises PipelineWrong.

    `outputs` maps a name to what a step hands on; these results are kept as datasets.
    """

    steps: Mapping[str, Step]
    inputs: Mapping[str, PipelineInput] = field(default_factory=dict)
    outputs: Mapping[str, FromStep] = field(default_factory=dict)
    display_name: str = ""
    description: str = ""
    experiment_name: str = ""
    settings: PipelineSettings = PipelineSettings()

    def __post_init__(self) -> None:
        """Check names, values, bindings, kinds of ports, parameters; that no step waits for itself."""
        from transom.model.pipeline_checks import check

        check(self)

    @property
    def order(self) -> tuple[str, ...]:
        """The names of all steps, each after those that it is given something by; else as they were written."""
        return tuple(self.ordered(set()))

    def below(self, *names: str) -> frozenset[str]:
        """The named steps and all that are given something by them, however far."""
        gives: dict[str, list[str]] = {name: [] for name in self.steps}
        for name, step in self.steps.items():
            for other in step.above:
                gives[other].append(name)
        return frozenset(self._reached(names, gives))

    def above(self, *names: str) -> frozenset[str]:
        """The named steps and all that they are given something by, however far."""
        return frozenset(self._reached(names, {name: step.above for name, step in self.steps.items()}))

    def _reached(self, names: tuple[str, ...], ways: Mapping[str, Sequence[str]]) -> set[str]:
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(ways[name])
        return reached

    def ordered(self, stuck: set[str]) -> Iterator[str]:
        """Steps in their order; those of a cycle, and all below one, are left in `stuck`.

        Kahn's way (A. B. Kahn, Topological sorting of large networks, CACM 5, 1962), of the ready ones the first.
        """
        import heapq

        number = {name: place for place, name in enumerate(self.steps)}
        names = list(self.steps)
        waits = {name: len(step.above) for name, step in self.steps.items()}
        gives: dict[str, list[str]] = {name: [] for name in self.steps}
        for name, step in self.steps.items():
            for other in step.above:
                gives[other].append(name)
        ready = [number[name] for name, count in waits.items() if not count]
        heapq.heapify(ready)
        while ready:
            name = names[heapq.heappop(ready)]
            yield name
            for other in gives[name]:
                waits[other] -= 1
                if not waits[other]:
                    heapq.heappush(ready, number[other])
        stuck.update(name for name, count in waits.items() if count)


def _listed(value: Any, depth: int = 0) -> Any:
    """The value with lists in the place of tuples; what is too deep stays as it is, and is refused later."""
    if depth > DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {key: _listed(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(each, depth + 1) for each in value]
    return value
