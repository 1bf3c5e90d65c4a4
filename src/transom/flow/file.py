"""The pipeline file: Azure's own YAML of a pipeline, as far as it applies, read with line and column of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.flow.component_file import MayRead, anything
from transom.flow.file_bindings import NoBinding, ToOutput, binding_of
from transom.flow.file_problems import PipelineInvalid, Problem
from transom.flow.file_section import Allowed, Section, cut, kind_of, literal_type, shown, top
from transom.flow.file_steps import Catalog, StepReading
from transom.flow.file_yaml import Document, document_of, read_document
from transom.model.pipeline_checks import check_name
from transom.model.pipelines import (
    Data,
    FromStep,
    InputType,
    Pipeline,
    PipelineInput,
    PipelineSettings,
    PipelineWrong,
    Place,
    Step,
)

WHOLE = Allowed(
    keys=("type", "display_name", "description", "experiment_name", "inputs", "outputs", "settings", "jobs"),
    ignored=(
        "name",
        "version",
        "tags",
        "properties",
        "compute",
        "identity",
        "services",
        "creation_context",
        "notification_settings",
    ),
    silent=("$schema",),
)
INPUT = Allowed(keys=("type", "path", "read", "default", "value", "description", "optional"), ignored=("mode",))
OUTPUT = Allowed(keys=("type", "description"), ignored=("mode", "path", "name", "version"))
SETTINGS = Allowed(
    keys=("continue_on_step_failure", "force_rerun", "default_environment"),
    ignored=("default_compute", "default_datastore", "continue_run_on_failed_optional_input", "_source"),
)


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """A file that was read: the pipeline, and what its reader should know.

    Relative paths in the pipeline begin at `folder`. `warnings` are whole sentences with their places.
    """

    path: Path
    pipeline: Pipeline
    warnings: tuple[str, ...]
    document: Document

    @property
    def folder(self) -> Path:
        """Where relative paths begin."""
        return self.path.parent

    @property
    def text(self) -> str:
        """The text that was read, without a byte order mark."""
        return self.document.source

    def wrong(self, wrong: PipelineWrong) -> PipelineInvalid:
        """What is found out later, with the line and column that it is about."""
        return _placed(wrong, self.document)


def read_pipeline(path: Path, catalog: Catalog | None = None, may_read: MayRead = anything) -> PipelineFile:
    """Read a pipeline file. `catalog` are the components that it can name; else those that Transom has.

    `may_read` is asked before a script or a component that it names is read, and raises CannotApply for one that may
    not be. Raises NotThere, and PipelineInvalid, which has line and column.
    """
    return _read(read_document(path), catalog, may_read)


def pipeline_from(text: str, path: Path, catalog: Catalog | None = None, may_read: MayRead = anything) -> PipelineFile:
    """The same of a text; `path` is what messages show, and its folder is where relative paths begin."""
    return _read(document_of(text, path), catalog, may_read)


def own_catalog() -> Catalog:
    """The components that Transom has."""
    from transom.components import known

    def find(name: str) -> Any:
        return known.component(name) if name in known.names() else None

    return Catalog(find, known.names)


def _read(document: Document, catalog: Catalog | None, may_read: MayRead) -> PipelineFile:
    whole = top(document, "a pipeline")
    whole.check_keys(WHOLE, "a pipeline")
    whole.choice("type", ("pipeline",), "pipeline")
    _check_names(whole)
    outputs: dict[str, tuple[FromStep, Place]] = {}
    folder = document.path.parent
    steps = _steps(whole.section("jobs"), StepReading(catalog or own_catalog(), folder, outputs, {}, may_read))
    inputs = _inputs(whole.section("inputs"))
    named = _outputs(whole.section("outputs"), outputs)
    name, description, experiment = (whole.text(key) for key in ("display_name", "description", "experiment_name"))
    settings = _settings(whole.section("settings"))
    document.raise_problems()
    try:
        pipeline = Pipeline(steps, inputs, named, name, description, experiment, settings)
    except PipelineWrong as wrong:
        raise _placed(wrong, document) from None
    return PipelineFile(document.path, pipeline, document.warnings, document)


def _check_names(whole: Section) -> None:
    """Names first, and alone: a binding to a name that is none is no binding, which says nothing of the mistake."""
    are_well = True
    for part in ("inputs", "outputs", "jobs"):
        names = whole.content.get(part)
        for name in names if isinstance(names, Mapping) else ():
            try:
                check_name(part, name)
            except PipelineWrong as wrong:
                whole.document.wrong(wrong.place, wrong.problem, wrong.advice, of_name=True)
                are_well = False
    if not are_well:
        whole.document.raise_problems()


def _placed(wrong: PipelineWrong, document: Document) -> PipelineInvalid:
    position = document.at(wrong.place, wrong.of_name)
    problem = Problem(*position, wrong.problem, wrong.advice, wrong.near)
    return PipelineInvalid(path=document.path, problems=[problem])


def _steps(jobs: Section, reading: StepReading) -> dict[str, Step]:
    steps = {}
    for name, said in jobs.items():
        if not isinstance(said, Mapping):
            jobs.wrong(name, f"The step {cut(name)} must be a mapping, not {kind_of(said)}", "Give it a `component:`.")
            continue
        step = reading.step(name, jobs.section(name))
        if step is not None:
            steps[name] = step
    return steps


def _settings(section: Section) -> PipelineSettings:
    section.check_keys(SETTINGS, "the settings")
    default = PipelineSettings()
    return PipelineSettings(
        section.flag("continue_on_step_failure", default.continue_on_step_failure),
        section.flag("force_rerun", default.force_rerun),
        section.environment("default_environment"),
    )


def _inputs(section: Section) -> dict[str, PipelineInput]:
    return {name: given for name, said in section.items() if (given := _input(section, name, said)) is not None}


def _input(inputs: Section, name: str, said: Any) -> PipelineInput | None:
    if isinstance(said, Mapping):
        section = inputs.section(name)
        section.check_keys(INPUT, "an input of the pipeline")
        return _described(section, name)
    kind = literal_type(said)
    if kind is None:
        advice = f"Write a literal, or `{name}: {{type: uri_file, path: FILE}}`."
        inputs.wrong(name, f"The input {cut(name)} is {kind_of(said)}", advice)
        return None
    return PipelineInput(kind, said)


def _described(section: Section, name: str) -> PipelineInput | None:
    is_data = "path" in section.content
    if section.content.get("type") is None and not is_data and _said_value(section)[1] is None:
        known = ", ".join(InputType)
        section.document.wrong(section.place, f"The input {cut(name)} has no type", f"It can be {known}.")
        return None
    literal = _said_value(section)[1]
    fallback = InputType.FILE if is_data else literal_type(literal) or InputType.STRING
    kind = InputType(section.choice("type", tuple(InputType), fallback))
    value = _data_value(section, kind) if kind.is_data else _literal_value(section, kind)
    return PipelineInput(kind, value, section.text("description"), section.flag("optional", False))


def _said_value(section: Section) -> tuple[str, Any]:
    """The key and the literal of an input; Azure writes `default` in components, `value` in jobs."""
    key = "value" if "value" in section.content else "default"
    if "value" in section.content and "default" in section.content:
        section.wrong("default", "`default` and `value` mean the same", "Take one away.", of_name=True)
    return key, section.content.get(key)


def _data_value(section: Section, kind: InputType) -> Data | None:
    key, literal = _said_value(section)
    if literal is not None:
        section.wrong(key, f"An input of the type {kind} has a path, no `{key}`", "Write `path:`.", of_name=True)
    path, read = section.text("path"), section.text("read")
    if read and not path:
        section.wrong("read", "`read` says how a file is read, and there is no path", "Write `path:`.", of_name=True)
    return Data(path, read) if path else None


def _literal_value(section: Section, kind: InputType) -> Any:
    for key in ("path", "read"):
        if key in section.content:
            advice = f"Write `type: {InputType.FILE}`, or `default:`."
            section.wrong(key, f"An input of the type {kind} has no `{key}`", advice, of_name=True)
    key, value = _said_value(section)
    if kind is InputType.STRING:
        return section.document.text((*section.place, key), value)
    return value


def _outputs(section: Section, bound: Mapping[str, tuple[FromStep, Place]]) -> dict[str, FromStep]:
    """The outputs of a pipeline, said here, or by the steps whose outputs they are."""
    made: dict[str, FromStep] = {}
    for name, said in section.items():
        place = (*section.place, name)
        if said is None or isinstance(said, Mapping):
            section.section(name).check_keys(OUTPUT, "an output of the pipeline")
            if name not in bound:
                advice = f'Write `{name}: "${{{{parent.jobs.STEP.outputs.PORT}}}}"`.'
                section.document.wrong(place, f"No step hands anything to the output {cut(name)}", advice, of_name=True)
            continue
        source = _output(section, name, said)
        if source is None:
            continue
        if name in bound:
            line = section.document.at(bound[name][1]).line
            section.wrong(name, f"The output {cut(name)} is also bound in line {line}", "Take one of both away.")
        made[name] = source
    for name, (source, place) in bound.items():
        made.setdefault(name, source)
        section.document.values[("outputs", name)] = section.document.at(place)
    return made


def _output(section: Section, name: str, said: Any) -> FromStep | None:
    try:
        binding = binding_of(said)
    except NoBinding as wrong:
        section.wrong(name, f"{shown(said)} is no binding", str(wrong))
        return None
    if isinstance(binding, FromStep):
        return binding
    advice = 'Write `"${{parent.jobs.STEP.outputs.PORT}}"`.'
    if isinstance(binding, ToOutput) or binding is None:
        section.wrong(name, f"The output {cut(name)} is {shown(said)}, which is nothing that a step hands on", advice)
    else:
        section.wrong(name, f"The output {cut(name)} is an input of the pipeline, not what a step hands on", advice)
    return None
