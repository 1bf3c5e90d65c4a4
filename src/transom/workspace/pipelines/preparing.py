"""How a step of a pipeline becomes a job, and how what became of the job is told.

Its environment is chosen and its script checked here, where the workspace is; whoever executes the job needs neither.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transom.components.native import CannotApply
from transom.engine.bundles import BundleLimits, python_files
from transom.engine.packages import asks_for, named_by_bundle
from transom.engine.remedies import FailureContext, remedy
from transom.errors import TransomError, WrongUse
from transom.flow.steps import Made
from transom.model.assets import Sdk
from transom.model.runs import GivenFiles, Job, Outcome, Status
from transom.model.scripts import ENTRY_POINT, Severity, Source, Undecodable, source_of
from transom.workspace import checking
from transom.workspace.choosing import Choice, Choosing, used, with_packages
from transom.workspace.limiting import limits_of
from transom.workspace.opening import Workspace
from transom.workspace.pipelines.handing import Handed
from transom.workspace.requests import RunRequest
from transom.workspace.starting import Interpreter

if TYPE_CHECKING:
    from transom.engine.step import Executed
    from transom.model.pipelines import Step

BUNDLE = "script_bundle"
#: Where the folder of a person's own component is among what its step is handed: no port is called so.
FOLDER = "the component's folder"
#: So many findings of earlier steps of a run are remembered.
_MOST_CHECKS = 500


def refused_scripts(steps: Mapping[str, Step], folder: Path, may_read: Callable[[Path], None]) -> dict[str, Exception]:
    """The steps whose scripts lie in files that may not be read; asked before any script runs, which could change what
    a path leads to.
    """
    refused: dict[str, Exception] = {}
    for name, step in steps.items():
        own = step.component.script
        shown = own.shown if own is not None else step.script_shown
        try:
            if shown:
                may_read((folder / os.path.expanduser(shown)).absolute())
        except (CannotApply, TransomError) as wrong:
            refused[name] = wrong
    return refused


@dataclass(slots=True)
class ScriptStep:
    """A step with a script whose environment is chosen. `script` is the digest of its text as it was written."""

    scripts: Scripts
    placed: Placed
    source: Source
    script: str
    request: RunRequest
    choice: Choice
    added: tuple[str, ...]
    _said: tuple[str, ...] = ()
    _checked: checking.Checked | None = None

    @property
    def real_sdk(self) -> bool:
        """Whether its script imports Azure's own SDK."""
        return (self.request.sdk or self.choice.ready.environment.sdk) is Sdk.AZURE

    def made(self) -> Made:
        """Its job, the script having been checked; the outcome where that keeps it from running."""
        checked = self._checked = self.scripts.checked(self)
        warnings = (checking.sentence(each) for each in checked.findings if each.severity is Severity.WARNING)
        read = (f"{port}: {one}" for port, each in self.placed.handed.items() for one in each.warnings)
        self._said = (*self.choice.said, *self.scripts.unasked(self), *warnings, *read)
        refused = next((each for each in checked.findings if each.severity is Severity.REFUSED), None)
        if refused is not None:
            failure = checking.failure_of(refused, self.source)
            return Made(refused=Outcome(Status.FAILED, failure, warnings=self._said))
        return Made(self.scripts.job(self, checked))

    def finished(self, executed: Executed, confinement: Any) -> Outcome:
        """The outcome with what a person can do about a failure, and with all that was to be said."""
        outcome = executed.outcome
        failure = outcome.failure
        if failure is not None:
            assert self._checked is not None
            tables = frozenset(port for port, each in self.placed.handed.items() if not each.is_files)
            context = FailureContext(
                self._checked.source,
                self._checked.surroundings,
                connected=tables,
                confinement=confinement,
                facts=executed.facts,
            )
            failure = remedy(failure, context)
        return replace(outcome, failure=failure, warnings=(*self._said, *outcome.warnings))


@dataclass(slots=True)
class Scripts:
    """Makes jobs of the steps of one pipeline that have scripts.

    `request` says what holds for all of them; `folder` is where relative paths begin. What environments are chosen is
    kept in `interpreters`, by their digests, for whoever starts them. `refused` are the steps whose scripts lie where
    the run may not read, with the errors.
    """

    workspace: Workspace
    choosing: Choosing
    request: RunRequest
    folder: Path
    building: Callable[[str, str], None]
    interpreters: dict[str, Interpreter]
    environment: str | None = None
    refused: Mapping[str, Exception] = field(default_factory=dict)
    _checks: dict[Any, checking.Checked] = field(default_factory=dict)
    _choices: dict[Any, Choice] = field(default_factory=dict)
    _python: dict[str, Mapping[str, bytes]] = field(default_factory=dict)

    def step(self, placed: Placed) -> ScriptStep:
        """The step with its environment chosen. Raises TransomError where that, or its script, cannot be had, and
        CannotApply where that may not be read.
        """
        if placed.name in self.refused:
            raise self.refused[placed.name]
        source = self._source(placed)
        request = self._request(placed, source)
        bundle = placed.bundle
        added = (*request.packages, *self._asked_by(request, bundle))
        choice = self._choice(request, source)
        if not choice.was_asked_for:
            around = self._around(placed, request, choice, added)
            choice = (
                self.choosing.instead(choice, checking.check_imports(source, around), added, self.building) or choice
            )
        self.interpreters.setdefault(choice.ready.digest, Interpreter.of(choice.ready))
        script = self.workspace.blobs.put_bytes(source.content)
        return ScriptStep(self, placed, source, script, request, choice, added)

    def checked(self, step: ScriptStep) -> checking.Checked:
        """What is known of the script before it runs."""
        bundle = step.placed.bundle
        environment, bundled = step.choice.ready.digest, None if bundle is None else bundle.digest
        same = (step.source, step.request.entry_point, step.added, environment, bundled, step.placed.keywords)
        if same not in self._checks:
            if len(self._checks) >= _MOST_CHECKS:
                self._checks.clear()
            around = self._around(step.placed, step.request, step.choice, step.added)
            self._checks[same] = checking.check_source(step.source, around)
        return self._checks[same]

    def _around(self, placed: Placed, request: RunRequest, choice: Choice, added: tuple[str, ...]) -> Any:
        facts = with_packages(choice.facts, added)
        bundled = self._bundled(placed.bundle)
        return checking.surroundings_of(request.script, facts, bundled, request.entry_point, placed.keywords)

    def _source(self, placed: Placed) -> Source:
        own = placed.step.component.script
        text = own.text if own is not None else str(placed.parameters["script"])
        shown = own.shown if own is not None else placed.step.script_shown
        shown = self.shown(shown) if shown else f"script of {placed.name}"
        try:
            return source_of(text, shown)
        except Undecodable as wrong:
            raise WrongUse(problem=f"{shown} cannot be read: {wrong}.", advice="Save it as UTF-8.") from None

    def shown(self, path: str) -> str:
        """The path as it leads from the current folder, where that is short."""
        place = (self.folder / path).absolute()
        try:
            return str(place.relative_to(Path.cwd()))
        except (ValueError, OSError):
            return str(place)

    def _request(self, placed: Placed, source: Source) -> RunRequest:
        step, own, said = placed.step, placed.step.component.script, placed.parameters
        contract = own is None
        environment = step.environment or (own.environment if own else None) or self.environment
        sdk = said.get("sdk") if contract else None
        return replace(
            self.request,
            script=Path(source.shown),
            entry_point=own.entry_point if own else said.get("entry_point") or ENTRY_POINT,
            environment=environment,
            packages=tuple(said.get("packages") or ()) if contract else (),
            bundle_requirements=bool(said.get("bundle_requirements")) if contract else False,
            sdk=Sdk(sdk) if sdk else self.request.sdk,
            limits=replace(self.request.limits, **step.limits),
        )

    def _choice(self, request: RunRequest, source: Source) -> Choice:
        """What is taken for it; asked once for every text, as defining an environment takes a while."""
        known = (request.environment, None if request.environment else source.text)
        if known not in self._choices:
            choice = self.choosing.first(request, source.text, self.building)
            self._choices[known] = self.choosing.confirmed(choice, self.building)
        return self._choices[known]

    def _asked_by(self, request: RunRequest, bundle: Handed | None) -> tuple[str, ...]:
        if bundle is None or not request.bundle_requirements:
            return ()
        return named_by_bundle(self.workspace.blobs.path(bundle.digest), bundle.files)

    def unasked(self, step: ScriptStep) -> Iterable[str]:
        """What a bundle brings for pip although nobody asked to install it."""
        bundle = step.placed.bundle
        brings = () if bundle is None or step.request.bundle_requirements else asks_for(bundle.files)
        if brings:
            yield f"The bundle brings {', '.join(brings[:3])}: `bundle_requirements: true` installs that first."

    def _bundled(self, bundle: Handed | None) -> checking.Bundled | None:
        if bundle is None:
            return None
        if bundle.digest not in self._python:  # the same lies beside many scripts, and each is looked at twice
            limits = BundleLimits.of(self.workspace.settings)
            self._python[bundle.digest] = python_files(self.workspace.blobs.path(bundle.digest), limits)
        return checking.Bundled(Path(self.shown(bundle.shown)), bundle.files, self._python[bundle.digest])

    def job(self, step: ScriptStep, checked: checking.Checked) -> Job:
        """The job of a step whose script was checked, and mended where that has one obvious meaning."""
        placed, request = step.placed, step.request
        bundle = placed.bundle
        named: dict[str, Any] = {}
        if placed.keywords is not None:
            files = {port: GivenFiles(each.digest, each.name) for port, each in placed.handed.items() if each.is_files}
            files.pop(FOLDER, None)
            component = placed.step.component
            named = {
                "ports": placed.ports,
                "parameters": {each.name: placed.parameters.get(each.name) for each in component.parameters},
                "outputs": tuple(port.name for port in component.outputs),
                "files": files,
            }
        return Job(
            id=placed.job,
            script=self.workspace.blobs.put_bytes(checked.source.content),
            script_shown=str(request.script),
            environment=used(step.choice.ready),
            entry_point=request.entry_point,
            datasets={port: each.digest for port, each in placed.handed.items() if not each.is_files},
            bundle=None if bundle is None else bundle.digest,
            bundle_shown=None if bundle is None else self.shown(bundle.shown),
            limits=limits_of(request, self.workspace),
            packages=request.packages,
            bundle_requirements=request.bundle_requirements,
            real_sdk=step.real_sdk,
            **named,
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A step with what it is given now."""

    job: str
    name: str
    step: Step
    parameters: dict[str, Any]
    handed: dict[str, Handed]

    @property
    def bundle(self) -> Handed | None:
        """The files that lie beside the script."""
        return self.handed.get(BUNDLE if self.step.component.script is None else FOLDER)

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports whose tables and files a person's own component is called with."""
        return tuple(port.name for port in self.step.component.inputs)

    @property
    def keywords(self) -> tuple[str, ...] | None:
        """What the entry point is called with by name; None where it is called by position."""
        if self.step.component.script is None:
            return None
        return (*self.ports, *(each.name for each in self.step.component.parameters))
