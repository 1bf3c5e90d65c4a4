"""What keeps a pipeline from being executed, or from being written to a file, whatever its steps would do."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from transom.model.components import REQUIRED, Component, ParameterKind, PortKind, ValueWrong
from transom.model.pipelines import (
    DEEPEST,
    Connected,
    Data,
    FromInput,
    FromStep,
    InputType,
    Pipeline,
    PipelineInput,
    PipelineWrong,
    Place,
    Retry,
    Step,
)
from transom.model.runs import FailureKind, Limits

#: What names a step, an input or an output.
NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
_NAME = re.compile(rf"{NAME[:-1]}\Z")
_LONGEST_NAME = 255
_LONGEST_SHOWN = 60
#: Larger numbers are none to a database, nor to a column of whole numbers.
_LARGEST = 2**63
_ALONE = "A binding stands alone: `${{parent.inputs.NAME}}` or `${{parent.jobs.STEP.outputs.PORT}}`."
_LIMITS = tuple(each.name for each in fields(Limits))
#: What a step can be tried again after.
FAILURES = tuple(kind.value for kind in FailureKind if kind is not FailureKind.CANCELLED)
_WORDS = {PortKind.TABLE: "a table", PortKind.FILES: "files"}
_LITERALS: Mapping[InputType, tuple[type, ...]] = {
    InputType.STRING: (str,),
    InputType.NUMBER: (int, float),
    InputType.INTEGER: (int,),
    InputType.BOOLEAN: (bool,),
}


def check(pipeline: Pipeline) -> None:
    """Raises PipelineWrong for the first thing that is wrong."""
    if not pipeline.steps:
        raise PipelineWrong(("jobs",), "The pipeline has no step", "Name at least one step under `jobs`.")
    for where, names in (("inputs", pipeline.inputs), ("outputs", pipeline.outputs), ("jobs", pipeline.steps)):
        for name in names:
            check_name(where, name)
    for name, given in pipeline.inputs.items():
        _check_given(("inputs", name), given)
    for name, step in pipeline.steps.items():
        _StepCheck(pipeline, name, step).check()
    for name, source in pipeline.outputs.items():
        _source_port(pipeline, ("outputs", name), source)
    _check_order(pipeline)


def check_name(where: str, name: str) -> None:
    """That this can name what is `where`: one of the inputs or outputs, or a step (jobs). Raises PipelineWrong."""
    if not isinstance(name, str) or not _NAME.match(name) or len(name) > _LONGEST_NAME:
        told = repr(name)
        told = told if len(told) <= _LONGEST_SHOWN else f"{told[:_LONGEST_SHOWN]}…"
        raise PipelineWrong(
            (where, name),
            f"{told} cannot name {'a step' if where == 'jobs' else f'one of the {where}'}",
            "Use letters, digits and underscores, the first one no digit.",
            of_name=True,
        )


def _check_given(place: Place, given: PipelineInput) -> None:
    """That the value of an input is of its type."""
    value = given.value
    if value is None:
        return
    if given.type.is_data:
        if not isinstance(value, Data):
            raise PipelineWrong(place, f"{place[-1]} is of the type {given.type}, and {value!r} is no path")
        _check_data(place, value)
        return
    wanted = _LITERALS[given.type]
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise PipelineWrong(place, f"{place[-1]} is of the type {given.type}, and {value!r} is none")
    check_plain(place, value)


def _check_data(place: Place, data: Data) -> None:
    if not data.path or not isinstance(data.path, str):
        raise PipelineWrong(place, f"{place[-1]} has an empty path", "Name a file, a folder, an address or a dataset.")
    check_plain(place, data.path)


def check_plain(place: Place, value: Any, depth: int = 0) -> None:
    """That a value can be written to a file and read again as what it is. Raises PipelineWrong."""
    if depth > DEEPEST:
        raise PipelineWrong(place, f"{place[-1]} holds values in values more than {DEEPEST} deep")
    if isinstance(value, str) and "${{" in value:
        raise PipelineWrong(place, f"{place[-1]} is given a text with `${{{{` in it, which is no binding", _ALONE)
    if isinstance(value, (int, float)) and not abs(value) < _LARGEST:
        raise PipelineWrong(place, f"{place[-1]} holds a number that is too large, or none to count with")
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                raise PipelineWrong(place, f"{place[-1]} has the key {key!r}, which is no text", "Put it into quotes.")
            check_plain(place, key, depth + 1)
            check_plain(place, each, depth + 1)
    elif isinstance(value, (list, tuple)):
        for each in value:
            check_plain(place, each, depth + 1)
    elif value is not None and not isinstance(value, (str, int, float, bool)):
        raise PipelineWrong(
            place,
            f"{place[-1]} is a {type(value).__name__}, which no pipeline file can hold",
            "Give a text, a number, true or false, a list or a mapping.",
        )


def _check_order(pipeline: Pipeline) -> None:
    stuck: set[str] = set()
    for _ in pipeline.ordered(stuck):
        pass
    if not stuck:
        return
    steps = pipeline.steps
    name = next(name for name in steps if name in stuck)
    way = [name]
    while name not in way[:-1]:
        name = next(other for other in steps[name].above if other in stuck)
        way.append(name)
    cycle = way[way.index(name) :][::-1]
    port = next(
        port
        for port, source in steps[cycle[1]].inputs.items()
        if isinstance(source, FromStep) and source.step == cycle[0]
    )
    problem = f"The steps {' -> '.join(cycle)} wait for each other"
    if len(set(cycle)) == 1:
        problem = f"The step {name} waits for itself"
    raise PipelineWrong(("jobs", cycle[1], "inputs", port), problem, "Take one of these connections away.")


@dataclass(frozen=True, slots=True)
class _StepCheck:
    """That one step of a pipeline can be as it was said."""

    pipeline: Pipeline
    name: str
    step: Step

    def check(self) -> None:
        component = self.step.component
        for port, source in self.step.inputs.items():
            self._check_port(port, source)
        missing = next((p for p in component.inputs if not p.optional and p.name not in self.step.inputs), None)
        if missing is not None:
            raise PipelineWrong(
                ("jobs", self.name),
                f"The step {self.name} has nothing at its port {missing.name}",
                f"Add `{missing.name}:` to its inputs.",
                of_name=True,
            )
        self._check_parameters()
        self._check_limits()
        _check_retry(("jobs", self.name, "retry"), self.step.retry)

    def _check_port(self, name: str, source: Connected) -> None:
        place: Place = ("jobs", self.name, "inputs", name)
        port = self.step.component.input(name)
        if port is None:
            component = self.step.component
            raise PipelineWrong(
                place, f"{component.name} has no input {name}", near=near(name, component.names), of_name=True
            )
        if isinstance(source, FromInput):
            self._check_input(place, source, port.kind)
        elif isinstance(source, FromStep):
            kind = _source_port(self.pipeline, place, source)
            if kind is not port.kind:
                raise PipelineWrong(
                    place,
                    f"{source.step} hands on {_WORDS[kind]} at {source.port}, and {name} takes {_WORDS[port.kind]}",
                    f"Connect an output of the kind {port.kind}.",
                )
        else:
            _check_data(place, source)

    def _check_input(self, place: Place, source: FromInput, kind: PortKind | None) -> None:
        given = self.pipeline.inputs.get(source.name)
        if given is None:
            raise PipelineWrong(
                place,
                f"The pipeline has no input {source.name}",
                "Name it under `inputs` at the top.",
                near=near(source.name, self.pipeline.inputs),
            )
        if (kind is not None) == given.type.is_data:
            return
        wanted = "a parameter" if kind is None else "a port"
        advice = "A literal fits there." if kind is None else "A file, a folder or a table fits there."
        if kind is not None and isinstance(given.value, str):
            said = InputType.FILE if kind is PortKind.TABLE else InputType.FOLDER
            advice = f"Write `{source.name}: {{type: {said}, path: {given.value}}}` under `inputs`."
        raise PipelineWrong(
            place,
            f"The pipeline's input {source.name} is of the type {given.type}, and {place[-1]} is {wanted}",
            advice,
        )

    def _check_parameters(self) -> None:
        said = self.step.parameters
        for name, value in said.items():
            place: Place = ("jobs", self.name, "inputs", name)
            if isinstance(value, FromInput):
                self._check_input(place, value, None)
            elif isinstance(value, (FromStep, Data)):
                raise PipelineWrong(place, f"{name} is a parameter, and no table or file can be connected to it")
            elif not self._is_code(name, value):
                check_plain(place, value)
        if self.step.script_shown and not isinstance(said.get("script"), str):
            raise PipelineWrong(("jobs", self.name), f"The step {self.name} has the path of a script, but not its text")
        self._check_values({name: self._now(value) for name, value in said.items()})

    def _is_code(self, name: str, value: Any) -> bool:
        """Whether it is a text in a language of its own, in which `${{` means what it means there."""
        parameter = self.step.component.parameter(name)
        is_code = parameter is not None and parameter.kind is ParameterKind.CODE and isinstance(value, str)
        return is_code and not value.strip().startswith("${{")

    def _check_values(self, now: Mapping[str, Any]) -> None:
        try:
            self.step.component.checked({name: value for name, value in now.items() if value is not REQUIRED})
        except ValueWrong as wrong:
            if now.get(wrong.parameter) is not REQUIRED:  # else it is said when the pipeline is run
                raise self._value_wrong(wrong, wrong.parameter in now) from None

    def _value_wrong(self, wrong: ValueWrong, is_said: bool) -> PipelineWrong:
        name, component = wrong.parameter, self.step.component
        if not is_said:
            problem, advice = f"{name} of the step {self.name} {wrong.reason}", f"Add `{name}:` to its inputs."
            return PipelineWrong(("jobs", self.name), problem, advice, of_name=True)
        place: Place = ("jobs", self.name, "inputs", name)
        parameter = component.parameter(name)
        if parameter is None:
            return PipelineWrong(place, f"{name} {wrong.reason}", near=near(name, component.names), of_name=True)
        return PipelineWrong(place, f"{name} {wrong.reason}", near=near(wrong.near, parameter.choices))

    def _now(self, value: Any) -> Any:
        """The value as far as it is known before a run."""
        if not isinstance(value, FromInput):
            return value
        known = self.pipeline.inputs[value.name].value
        return REQUIRED if known is None else known

    def _check_limits(self) -> None:
        for name, value in self.step.limits.items():
            place: Place = ("jobs", self.name, "limits", name)
            if name not in _LIMITS:
                known = f"The limits are {', '.join(_LIMITS)}."
                raise PipelineWrong(place, f"There is no limit {name}", known, near=near(name, _LIMITS), of_name=True)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not (0 < value < _LARGEST or value == math.inf):
                raise PipelineWrong(place, f"The limit {name} is {value!r}, and must be a number above 0")


def _check_retry(place: Place, retry: Retry) -> None:
    if isinstance(retry.attempts, bool) or not isinstance(retry.attempts, int) or retry.attempts < 1:
        raise PipelineWrong((*place, "attempts"), f"attempts is {retry.attempts!r}, and must be a number from 1")
    delay = retry.delay
    if isinstance(delay, bool) or not isinstance(delay, (int, float)) or not 0 <= delay < math.inf:
        raise PipelineWrong((*place, "delay"), f"delay is {delay!r}, and must be a number of seconds from 0")
    for kind in retry.kinds:
        if kind not in FAILURES:
            advice = f"What can be named is {', '.join(FAILURES)}."
            raise PipelineWrong(
                (*place, "on"), f"{kind!r} is no kind of failure", advice, near=near(str(kind), FAILURES)
            )


def _source_port(pipeline: Pipeline, place: Place, source: FromStep) -> PortKind:
    """The kind of what another step hands on."""
    step = pipeline.steps.get(source.step)
    if step is None:
        raise PipelineWrong(place, f"There is no step {source.step}", near=near(source.step, pipeline.steps))
    port = step.component.output(source.port)
    if port is None:
        raise _no_port(place, source, step.component)
    return port.kind


def _no_port(place: Place, source: FromStep, component: Component) -> PipelineWrong:
    names = [port.name for port in component.outputs]
    has = f"it hands on {', '.join(names)}" if names else "it hands on nothing"
    return PipelineWrong(
        place, f"{source.step} ({component.name}) has no output {source.port}; {has}", near=near(source.port, names)
    )


def near(name: str, names: Collection[str]) -> str:
    """The one of the names that is nearly this one; empty where none is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name[:_LONGEST_NAME], list(names), 1)), "")
