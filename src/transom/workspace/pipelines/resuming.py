"""What of a run stays as it was when it is taken up again: the steps that ended well, and the data they were given.

Everything else is as it is now. A script, a bundle or a component that was mended since is taken as it was mended, for
the steps that failed or were not executed; and so is data that no step which stays was given. But data that one was
given stays what it was then: else one run would be made of two states of a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transom.flow.reuse import Connected, content_of
from transom.flow.steps import StepEnd
from transom.model.components import PortKind
from transom.model.pipelines import Data, FromInput, FromStep, Step
from transom.model.runs import Outcome
from transom.model.scripts import Undecodable, source_of
from transom.model.step_records import StepRecord
from transom.store.blobs import Blobs, digest_of_pieces
from transom.workspace.pipelines.asking import PipelineRequest
from transom.workspace.pipelines.handing import Was
from transom.workspace.pipelines.preparing import BUNDLE
from transom.workspace.pipelines.recording import end_of


@dataclass(frozen=True, slots=True)
class Stays:
    """What stays: the ends of steps by name, and what data `was` when they were given it.

    `said` is what a person has to know of it.
    """

    ends: Mapping[str, StepEnd] = field(default_factory=dict)
    was: Was = field(default_factory=Was)
    said: tuple[str, ...] = ()


def what_stays(
    request: PipelineRequest, values: Mapping[str, Any], records: Sequence[StepRecord], blobs: Blobs
) -> Stays:
    """What stays of the run whose steps were recorded so.

    A step stays if it ended well, if all that it made is there still, and if all steps above it stay.
    """
    by_name = {record.name: record for record in records}
    ends: dict[str, StepEnd] = {}
    tables: dict[Data, Connected] = {}
    files: dict[Data, Connected] = {}
    said: list[str] = []
    for name in request.pipeline.order:
        record = by_name.get(name)
        end = None if record is None else end_of(record)
        step = request.pipeline.steps[name]
        if record is None or end is None or not _is_whole(end.outcome, blobs) or not _above(step) <= ends.keys():
            continue
        ends[name] = end
        said.extend(_changed(name, step, record))
        for data, is_table, connected in _given(step, values, record):
            if blobs.has(connected.digest):
                (tables if is_table else files)[data] = connected
    return Stays(ends, Was(tables, files), tuple(said))


def _written(text: str) -> bytes:
    """The text of a script as its file has it."""
    try:
        return source_of(text, "").content
    except Undecodable:
        return text.encode("utf-8", "surrogatepass")


def _above(step: Step) -> set[str]:
    return {source.step for source in step.inputs.values() if isinstance(source, FromStep)}


def _is_whole(outcome: Outcome | None, blobs: Blobs) -> bool:
    return outcome is not None and all(map(blobs.has, outcome.digests))


def _given(step: Step, values: Mapping[str, Any], record: StepRecord) -> Iterator[tuple[Data, bool, Connected]]:
    """What a step was given from outside of the pipeline, whether as a table, and what it was. A bundle is code."""
    connected = content_of(record.content).inputs if record.content is not None else {}
    for port in step.component.inputs:
        source = step.inputs.get(port.name)
        data = values.get(source.name) if isinstance(source, FromInput) else source
        if isinstance(data, Data) and port.name in connected and port.name != BUNDLE:
            yield data, port.kind is PortKind.TABLE, connected[port.name]


def _changed(name: str, step: Step, record: StepRecord) -> Iterator[str]:
    """That the script of a step that stays is another one now."""
    own = step.component.script
    text = own.text if own is not None else step.parameters.get("script")
    before = None if record.content is None else record.content.get("script")
    if isinstance(text, str) and before and digest_of_pieces([_written(text)]) != before:
        yield (
            f"The script of {name} has changed, but {name} had ended well and stays as it was. "
            "`transom pipeline run` executes it again, and all that depends on it."
        )
