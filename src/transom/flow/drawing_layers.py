"""Where the steps of a pipeline and the connections between them lie in a picture: in layers, each below its sources.

The way is Sugiyama's (K. Sugiyama, S. Tagawa, M. Toda, Methods for visual understanding of hierarchical system
structures, IEEE Trans. SMC 11, 1981): layers by the longest path; a connection over several layers gets a place in
each; within a layer the order follows the neighbours' means; and places are the nearest to these means that keep it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from transom.flow.drawing_boxes import Box, Wire, boxes_of, wires_of
from transom.model.pipelines import Pipeline

MARGIN = 24.0
_BETWEEN = 26.0
_BETWEEN_LINES = 14.0
_BETWEEN_LAYERS = 46.0
_MOST_SWEEPS, _FEWEST_SWEEPS = 6, 2
#: Places that are looked at, in all sweeps together, as long as there are not fewer sweeps than the fewest.
_MOST_LOOKS = 30_000
#: Boxes side by side; a wider layer goes on below.
_LEAST_WIDE = 8
#: Connections get a place in each layer as long as there are not more places than this.
_MOST_PLACES = 20_000


@dataclass(slots=True)
class Place:
    """A box, or a point that a connection goes through, in a layer; `x` is its middle."""

    width: float
    box: Box | None = None
    x: float = 0.0
    above: list[tuple[Place, float, float]] = field(default_factory=list)
    below: list[tuple[Place, float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Route:
    """The points of a connection, from where it leaves a box to where it enters another."""

    wire: Wire
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole picture: boxes with the left upper corner of each, and the ways of the connections."""

    width: float
    height: float
    boxes: tuple[tuple[Box, float, float], ...]
    routes: tuple[Route, ...]


def layout_of(pipeline: Pipeline) -> Layout:
    """Find a place for everything."""
    boxes = boxes_of(pipeline)
    wires = wires_of(pipeline)
    layer_of = _layers(boxes, wires)
    layers: list[list[Place]] = [[] for _ in range(max(layer_of.values()) + 1)]
    places = {name: Place(box.width, box) for name, box in boxes.items()}
    for name, number in layer_of.items():
        layers[number].append(places[name])
    ways = _ways(wires, boxes, places, layer_of, layers)
    _order(layers)
    _spread(layers)
    return _drawn(layers, ways)


def _layers(boxes: dict[str, Box], wires: Sequence[Wire]) -> dict[str, int]:
    """The layer of each box; one that nothing leads to lies as near to what it leads to as it can."""
    above: dict[str, list[str]] = {name: [] for name in boxes}
    below: dict[str, list[str]] = {name: [] for name in boxes}
    for wire in wires:
        above[wire.target].append(wire.source)
        below[wire.source].append(wire.target)
    longest: dict[str, int] = {}
    for name in boxes:  # they come in their order
        longest[name] = 1 + max((longest[other] for other in above[name]), default=-1)
    for name in boxes:
        if not above[name] and below[name]:
            longest[name] = min(longest[other] for other in below[name]) - 1
    return _within_width(boxes, longest, above)


def _within_width(boxes: Iterable[str], longest: dict[str, int], above: dict[str, list[str]]) -> dict[str, int]:
    widest = max(_LEAST_WIDE, math.isqrt(len(longest)))
    count: dict[int, int] = {}
    full: dict[int, int] = {}
    layers: dict[str, int] = {}
    for name in sorted(boxes, key=longest.__getitem__):
        number = max(longest[name], 1 + max((layers[other] for other in above[name]), default=-1))
        start = number
        number = full.get(start, start)
        while count.get(number, 0) >= widest:
            number += 1
        full[start] = number
        layers[name] = number
        count[number] = count.get(number, 0) + 1
    return layers


def _ways(
    wires: Sequence[Wire],
    boxes: dict[str, Box],
    places: dict[str, Place],
    layer_of: dict[str, int],
    layers: list[list[Place]],
) -> list[tuple[Wire, list[Place]]]:
    """Each connection with the places that it goes through."""
    ways = []
    left = _MOST_PLACES
    for wire in sorted(wires, key=lambda each: layer_of[each.target] - layer_of[each.source]):
        between: list[Place] = []
        span = range(layer_of[wire.source] + 1, layer_of[wire.target])
        if len(span) <= left:
            left -= len(span)
            between = [Place(0.0) for _ in span]
            for number, place in zip(span, between, strict=True):
                layers[number].append(place)
        way = [places[wire.source], *between, places[wire.target]]
        out = boxes[wire.source].outputs[wire.output].offset
        into = boxes[wire.target].inputs[wire.input].offset
        for number in range(len(way) - 1):
            offsets = (out if number == 0 else 0.0, into if number == len(way) - 2 else 0.0)
            way[number].below.append((way[number + 1], offsets[1], offsets[0]))
            way[number + 1].above.append((way[number], offsets[0], offsets[1]))
        ways.append((wire, way))
    return ways


def _order(layers: list[list[Place]]) -> None:
    """Put each layer into the order of its neighbours' means, downwards and upwards in turn."""
    rank: dict[int, float] = {}
    for layer in layers:
        _rank(layer, rank)
    for sweep in range(_sweeps(layers)):
        is_down = sweep % 2 == 0
        for layer in layers if is_down else reversed(layers):
            mean = {}
            for place in layer:
                near = place.above if is_down else place.below
                # a port's offset keeps apart what leads to the same box
                found = [rank[id(other)] + offset / 10_000 for other, offset, _ in near]
                mean[id(place)] = sum(found) / len(found) if found else rank[id(place)]
            layer.sort(key=lambda place: mean[id(place)])
            _rank(layer, rank)


def _sweeps(layers: list[list[Place]]) -> int:
    return max(min(_MOST_LOOKS // sum(map(len, layers)), _MOST_SWEEPS), _FEWEST_SWEEPS)


def _rank(layer: Sequence[Place], rank: dict[int, float]) -> None:
    rank.update({id(place): (number + 0.5) / len(layer) for number, place in enumerate(layer)})


def _spread(layers: list[list[Place]]) -> None:
    for layer in layers:
        _settle(layer, [0.0] * len(layer))
    for sweep in range(_sweeps(layers) + 1):
        is_down = sweep % 2 == 0
        for layer in layers if is_down else reversed(layers):
            wanted = []
            for place in layer:
                near = (place.above or place.below) if is_down else (place.below or place.above)
                found = [other.x + offset - own for other, offset, own in near]
                wanted.append(sum(found) / len(found) if found else place.x)
            _settle(layer, wanted)


def _settle(layer: Sequence[Place], wanted: Sequence[float]) -> None:
    """The places nearest to the wanted ones in which nothing overlaps and the order stays.

    This is isotonic regression: neighbours that would overlap are pooled, and lie around the mean of what they want.
    """
    shifts = [0.0]
    for one, other in pairwise(layer):
        both = one.box is not None and other.box is not None
        gap = _BETWEEN if both else _BETWEEN_LINES
        shifts.append(shifts[-1] + one.width / 2 + gap + other.width / 2)
    pools: list[list[float]] = []  # sum of weighted wishes, weight, how many
    for place, wish, shift in zip(layer, wanted, shifts, strict=False):
        weight = 1.0 if place.box is not None else 3.0  # long connections stay straight
        pools.append([(wish - shift) * weight, weight, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [one + other for one, other in zip(pools[-1], last, strict=True)]
    number = 0
    for total, weight, many in pools:
        for _ in range(int(many)):
            layer[number].x = total / weight + shifts[number]
            number += 1


def _drawn(layers: list[list[Place]], ways: list[tuple[Wire, list[Place]]]) -> Layout:
    every = [place for layer in layers for place in layer]
    left = min(place.x - place.width / 2 for place in every) - MARGIN
    right = max(place.x + place.width / 2 for place in every) + MARGIN
    tops, bottoms, y = {}, {}, MARGIN
    boxes = []
    for layer in layers:
        height = max((place.box.height for place in layer if place.box is not None), default=0.0)
        for place in layer:
            own = place.box.height if place.box is not None else height
            tops[id(place)] = y + (height - own) / 2
            bottoms[id(place)] = tops[id(place)] + own
            if place.box is not None:
                boxes.append((place.box, place.x - place.width / 2 - left, tops[id(place)]))
        y += height + _BETWEEN_LAYERS
    routes = []
    for wire, way in ways:
        points = []
        for number, place in enumerate(way):
            own = _own_offset(place, wire, number == 0)
            if number:
                points.append((place.x + own - left, tops[id(place)]))
            if number < len(way) - 1:
                points.append((place.x + own - left, bottoms[id(place)]))
        routes.append(Route(wire, tuple(points)))
    return Layout(right - left, y - _BETWEEN_LAYERS + MARGIN, tuple(boxes), tuple(routes))


def _own_offset(place: Place, wire: Wire, is_first: bool) -> float:
    if place.box is None:
        return 0.0
    return (place.box.outputs[wire.output] if is_first else place.box.inputs[wire.input]).offset
