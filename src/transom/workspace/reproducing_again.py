"""How a pipeline is run again from a bundle that may be a stranger's, and how each of its steps compares with then.

Its data, scripts and components are files of the bundle, nothing else; no step of it reads or writes outside; no
dataset is registered; its limits and secrets are not taken over, and its policy only where it is a stricter one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from transom.errors import TransomError
from transom.flow.file import read_pipeline
from transom.flow.file_written import written
from transom.model.components import PortKind
from transom.model.pipelines import Data, FromInput, FromStep, Pipeline, PipelineSettings, Step
from transom.workspace.datastores_names import is_pattern
from transom.workspace.pipelines.asking import ALL, PipelineRequest
from transom.workspace.pipelines.running import PipelineRunner
from transom.workspace.reproducing_files import Bundle, Replayed, Replaying, as_object, environment_here, policy_of
from transom.workspace.reproducing_pipelines import PIPELINE_FILE

if TYPE_CHECKING:
    from transom.flow.steps import StepEnd
    from transom.settings import Settings
    from transom.workspace.pipelines.telling import PipelineResult

_SUCCEEDED = "succeeded"


def replay_pipeline(bundle: Bundle, folder: Path, settings: Settings, how: Replaying) -> Replayed:
    """Run the pipeline of a bundle that is unpacked below `folder`, and compare what comes out.

    Raises RunBundleInvalid, KeyboardInterrupt where it was stopped, and what `PipelineRunner.run` raises.
    """
    bundle.unpack(folder)
    pipeline = _Checking(bundle, folder).pipeline()
    policy = policy_of(how.policy, bundle.told.get("policy"))
    pipeline, notes = _in_environments(bundle, pipeline, folder, settings, how)
    request = PipelineRequest(
        pipeline, folder, str(bundle.path), written(pipeline), regenerate=frozenset({ALL}), policy=policy
    )
    result = PipelineRunner(settings).run(request)
    if result.status == "cancelled":
        raise KeyboardInterrupt
    return _Comparison(bundle.told, result).replayed(notes)


class _Checking:
    """Reads the pipeline of a bundle, and refuses what no bundle of ours has."""

    def __init__(self, bundle: Bundle, folder: Path) -> None:
        self.bundle = bundle
        self.folder = folder

    def pipeline(self) -> Pipeline:
        try:
            pipeline = read_pipeline(self.folder / PIPELINE_FILE).pipeline
        except TransomError as wrong:
            reason = wrong.message.replace(f"{self.folder}/", "").rstrip(".")
            raise self.bundle.wrong(f"its pipeline cannot be read ({reason})") from None
        for name, given in pipeline.inputs.items():
            if given.value is None and not given.optional:
                raise self.bundle.wrong(f"the input {name} of its pipeline has no value")
        steps = {name: self._step(name, step, pipeline) for name, step in pipeline.steps.items()}
        inputs = {name: replace(given, value=self._plain(given.value)) for name, given in pipeline.inputs.items()}
        settings = PipelineSettings(pipeline.settings.continue_on_step_failure)
        return replace(pipeline, steps=steps, inputs=inputs, settings=settings, experiment_name="")

    def _step(self, name: str, step: Step, pipeline: Pipeline) -> Step:
        """The step without what its maker may not decide here."""
        component, own = step.component, step.component.script
        if component.effects:
            raise self.bundle.wrong(f"the step {name} writes outside of it")
        if component.sources:
            self._check_import(name, step)
        for path in [step.script_shown, *([] if own is None else [own.shown, own.folder or ""])]:
            if path:
                self._check_path(path)
        for port in component.inputs:
            source = step.inputs.get(port.name)
            data = pipeline.inputs[source.name].value if isinstance(source, FromInput) else source
            if isinstance(data, Data):
                self._check_data(data, port.kind is PortKind.TABLE)
        inputs = {port: self._plain(source) for port, source in step.inputs.items()}
        return replace(step, inputs=inputs, limits={}, reuse=None, force_rerun=False)

    def _check_import(self, name: str, step: Step) -> None:
        path = step.parameters.get("path")
        if set(step.parameters) != {"path"} or not isinstance(path, str) or is_pattern(Path(path).parts):
            raise self.bundle.wrong(f"the step {name} reads from outside of it")
        self._check_data(Data(path), is_table=True)

    def _check_data(self, data: Data, is_table: bool) -> None:
        self._check_path(data.path)
        if is_table and not data.path.endswith(".arrow"):
            raise self.bundle.wrong(f"{data.path} is no table of it")

    def _check_path(self, path: str) -> None:
        """That it is a file or folder of the bundle: archives of ours have no links, so no path leads out of one."""
        place = PurePosixPath(path)
        leads_out = place.is_absolute() or ".." in place.parts or path.startswith("~") or ":" in path
        if leads_out or "\0" in path or not (self.folder / place).exists():
            raise self.bundle.wrong(f"its pipeline names {path}, which is not in it")

    @staticmethod
    def _plain(value: Any) -> Any:
        """Data without options of how it is read: what is in a bundle needs none."""
        return Data(value.path) if isinstance(value, Data) else value


def _in_environments(
    bundle: Bundle, pipeline: Pipeline, folder: Path, settings: Settings, how: Replaying
) -> tuple[Pipeline, list[str]]:
    """The pipeline with each script in an environment of this machine, and what to say of these."""
    told = as_object(bundle.told.get("steps"))
    chosen: dict[tuple[str, str, str], str] = {}
    notes: list[str] = []
    steps = {}
    for name, step in pipeline.steps.items():
        if step.component.native:
            steps[name] = replace(step, environment=None)
            continue
        used = as_object(as_object(told.get(name)).get("environment"))
        lock = str(used.get("lock") or "")
        known = str(used.get("name")), str(used.get("digest")), lock
        if known not in chosen:
            place = folder / (lock if lock in bundle.names else "no lock")
            chosen[known], said = environment_here(used, place, settings, how.environment)
            notes += (each for each in said if each not in notes)
        steps[name] = replace(step, environment=chosen[known])
    return replace(pipeline, steps=steps, outputs={}), notes


class _Comparison:
    """What came out of each step now, beside what had come out of it then."""

    def __init__(self, told: Mapping[str, Any], result: PipelineResult) -> None:
        self.told = told
        self.result = result
        self.first = as_object(told.get("steps"))

    def replayed(self, notes: list[str]) -> Replayed:
        step = self.told.get("step")
        of = f"The step {step} of the run" if isinstance(step, str) else "The run"
        said = [f"{of} {self.told.get('run')} was made again as {self.result.id}.", *notes]
        said += (
            f"{name} is not in the bundle: it {why}." for name, why in as_object(self.told.get("left_out")).items()
        )
        if self.told.get("whole") is not True:
            said.append("Inputs are in the bundle in part only, so other results are to be expected.")
        steps = {name: self._step(name, end) for name, end in self.result.ends.items()}
        said += (f"{name}: {self._sentence(each)}" for name, each in steps.items())
        outputs = dict(self._outputs(steps))
        said += (f"Output {name}: {'the same' if same else 'another table'}." for name, same in outputs.items())
        equal = all(each["equal"] for each in steps.values())
        said.append("The same came out." if equal else "Not the same came out.")
        results = {f"{name}.{port}": same for name, each in steps.items() for port, same in each["results"].items()}
        status, first = self.result.status, str(self.told.get("run"))
        return Replayed(self.result.id, first, status, equal, tuple(said), results, steps, outputs)

    def _step(self, name: str, end: StepEnd) -> dict[str, Any]:
        first = as_object(self.first.get(name))
        expected = as_object(first.get("results"))
        status = _SUCCEEDED if end.state.is_good else end.state.value
        ports = sorted({*end.results, *(expected if status == first.get("status") else {})})
        same = {port: port in end.results and end.results[port].digest == expected.get(port) for port in ports}
        failure = None if end.outcome is None or end.outcome.failure is None else end.outcome.failure
        kind = None if failure is None else failure.kind.value
        is_as_before = status == first.get("status") and kind == first.get("failure")
        told = {"status": status, "first": str(first.get("status")), "equal": is_as_before and all(same.values())}
        return told | {"failure": None if failure is None else failure.message, "results": same}

    @staticmethod
    def _sentence(told: Mapping[str, Any]) -> str:
        different = [port for port, same in told["results"].items() if not same]
        if told["equal"]:
            return "the same came out." if told["status"] == _SUCCEEDED else f"{told['status']} as before."
        if told["status"] != told["first"]:
            why = f" ({told['failure'].rstrip('.')})" if told["failure"] else ""
            return f"{told['status']} now{why}; it was {told['first']}."
        if different:
            return f"another table came out of {' and '.join(different)}."
        return f"{told['status']} as before, but in another way ({(told['failure'] or 'unknown').rstrip('.')})."

    def _outputs(self, steps: Mapping[str, Mapping[str, Any]]) -> Any:
        from transom.flow.file_bindings import NoBinding, binding_of

        for name, said in as_object(self.told.get("outputs")).items():
            try:
                source = binding_of(said)
            except NoBinding:
                continue
            if isinstance(source, FromStep) and source.step in steps:
                yield name, steps[source.step]["results"].get(source.port, False)
