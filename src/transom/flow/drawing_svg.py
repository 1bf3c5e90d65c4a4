"""How a picture of a pipeline is written as SVG: shapes, texts, and colours in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from transom.flow.drawing_boxes import STEP, Box, Mark
from transom.flow.drawing_layers import Layout, Route
from transom.model.pipelines import Pipeline

#: What XML has no way to hold.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GROUPS = {
    "Data Input and Output": "data",
    "Data Transformation": "change",
    "Python Language": "script",
}
_OTHER_GROUP = "own"
_STATES = ("succeeded", "reused", "failed", "skipped", "stopped", "running", "waiting")
_STYLE = """
  svg { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
        --page: #ffffff; --box: #ffffff; --edge: #c9d1d9; --text: #1f2328; --weak: #626c77; --line: #8c959f;
        --data: #0f8a7e; --change: #2f6fd6; --script: #8250df; --own: #b7621b; --good: #1a7f37; --bad: #cf222e;
        --quiet: #f3f5f7; }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --box: #161b22; --edge: #3d444d; --text: #e6edf3; --weak: #9198a1; --line: #7d8590;
          --data: #3fc5b7; --change: #6ea8fe; --script: #b58cff; --own: #e8a15b; --good: #3fb950; --bad: #f85149;
          --quiet: #1b222c; }
  }
  .page { fill: var(--page); }
  .box { fill: var(--box); stroke: var(--edge); }
  .outside { fill: var(--quiet); stroke: var(--edge); }
  .wire { fill: none; stroke: var(--line); stroke-width: 1.5; }
  .port { fill: var(--box); stroke: var(--line); stroke-width: 1.5; }
  .title { fill: var(--text); font-size: 13px; font-weight: 600; }
  .below { fill: var(--weak); font-size: 11px; }
  .label { fill: var(--weak); font-size: 10px; }
  .small { fill: var(--text); font-size: 12px; }
  text { text-anchor: middle; }
  .data { fill: var(--data); } .change { fill: var(--change); }
  .script { fill: var(--script); } .own { fill: var(--own); }
  .succeeded .box, .reused .box { stroke: var(--good); stroke-width: 2; }
  .failed .box, .stopped .box { stroke: var(--bad); stroke-width: 2; }
  .skipped, .waiting { opacity: 0.55; }
  .running .box { stroke: var(--change); stroke-width: 2; }
"""


def rendered(pipeline: Pipeline, layout: Layout, states: Mapping[str, str]) -> str:
    """The whole picture as a text that ends with a line's end."""
    return "\n".join(_lines(pipeline, layout, states)) + "\n"


def _lines(pipeline: Pipeline, layout: Layout, states: Mapping[str, str]) -> Iterator[str]:
    width, height = (f"{size:.0f}" for size in (layout.width, layout.height))
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="picture-title picture-told">'
    )
    yield f'<title id="picture-title">{_text(pipeline.display_name or "Pipeline")}</title>'
    yield f'<desc id="picture-told">{_text(_told(pipeline))}</desc>'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="page" width="{width}" height="{height}"/>'
    yield "<g>"
    yield from map(_wire, layout.routes)
    yield "</g>"
    for box, x, y in layout.boxes:
        yield from _box(box, x, y, states.get(box.name.partition(" ")[2], "") if box.kind == STEP else "")
    yield "</svg>"


def _told(pipeline: Pipeline) -> str:
    """The graph in words, for whoever does not see it."""
    told = []
    for name in pipeline.order:
        step = pipeline.steps[name]
        after = f" after {', '.join(step.above)}" if step.above else ""
        told.append(f"{name} ({step.component.title}){after}")
    return f"{'; '.join(told)}."


def _wire(route: Route) -> str:
    """A curve from layer to layer; through a layer it goes straight."""
    (x, y), *rest = route.points
    parts = [f"M{x:.1f} {y:.1f}"]
    for number, (to_x, to_y) in enumerate(rest):
        bend = (to_y - y) / 2
        is_straight = number % 2 == 1 or abs(to_x - x) < 0.05
        parts.append(
            f"V{to_y:.1f}"
            if is_straight
            else f"C{x:.1f} {y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    return f'<path class="wire" d="{"".join(parts)}"/>'


def _box(box: Box, x: float, y: float, state: str) -> Iterator[str]:
    known = state if state in _STATES else ""
    yield f'<g{f" class={quoteattr(known)}" if known else ""} transform="translate({x:.1f} {y:.1f})">'
    yield f"<title>{_text(box.hint)}{_text(f', {state}' if state else '')}</title>"
    width, height, middle = f"{box.width:.1f}", f"{box.height:.1f}", box.width / 2
    if box.kind == STEP:
        group = _GROUPS.get(box.group, _OTHER_GROUP)
        yield f'<rect class="box" width="{width}" height="{height}" rx="7"/>'
        yield f'<path class="{group}" d="M7 0H5A5 5 0 0 0 0 7V{box.height - 7:.1f}A5 5 0 0 0 5 {height}H7Z"/>'
        top = 14.0 if box.inputs else 0.0
        yield f'<text class="title" x="{middle:.1f}" y="{top + 22:.1f}">{_text(box.title)}</text>'
        yield f'<text class="below" x="{middle:.1f}" y="{top + 38:.1f}">{_text(box.below_title)}</text>'
    else:
        yield f'<rect class="outside" width="{width}" height="{height}" rx="{box.height / 2:.1f}"/>'
        yield f'<text class="small" x="{middle:.1f}" y="{box.height / 2 + 4:.1f}">{_text(box.title)}</text>'
    for mark in box.inputs.values():
        yield from _port(mark, middle, 0.0, 15.0)
    for mark in box.outputs.values():
        yield from _port(mark, middle, box.height, box.height - 10)
    yield "</g>"


def _port(mark: Mark, middle: float, y: float, label: float) -> Iterator[str]:
    x = middle + mark.offset
    yield f'<circle class="port" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{_text(mark.title)}</title></circle>'
    if mark.name:
        yield f'<text class="label" x="{x:.1f}" y="{label:.1f}">{_text(mark.name)}</text>'


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("�", text))
