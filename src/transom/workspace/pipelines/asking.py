"""What a person asks for when they run a pipeline, as one value, and who watches."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.errors import WrongUse
from transom.model.pipelines import Data, InputType, Pipeline, PipelineInput

if TYPE_CHECKING:
    from transom.flow.steps import StepEnd
    from transom.model.policies import Network, Policy
    from transom.store.lines import Event

#: What stands for every step where one is named.
ALL = "all"


class Way(StrEnum):
    """How jobs are executed: by warm processes, each in a new one, or one after the other in the thread that asks."""

    WARM = "warm"
    COLD = "cold"
    INLINE = "inline"


@dataclass(frozen=True, slots=True)
class PipelineRequest:
    """One pipeline to run once. Relative paths in it begin at `folder`; `shown` is what messages call it.

    `values` are what its inputs are given, by name: texts are read as their types ask. `until`, `from_` and `only` name
    the one step up to which, from which on, or which alone is run; `regenerate` names steps of which no earlier outcome
    is taken, `all` is every one. `jobs` is how many steps run at a time (None: one a processor). `file` is
    where the pipeline was read, `said` what a person has to know of the request when the run is over.
    """

    pipeline: Pipeline
    folder: Path
    shown: str
    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    until: str | None = None
    from_: str | None = None
    only: str | None = None
    regenerate: frozenset[str] = frozenset()
    jobs: int | None = None
    way: Way = Way.WARM
    environment: str | None = None
    policy: Policy | None = None
    network: Network | None = None
    secrets: tuple[str, ...] = ()
    allow_read: tuple[Path, ...] = ()
    allow_write: tuple[Path, ...] = ()
    experiment: str | None = None
    file: Path | None = None
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineWatcher:
    """Who wants to know what happens; each may be left out.

    `on_plan(names)` once with all steps, `on_begin(name, attempt)`, `on_text(name, event)` for what a step prints,
    `on_end(end)`, `on_progress(what, done, total)` while data is read, `on_building(stage, detail)` while an
    environment is built.
    """

    on_plan: Callable[[str, tuple[str, ...]], None] = lambda _, __: None
    on_begin: Callable[[str, int], None] = lambda _, __: None
    on_text: Callable[[str, Event], None] = lambda _, __: None
    on_end: Callable[[StepEnd], None] = lambda _: None
    on_progress: Callable[[str, int, int], None] = lambda _, __, ___: None
    on_building: Callable[[str, str], None] = lambda _, __: None


def input_values(pipeline: Pipeline, said: Mapping[str, Any]) -> dict[str, Data | str | float | bool | None]:
    """What every input of a pipeline is given: what was said, else its default. Raises WrongUse."""
    unknown = next((name for name in said if name not in pipeline.inputs), None)
    if unknown is not None:
        from difflib import get_close_matches

        near = get_close_matches(unknown, list(pipeline.inputs), 1)
        has = f"Its inputs are {', '.join(pipeline.inputs)}." if pipeline.inputs else "It has no inputs."
        raise WrongUse(
            problem=f"The pipeline has no input {unknown}.", advice=f"Did you mean {near[0]}? {has}" if near else has
        )
    values = {}
    for name, each in pipeline.inputs.items():
        value = _value(name, each, said[name]) if name in said else each.value
        if value is None and not each.optional:
            raise WrongUse(problem=f"The pipeline's input {name} has no value.", advice=f"Give it: --set {name}=VALUE.")
        values[name] = value
    return values


def _value(name: str, given: PipelineInput, value: Any) -> Data | str | float | bool:
    if given.type.is_data:
        if isinstance(value, Data):
            return value
        if not isinstance(value, (str, os.PathLike)):
            what = "None" if value is None else f"a {type(value).__name__}"
            advice = "Give the path of a file, or azureml:NAME@latest."
            raise WrongUse(problem=f"The input {name} is data, not {what}.", advice=advice)
        if not os.fspath(value):
            raise WrongUse(problem=f"The input {name} is given an empty path.", advice=f"Give --set {name}=PATH.")
        return Data(str(value), given.value.read if isinstance(given.value, Data) else "")
    if given.type is InputType.STRING:
        return str(value)
    if given.type is InputType.BOOLEAN:
        return _boolean(name, value)
    return _number(name, given.type, value)


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise WrongUse(problem=f"The input {name} is true or false, not {value!r}.", advice=f"Give --set {name}=true.")


def _number(name: str, kind: InputType, value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
        if not math.isfinite(number) or (kind is InputType.INTEGER and not number.is_integer()):
            raise ValueError
        return int(value) if kind is InputType.INTEGER else number
    except (TypeError, ValueError, OverflowError):
        what = "a whole number" if kind is InputType.INTEGER else "a number"
        raise WrongUse(problem=f"The input {name} is {what}, not {value!r}.", advice="Give one.") from None
