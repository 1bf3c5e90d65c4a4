"""Pipelines from Python: built in code or read from a file, which are equal then, run, and written as that file."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from transom.errors import TransomError, WrongUse
from transom.flow.file import PipelineFile, pipeline_from, read_pipeline
from transom.flow.file_problems import PipelineInvalid
from transom.flow.file_written import written
from transom.model.pipelines import Data, FromInput, FromStep
from transom.model.pipelines import Pipeline as Value
from transom.model.policies import Network, Policy
from transom.settings import load
from transom.workspace.pipelines.asking import PipelineRequest, Way
from transom.workspace.pipelines.files import check_steps, lies_in, named_by, written_to
from transom.workspace.pipelines.in_code import as_yaml, check_value
from transom.workspace.pipelines.telling import PipelineResult

if TYPE_CHECKING:
    from transom.workspace.library import Session

__all__ = ["Pipeline", "PlacedStep"]

_File: TypeAlias = str | os.PathLike[str]
#: What a pipeline in code calls itself in messages.
_NAMELESS = "pipeline.yml"


class PlacedStep:
    """A step of a pipeline in code. What it hands on is an attribute of it: `clean.result_dataset`."""

    def __init__(self, name: str, outputs: Sequence[str]) -> None:
        self.name = name
        self._outputs = tuple(outputs)

    def __getattr__(self, port: str) -> FromStep:
        if port.startswith("_") or port not in self._outputs:
            raise AttributeError(f"the step {self.name} hands on {', '.join(self._outputs) or 'nothing'}, not {port}")
        return FromStep(self.name, port)

    def __dir__(self) -> list[str]:
        return ["name", *self._outputs]

    def __repr__(self) -> str:
        return f"<step {self.name}>"


class Pipeline:
    """A pipeline. Made step by step:

        pipeline = transom.Pipeline("Car prices")
        cars = pipeline.input("cars", path="cars.csv")
        clean = pipeline.step("clean", "execute_python_script", dataset1=cars, script="clean.py")
        halves = pipeline.step("halves", "split_data", dataset=clean.result_dataset, fraction=0.7)
        pipeline.output("train", halves.results_dataset1)
        pipeline.run().outputs["train"]

    or read from a file: `transom.Pipeline.read("pipeline.yml")`. Relative paths begin at `folder`, the current one
    where none is given.
    """

    def __init__(
        self,
        display_name: str = "",
        *,
        description: str = "",
        experiment_name: str = "",
        folder: _File | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """`settings` are those of a pipeline file: continue_on_step_failure, force_rerun, default_environment."""
        self.folder = Path.cwd() if folder is None else Path(folder).absolute()
        self._shown = _NAMELESS
        said = {"display_name": display_name, "description": description, "experiment_name": experiment_name}
        self._document: dict[str, Any] = {"type": "pipeline", **{key: text for key, text in said.items() if text}}
        if settings:
            self._document["settings"] = dict(settings)
        self._read: Value | None = None
        self._written: tuple[Value, str] | None = None

    @classmethod
    def read(cls, path: _File) -> Pipeline:
        """The pipeline of a file. Raises NotThere, and PipelineInvalid with line and column."""
        return cls._of(read_pipeline(Path(path)))

    @classmethod
    def parse(cls, text: str, folder: _File | None = None) -> Pipeline:
        """The pipeline of a text as a file holds it. Raises PipelineInvalid with line and column."""
        place = Path.cwd() if folder is None else Path(folder).absolute()
        return cls._of(pipeline_from(text, place / _NAMELESS))

    @classmethod
    def _of(cls, file: PipelineFile) -> Pipeline:
        made = cls(folder=file.path.absolute().parent)
        made._shown, made._read = str(file.path), file.pipeline
        made._document = {}
        return made

    @property
    def value(self) -> Value:
        """The pipeline as a value that has been checked whole. Raises WrongUse for what cannot be executed."""
        if self._read is None:
            self._read = self._made()
        return self._read

    def _made(self) -> Value:
        text = as_yaml(self._document)
        try:
            return pipeline_from(text, self.folder / _NAMELESS).pipeline
        except PipelineInvalid as wrong:
            first = wrong.problems[0]
            raise WrongUse(problem=f"{first.text}.", advice=first.remedy or "See docs/pipelines.md.") from None

    def input(  # noqa: PLR0913 (each is one thing that a person may want to say)
        self,
        name: str,
        default: str | float | bool | None = None,
        *,
        path: _File | None = None,
        type: str | None = None,
        read: str = "",
        description: str = "",
        optional: bool = False,
    ) -> FromInput:
        """An input of the pipeline: data with a `path`, or a value with a `default`; to be given where it has none."""
        kind = type or ("uri_file" if path is not None else None)
        told: dict[str, Any] = {
            "type": kind,
            "description": description or None,
            "optional": optional or None,
            "read": read or None,
        }
        told |= {"path": None if path is None else os.fspath(path), "default": default}
        self._section("inputs")[name] = {key: value for key, value in told.items() if value is not None}
        return FromInput(name)

    def step(  # noqa: PLR0913 (each is one thing that a person may want to say)
        self,
        name: str,
        component: str,
        *,
        environment: str | None = None,
        limits: Mapping[str, Any] | None = None,
        retry: Mapping[str, Any] | None = None,
        reuse: bool | None = None,
        display_name: str | None = None,
        **inputs: Any,
    ) -> PlacedStep:
        """Place a step. `component` is a name, or the folder of a component of one's own (`./scale`).

        `inputs` are its ports and parameters: what an input or another step gives, a path or a value. Raises WrongUse.
        """
        from transom.flow.component_file import component_at, is_reference
        from transom.flow.file import own_catalog

        if name in self._section("jobs"):
            raise WrongUse(problem=f"There is a step {name} already.", advice="Give this one another name.")
        catalog = own_catalog()
        found = component_at(component, self.folder) if is_reference(component) else catalog.find(component)
        if found is None:
            raise WrongUse(
                problem=f"There is no component {component}.",
                advice=f"There are {', '.join(catalog.names())}, and folders of yours (`./scale`).",
            )
        told: dict[str, Any] = {"component": component, "inputs": {key: _said(each) for key, each in inputs.items()}}
        lifted = limits and {key: "none" if value == math.inf else value for key, value in dict(limits).items()}
        told |= {"environment": environment, "limits": lifted, "retry": retry and dict(retry)}
        told |= {"reuse": reuse, "display_name": display_name}
        self._section("jobs")[name] = {key: value for key, value in told.items() if value is not None}
        return PlacedStep(name, [port.name for port in found.outputs])

    def output(self, name: str, source: FromStep) -> None:
        """Keep what a step hands on as a dataset of this name."""
        self._section("outputs")[name] = str(source)

    def _section(self, name: str) -> dict[str, Any]:
        if not self._document:
            problem = "A pipeline that was read from a file is as that file says."
            raise WrongUse(problem=problem, advice="Change the file, or build one.")
        self._read = None
        section: dict[str, Any] = self._document.setdefault(name, {})
        return section

    def run(  # noqa: PLR0913 (each is one thing that a person may want to say)
        self,
        session: Session | None = None,
        *,
        until: str | None = None,
        from_: str | None = None,
        only: str | None = None,
        regenerate: Sequence[str] = (),
        jobs: int | None = None,
        way: str = "warm",
        environment: str | None = None,
        policy: str | None = None,
        network: str | None = None,
        secrets: Sequence[str] = (),
        **inputs: Any,
    ) -> PipelineResult:
        """Run it once; `inputs` are values of its inputs by name, paths for data. A `session` lends its warm processes.

        What goes wrong in a step is told in the result. Raises WrongUse for what cannot be run at all, and
        KeyboardInterrupt where Ctrl-C stopped it.
        """
        from transom.workspace.pipelines.running import PipelineRunner

        for name, value in inputs.items():
            check_value(f"the input {name}", value)
        request = PipelineRequest(
            self.value,
            self.folder,
            self._shown,
            self.text,
            {name: value if isinstance(value, Data) else _plain(value) for name, value in inputs.items()},
            until=until,
            from_=from_,
            only=only,
            regenerate=frozenset(regenerate),
            jobs=jobs,
            way=_one_of("way", way, Way),
            environment=environment,
            policy=None if policy is None else _one_of("policy", policy, Policy),
            network=None if network is None else _one_of("network", network, Network),
            secrets=tuple(secrets),
        )
        check_steps(self.value, request)
        runner = PipelineRunner(load()) if session is None else session.pipelines
        result = runner.run(request)
        if result.status == "cancelled":
            raise KeyboardInterrupt
        return result

    def write(self, path: _File) -> None:
        """Write it as a pipeline file. Raises ResultUnwritable, also for what it is made of, such as a script."""
        made_of = (each for each in named_by(self.value, self.folder) if not lies_in(self.folder, each))
        written_to(os.fspath(path), self.text, made_of)

    @property
    def text(self) -> str:
        """It as a pipeline file holds it."""
        value = self.value
        if self._written is None or self._written[0] is not value:
            self._written = (value, written(value))
        return self._written[1]

    def __eq__(self, other: object) -> bool:
        return self.value == other.value if isinstance(other, Pipeline) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        try:
            return f"<Pipeline {self.value.display_name!r}: {', '.join(self.value.order)}>"
        except TransomError as wrong:
            return f"<Pipeline, not complete: {wrong.message}>"


def _said(value: Any) -> Any:
    """What stands in a pipeline file for what was given to a step in code."""
    if isinstance(value, (FromInput, FromStep)):
        return str(value)
    if isinstance(value, Data):
        return {"type": "uri_file", "path": value.path, **({"read": value.read} if value.read else {})}
    return _plain(value)


def _plain(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _one_of(what: str, name: str, kinds: Any) -> Any:
    try:
        return kinds(name)
    except ValueError:
        known = ", ".join(kinds)
        raise WrongUse(problem=f"There is no {what} {name!r}.", advice=f"Take one of these: {known}.") from None
