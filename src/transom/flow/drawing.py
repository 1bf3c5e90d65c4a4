"""How a pipeline is shown as a graph: for a terminal as lines with lanes, for a browser as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transom.flow.drawing_layers import Layout
    from transom.model.pipelines import Pipeline

WIDTH = 100
_LEAST_WIDTH = 40


def as_text(
    pipeline: Pipeline, states: Mapping[str, str] | None = None, *, width: int = WIDTH, ascii_only: bool = False
) -> str:
    """The graph as lines of at most `width` columns (40 at least), one a step, each below what it is given.

    `states` says by step how it ended (`succeeded`, `reused`, `failed`, `skipped`, `stopped`) or what it does
    (`running`, `waiting`). With `ascii_only` lanes are drawn by ASCII letters; names of a person stay as they are.
    """
    from transom.flow.drawing_lanes import lines_of
    from transom.flow.drawing_signs import ASCII, UNICODE

    signs = ASCII if ascii_only else UNICODE
    lines: Iterator[str] = lines_of(pipeline, states or {}, signs, max(width, _LEAST_WIDTH))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def as_svg(pipeline: Pipeline, states: Mapping[str, str] | None = None) -> str:
    """The graph as an SVG picture, in light and dark, with nothing in it that is loaded or executed.

    `states` are as in `as_text`.
    """
    from transom.flow.drawing_layers import layout_of
    from transom.flow.drawing_svg import rendered

    layout: Layout = layout_of(pipeline)
    return rendered(pipeline, layout, states or {})
