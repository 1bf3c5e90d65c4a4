"""How a graph becomes lines of text: a lane leads from each step down to the last one that it gives something to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from transom.flow.drawing_signs import Signs, columns, cut, padded
from transom.model.pipelines import Connected, Data, FromStep, Pipeline, Step

_LONGEST_NAME = 28
_LONGEST_TITLE = 26
#: What lanes may take of a line; what has no room is told by its names alone.
_SHARE_OF_LANES = 0.3
_GAP = "  "


@dataclass(slots=True)
class _Row:
    """One line of the graph: what stands in each lane, and what lies right of it."""

    cells: dict[int, str] = field(default_factory=dict)
    across: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class _Lanes:
    """Which step each lane comes from, and how many it still leads to. `most` is how many lanes there may be.

    A lane that ended is not taken by a step that it does not lead to before a line has gone by.
    """

    signs: Signs
    most: int
    left: dict[str, int]
    steps: dict[int, str] = field(default_factory=dict)
    just_ended: set[int] = field(default_factory=set)

    def row(self, name: str, step: Step, sign: str) -> _Row:
        """The next line: a step, and lines to it from the lanes of what it is given by."""
        above = step.above
        sources = [lane for lane, other in self.steps.items() if other in above]
        for other in above:
            self.left[other] -= 1
        ending = sorted(lane for lane in sources if not self.left[self.steps[lane]])
        row = _Row(dict.fromkeys(self.steps, self.signs.along))
        own = ending[0] if ending else self._free()
        for lane in sources:
            row.cells[lane] = self._meeting(lane, [*sources, own], ends=lane in ending)
        row.cells[own] = sign
        row.across = (min([own, *sources]), max([own, *sources]))
        self.just_ended = {lane for lane in ending if lane != own}
        for lane in ending:
            del self.steps[lane]
        if not self.left[name]:
            self.just_ended.add(own)
        elif own < self.most:
            self.steps[own] = name
        return row

    def _free(self) -> int:
        taken = self.steps.keys() | self.just_ended
        return next((lane for lane in range(self.most) if lane not in taken), self.most)

    def _meeting(self, lane: int, line: list[int], *, ends: bool) -> str:
        signs = self.signs
        if lane == min(line):
            return signs.left_end if ends else signs.left
        if lane == max(line):
            return signs.right_end if ends else signs.right
        return signs.end if ends else signs.branch


def lines_of(pipeline: Pipeline, states: Mapping[str, str], signs: Signs, width: int) -> Iterator[str]:
    """The lines of the drawing, each of at most `width` columns."""
    yield from _head(pipeline, signs, width)
    rows = _rows(pipeline, states, signs, int(width * _SHARE_OF_LANES) // 2)
    lanes = max(max(row.cells, default=0) for row in rows.values()) + 1
    names = min(max(map(columns, rows)), _LONGEST_NAME)
    titles = {name: cut(step.component.title, _LONGEST_TITLE, signs.cut) for name, step in pipeline.steps.items()}
    room = max(map(columns, titles.values()))
    outputs = _outputs(pipeline)
    for name, row in rows.items():
        parts = [
            _drawn(row, lanes, signs),
            padded(cut(name, names, signs.cut), names),
            padded(titles[name], room),
            states.get(name, ""),
            cut(outputs.get(name, ""), width, signs.cut),
            cut(_connections(pipeline, pipeline.steps[name], signs), width, signs.cut),
        ]
        yield cut_end(_GAP.join(part for part in parts if part), width, signs)


def cut_end(line: str, width: int, signs: Signs) -> str:
    """The line without what has no room; blanks in it stay."""
    line = line.rstrip()
    if columns(line) <= width:
        return line
    while columns(line) > width - columns(signs.cut):
        line = line[:-1]
    return line.rstrip() + signs.cut


def _rows(pipeline: Pipeline, states: Mapping[str, str], signs: Signs, most: int) -> dict[str, _Row]:
    left = dict.fromkeys(pipeline.steps, 0)
    for step in pipeline.steps.values():
        for other in step.above:
            left[other] += 1
    lanes = _Lanes(signs, most, left)
    rows = {}
    for name in pipeline.order:
        sign = signs.steps.get(states.get(name, ""), signs.step)
        rows[name] = lanes.row(name, pipeline.steps[name], sign)
    return rows


def _drawn(row: _Row, lanes: int, signs: Signs) -> str:
    first, last = row.across
    letters = []
    for lane in range(lanes):
        inside = first <= lane < last
        letters.append(row.cells.get(lane, signs.across if first < lane < last else " "))
        letters.append(signs.across if inside else " ")
    return "".join(letters[:-1])


def _head(pipeline: Pipeline, signs: Signs, width: int) -> Iterator[str]:
    if pipeline.display_name:
        yield cut(pipeline.display_name, width, signs.cut)
    for name, given in pipeline.inputs.items():
        value = given.value.path if isinstance(given.value, Data) else given.value
        said = "(to be given)" if value is None and not given.optional else "" if value is None else f"= {value}"
        yield cut(f"{name}: {given.type} {said}", width, signs.cut)
    if pipeline.display_name or pipeline.inputs:
        yield ""


def _connections(pipeline: Pipeline, step: Step, signs: Signs) -> str:
    return ", ".join(f"{port} {signs.arrow} {_source(pipeline, source)}" for port, source in step.inputs.items())


def _source(pipeline: Pipeline, source: Connected) -> str:
    if isinstance(source, FromStep):
        has_one = len(pipeline.steps[source.step].component.outputs) == 1
        return source.step if has_one else f"{source.step}.{source.port}"
    return source.path if isinstance(source, Data) else source.name


def _outputs(pipeline: Pipeline) -> dict[str, str]:
    """What of the pipeline's outputs each step makes."""
    names: dict[str, list[str]] = {}
    for name, source in pipeline.outputs.items():
        names.setdefault(source.step, []).append(name)
    return {step: f"=> {', '.join(each)}" for step, each in names.items()}
