"""What can be known of a pipeline's surroundings before anything runs: files, datasets, environments, scripts.

Nothing is fetched, no data is read, and no environment is built. What only reading would tell (the answer of a server,
the columns of a table) is the step's own matter.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from transom.components.native import CannotApply
from transom.errors import EnvironmentUnknown, NotThere, TransomError, Unknown
from transom.flow.file_problems import PipelineInvalid, Problem
from transom.model.pipelines import Data, FromInput, Pipeline, PipelineWrong, Place, Step
from transom.model.scripts import ENTRY_POINT, Finding, Severity, Source, Undecodable, source_of

if TYPE_CHECKING:
    from transom.engine.checks import EnvironmentFacts
    from transom.engine.environments import Environments
    from transom.flow.file import PipelineFile
    from transom.workspace.opening import Workspace

#: A script that brings its own environment (PEP 723) is checked when that is known.
_HEADER = re.compile(r"^# /// script\s*$", re.MULTILINE)


def check_ahead(
    read: PipelineFile,
    workspace: Workspace,
    steps: Collection[str],
    given: Collection[str] = (),
    may_read: Callable[[Path], None] = lambda _: None,
) -> None:
    """Check what these steps of a pipeline file need. Inputs that are `given` for a run are no matter of the file.

    `may_read` is asked before it is looked whether a file is there, and raises CannotApply. Raises PipelineInvalid with
    everything that is wrong, each with line and column.
    """
    ahead = _Ahead(read.pipeline, read.folder, workspace, frozenset(steps), frozenset(given), may_read)
    problems: list[Problem] = []
    for wrong in ahead.wrong():
        problems += read.wrong(wrong).problems
    if problems:
        raise PipelineInvalid(path=read.path, problems=list(dict.fromkeys(problems)))


@dataclass(frozen=True)
class _Ahead:
    """What is asked of one pipeline."""

    pipeline: Pipeline
    folder: Path
    workspace: Workspace
    steps: frozenset[str]
    given: frozenset[str]
    may_read: Callable[[Path], None]
    _fine: set[tuple[str, str]] = field(default_factory=set)

    def wrong(self) -> Iterator[PipelineWrong]:
        """Everything that is wrong, in the order of the steps."""
        yield from self._default_environment()
        for place, data in dict.fromkeys(self._data()):
            yield from self._data_wrong(place, data)
        for name in self.pipeline.steps:
            if name in self.steps:
                yield from self._environment(("jobs", name, "environment"), self.pipeline.steps[name].environment)
                yield from self._script(name, self.pipeline.steps[name])

    def _data(self) -> Iterator[tuple[Place, Data]]:
        """All data that the steps are given, with the place that names it."""
        for name in self.pipeline.steps:
            for port, source in self.pipeline.steps[name].inputs.items() if name in self.steps else ():
                value = self.pipeline.inputs[source.name].value if isinstance(source, FromInput) else source
                if isinstance(source, FromInput) and isinstance(value, Data) and source.name not in self.given:
                    yield ("inputs", source.name), value
                elif isinstance(source, Data):
                    yield ("jobs", name, "inputs", port), source

    def _data_wrong(self, place: Place, data: Data) -> Iterator[PipelineWrong]:
        from transom.tables.options import parse_options

        try:
            self._look_for(data)
        except CannotApply as wrong:
            yield PipelineWrong((*place, "path"), wrong.problem.rstrip("."), wrong.advice)
        except NotThere as wrong:
            advice = str(wrong.facts["near"]).strip() or "A relative path begins at the folder of this file."
            yield PipelineWrong((*place, "path"), f"There is no file or folder {data.path}", advice)
        except TransomError as wrong:
            yield _as_wrong((*place, "path"), wrong)
        try:
            parse_options(data.read)
        except TransomError as wrong:
            yield _as_wrong((*place, "read"), wrong)

    def _look_for(self, data: Data) -> None:
        """Raise what is wrong with a path of this machine, or with what is registered; an address is not asked."""
        from transom.tables.paths import refuse_missing
        from transom.workspace.datastores_masking import is_address
        from transom.workspace.pipelines.handing import Handing

        if data.path.startswith("azureml:") and not data.path.startswith("azureml://") and not self._has_database:
            name = re.split("[:@]", data.path)[1]
            raise Unknown(kind="dataset", name=name, workspace=self.workspace.folder, listing="transom dataset list")
        if Handing(self.workspace, self.folder).registered(data) is not None or is_address(data.path):
            return
        place = (self.folder / os.path.expanduser(data.path)).absolute()
        self.may_read(place)
        try:
            refuse_missing(place, data.path)
        except OSError:  # whoever reads it says what is wrong
            return

    @property
    def _has_database(self) -> bool:
        """Whether anything was registered: to look for it would make a database where there is none."""
        return self.workspace.is_there

    def _default_environment(self) -> Iterator[PipelineWrong]:
        place: Place = ("settings", "default_environment")
        yield from self._environment(place, self.pipeline.settings.default_environment)

    def _environment(self, place: Place, name: str | None) -> Iterator[PipelineWrong]:
        if name is None or name in self._names:
            return
        try:
            self._environments.peek(name)
        except EnvironmentUnknown as wrong:
            yield _as_wrong(place, wrong)
        except TransomError:  # it is known, and what is wrong with it is said when it is to be used
            return

    @cached_property
    def _environments(self) -> Environments:
        from transom.engine.environments import Environments

        return Environments(self.workspace.settings)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._environments.names())

    def _script(self, name: str, step: Step) -> Iterator[PipelineWrong]:
        own = step.component.script
        text = step.parameters.get("script") if own is None else own.text
        if step.component.native or not isinstance(text, str) or _HEADER.search(text):
            return
        entry_point = own.entry_point if own else step.parameters.get("entry_point") or ENTRY_POINT
        if not isinstance(entry_point, str) or (text, entry_point) in self._fine:
            return
        shown = own.shown if own else step.script_shown
        is_plain = own is None and _is_plain(text, entry_point)
        refused = None if is_plain else self._refused(step, text, shown, entry_point)
        if refused is None:
            self._fine.add((text, entry_point))
        else:
            where = f"{shown}:{refused.line}: " if shown else "In the script: "
            place: Place = ("jobs", name, "component") if own else ("jobs", name, "inputs", "script")
            yield PipelineWrong(place, f"{where}{refused.message.rstrip('.')}", refused.remedy)

    def _refused(self, step: Step, text: str, shown: str, entry_point: str) -> Finding | None:
        """What keeps a script from running in the environment of its step, if it is known by now."""
        from transom.workspace import checking

        try:
            source: Source = source_of(text, shown or "the script")
        except Undecodable:
            return None
        component = step.component
        keywords = None
        if component.script is not None:
            ports = tuple(port.name for port in component.inputs)
            keywords = (*ports, *(each.name for each in component.parameters))
        around = checking.surroundings_of(self.folder / "script.py", self._facts(step), None, entry_point, keywords)
        findings = checking.check_source(source, around).findings
        return next((each for each in findings if each.severity is Severity.REFUSED), None)

    def _facts(self, step: Step) -> EnvironmentFacts:
        own = step.component.script
        named = step.environment or (own.environment if own else None) or self.pipeline.settings.default_environment
        from transom.engine.environments import HOST

        for name in (named, self.workspace.settings.environment, HOST):
            try:
                if name is not None:
                    return self._environments.facts(self._environments.peek(name))
            except TransomError:  # told of already
                continue
        raise AssertionError("the host is always there")


def _is_plain(text: str, entry_point: str) -> bool:
    """Whether a script is understood as it stands and defines its entry point at its top: most do."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    defined = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == entry_point]
    return bool(defined) and len(defined[-1].args.args) == len(("dataframe1", "dataframe2"))


def _as_wrong(place: Place, wrong: TransomError) -> PipelineWrong:
    return PipelineWrong(place, wrong.message.rstrip("."), wrong.remedy)
