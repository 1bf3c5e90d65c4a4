"""Pipelines from Python: built in code or read from a file, which are equal then, run, and written as that file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from transom.errors import ResultUnwritable, TransomError, WrongUse
from transom.flow.file import PipelineFile, pipeline_from, read_pipeline
from transom.flow.file_problems import PipelineInvalid
from transom.flow.file_written import written
from transom.flow.rebasing import Ambiguous, rebased
from transom.model.pipeline_checks import near
from transom.model.pipelines import FromInput, FromStep
from transom.model.pipelines import Pipeline as Value
from transom.model.policies import Network, Policy
from transom.settings import load
from transom.workspace.pipelines.asking import PipelineRequest, Way, input_values
from transom.workspace.pipelines.files import bounds_of, check_steps, lies_in, named_by, written_to
from transom.workspace.pipelines.given import given_values
from transom.workspace.pipelines.in_code import (
    as_yaml,
    in_python,
    limits_said,
    mapping_said,
    names_said,
    said,
    text_said,
    told_of,
)
from transom.workspace.pipelines.telling import PipelineResult

if TYPE_CHECKING:
    from transom.model.components import Component
    from transom.model.runs import Limits
    from transom.workspace.library import Paths, Session
    from transom.workspace.pipelines.running import PipelineRunner

__all__ = ["Pipeline", "PlacedStep"]

_File: TypeAlias = str | os.PathLike[str]
#: What a pipeline in code calls itself in messages.
_NAMELESS = "pipeline.yml"
_STANDARD_OUTPUT = "-"
_KINDS = {"inputs": "an input", "jobs": "a step", "outputs": "an output"}


class PlacedStep:
    """A step of a pipeline in code. What it hands on is an attribute of it: `clean.result_dataset`."""

    def __init__(self, name: str, outputs: Sequence[str]) -> None:
        self.name = name
        self._outputs = tuple(outputs)

    def __getattr__(self, port: str) -> FromStep:
        if port.startswith("_") or port not in self._outputs:
            meant = "" if port.startswith("_") else near(port, self._outputs)
            meant = f"; did you mean {meant}?" if meant else ""
            hands = ", ".join(self._outputs) or "nothing"
            raise AttributeError(f"the step {self.name} hands on {hands}, not {port}{meant}")
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
        texts = {"display_name": display_name, "description": description, "experiment_name": experiment_name}
        self._document: dict[str, Any] = {"type": "pipeline"}
        self._document |= {key: text_said(f"The {key} of the pipeline", text) for key, text in texts.items() if text}
        if settings:
            self._document["settings"] = mapping_said("the settings of the pipeline", settings)
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
            raise told_of(wrong, text) from None

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
        """An input of the pipeline: data with a `path`, or a value with a `default`; to be given where it has none.

        Raises WrongUse for a name that another input has, and for what is no value.
        """
        kind = type or ("uri_file" if path is not None else None)
        told: dict[str, Any] = {
            "type": kind,
            "description": description or None,
            "optional": optional or None,
            "read": read or None,
        }
        told |= {"path": path, "default": default}
        what = f"the input {name}"
        self._add("inputs", name, {key: said(what, value) for key, value in told.items() if value is not None})
        return FromInput(name)

    def step(  # noqa: PLR0913 (each is one thing that a person may want to say)
        self,
        name: str,
        component: str,
        *,
        environment: str | None = None,
        limits: Mapping[str, Any] | Limits | None = None,
        retry: Mapping[str, Any] | None = None,
        reuse: bool | None = None,
        display_name: str | None = None,
        **inputs: Any,
    ) -> PlacedStep:
        """Place a step. `component` is a name, or the folder of a component of one's own (`./scale`).

        `inputs` are its ports and parameters: what an input or another step gives, a path or a value. Raises WrongUse.
        """
        found = self._component(component)
        what = f"the step {name}"
        told: dict[str, Any] = {
            "component": component,
            "inputs": {key: _given(name, key, each) for key, each in inputs.items()},
            "environment": text_said(f"The environment of {what}", environment),
            "limits": limits_said(f"the limits of {what}", limits),
            "retry": None if retry is None else mapping_said(f"the wishes for a retry of {what}", retry),
            "reuse": said(f"reuse of {what}", reuse),
            "display_name": text_said(f"The display_name of {what}", display_name),
        }
        self._add("jobs", name, {key: value for key, value in told.items() if value is not None})
        return PlacedStep(name, [port.name for port in found.outputs])

    def _component(self, name: str) -> Component:
        from transom.flow.component_file import component_at, is_reference
        from transom.flow.file import own_catalog

        text_said("A component", name)
        catalog = own_catalog()
        found = component_at(name, self.folder) if is_reference(name) else catalog.find(name)
        if found is None:
            meant = near(name, [*catalog.names()])
            known = f"There are {', '.join(catalog.names())}, and folders of yours (`./scale`)."
            advice = f"Did you mean {meant}? {known}" if meant else known
            raise WrongUse(problem=f"There is no component {name}.", advice=advice)
        return found

    def output(self, name: str, source: FromStep) -> None:
        """Keep what a step hands on as a dataset of this name. Raises WrongUse for a name that another output has."""
        if isinstance(source, PlacedStep):
            raise _no_port(f"The output {name}", source)
        if not isinstance(source, FromStep):
            problem = f"The output {name} is what a step hands on, not {source!r:.60}."
            raise WrongUse(problem=problem, advice="Give `STEP.PORT`, such as `clean.result_dataset`.")
        self._add("outputs", name, str(source))

    def _add(self, section: str, name: str, what: Any) -> None:
        """Take up an input, a step or an output. Raises WrongUse where there is one of that name."""
        kind = _KINDS[section]
        text_said(f"The name of {kind}", name)
        if name in self._section(section):
            raise WrongUse(problem=f"There is {kind} {name} already.", advice="Give this one another name.")
        self._section(section)[name] = what

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
        allow_read: Paths = (),
        allow_write: Paths = (),
        experiment: str | None = None,
        **inputs: Any,
    ) -> PipelineResult:
        """Run it once; `inputs` are values of its inputs by name. A `session` lends its warm processes, and says what
        environment, policy and network are unless they are named here.

        Data is given as a path, a pandas.DataFrame, a pyarrow.Table or a table of another result. What goes wrong in a
        step is told in the result. Raises WrongUse for what cannot be run at all, and KeyboardInterrupt where Ctrl-C
        stopped it.
        """
        runner = _runner(session)
        request = PipelineRequest(
            self.value,
            self.folder,
            self._shown,
            self.text,
            until=text_said("until", until),
            from_=text_said("from_", from_),
            only=text_said("only", only),
            regenerate=frozenset(names_said("The steps to regenerate", regenerate)),
            jobs=_jobs(jobs),
            way=_one_of("way", way, Way),
            environment=text_said("The environment", environment) or (session.environment if session else None),
            policy=(session.policy if session else None) if policy is None else _one_of("policy", policy, Policy),
            network=(session.network if session else None) if network is None else _one_of("network", network, Network),
            secrets=names_said("The secrets", secrets),
            allow_read=_paths(allow_read),
            allow_write=_paths(allow_write),
            experiment=text_said("The experiment", experiment),
        )
        try:
            check_steps(self.value, request)
            _check_surroundings(request, runner)
            given = given_values(self.value, inputs, runner.workspace)
            input_values(self.value, given.values)
        except WrongUse as wrong:
            raise in_python(wrong) from None
        result = runner.run(replace(request, values=given.values, said=given.said))
        if result.status == "cancelled":
            raise KeyboardInterrupt
        return result

    def write(self, path: _File) -> None:
        """Write it as a pipeline file; relative paths in it begin at the folder of that file.

        Raises ResultUnwritable, also for what it is made of, such as a script.
        """
        made_of = (each for each in named_by(self.value, self.folder) if not lies_in(self.folder, each))
        text, place = self.text, os.fspath(path)
        if place != _STANDARD_OUTPUT:
            try:
                moved = rebased(self.value, self.folder, Path(place).absolute().parent)
            except Ambiguous as name:
                raise ResultUnwritable(
                    path=path,
                    reason=f"its input {name} is a path for one step, and something else for another",
                    advice=f"Write it into the folder {self.folder}, or make two inputs of it.",
                ) from None
            except ValueError as wrong:  # a null byte
                raise ResultUnwritable(path=path, reason=str(wrong)) from None
            text = self.text if moved is self.value else written(moved)
        written_to(place, text, made_of)

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


def _given(step: str, name: str, value: Any) -> Any:
    """What stands in a pipeline file for what a port or a parameter of a step is given."""
    if isinstance(value, PlacedStep):
        raise _no_port(f"{name} of the step {step}", value)
    return said(f"{name} of the step {step}", value)


def _no_port(where: str, given: PlacedStep) -> WrongUse:
    ports = [f"`{given.name}.{port}`" for port in given._outputs]
    advice = f"Give {' or '.join(ports)}." if ports else "It hands on nothing."
    problem = f"{where} is given the step {given.name}, not what that hands on."
    return WrongUse(problem=problem, advice=advice)


def _runner(session: Session | None) -> PipelineRunner:
    """Who runs it: a session's, or one of its own."""
    from transom.workspace.library import Session
    from transom.workspace.pipelines.running import PipelineRunner

    if session is None:
        return PipelineRunner(load())
    if not isinstance(session, Session):
        problem = f"A pipeline is run in a transom.Session, not in a {type(session).__name__}."
        raise WrongUse(problem=problem, advice="Give values of its inputs by name: `pipeline.run(cars=...)`.")
    return session.pipelines


def _check_surroundings(request: PipelineRequest, runner: PipelineRunner) -> None:
    """That the policy and the environment which were asked for can be had. Raises what asking for them does."""
    names = ("policy", "network", "allow_read", "allow_write", "secrets")
    wishes = {name: getattr(request, name) for name in names}
    _ = bounds_of(runner.workspace, request.folder / _NAMELESS, wishes).confinement
    if request.environment is not None:
        from transom.engine.environments import Environments

        Environments(runner.workspace.settings).peek(request.environment)


def _jobs(jobs: object) -> int | None:
    if jobs is None or (isinstance(jobs, int) and not isinstance(jobs, bool)):
        return jobs
    problem = f"jobs is a whole number, not {jobs!r:.60}."
    raise WrongUse(problem=problem, advice="Give how many steps run at a time.")


def _paths(given: Paths) -> tuple[Path, ...]:
    return (Path(given),) if isinstance(given, (str, os.PathLike)) else tuple(map(Path, given))


def _one_of(what: str, name: str, kinds: Any) -> Any:
    try:
        return kinds(name)
    except ValueError:
        known = ", ".join(kinds)
        raise WrongUse(problem=f"There is no {what} {name!r}.", advice=f"Take one of these: {known}.") from None
