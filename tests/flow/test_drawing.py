"""A drawn pipeline shows every step and every connection, in bounds, and nothing that a browser would execute."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from tests.flow.graphs import graphs, pipeline_of

from transom.components import known
from transom.flow.drawing import as_svg, as_text
from transom.flow.drawing_layers import layout_of
from transom.flow.drawing_signs import columns, cut
from transom.flow.file import read_pipeline
from transom.model.pipelines import Data, FromInput, FromStep, InputType, Pipeline, PipelineInput, Step

EXAMPLE = Path(__file__).parents[2] / "examples" / "penguins" / "pipeline.yml"
SVG = "{http://www.w3.org/2000/svg}"
SCRIPT = known.component("execute_python_script")


def test_the_example_is_drawn_with_a_lane_for_what_is_handed_on():
    text = as_text(read_pipeline(EXAMPLE).pipeline)
    assert text.splitlines()[4:10] == [
        "●    penguins  Import Data",
        "●    labelled  Edit Metadata             dataset ← penguins",
        "●    measured  Execute Python Script     dataset1 ← labelled, script_bundle ← bundle/",
        "│ ●  islands   Enter Data Manually",
        "●─╯  located   Join Data                 dataset1 ← measured.result_dataset, dataset2 ← islands",
        "●    halves    Split Data                dataset ← located",
    ]
    assert "=> told" in text


def lanes(graph: dict[str, list[str]], **options: object) -> list[str]:
    text = as_text(pipeline_of(graph), **options)  # type: ignore[arg-type]
    return [line.partition("Any")[0][:-4].rstrip() for line in text.splitlines()]


def test_a_lane_ends_at_the_last_step_that_it_leads_to():
    assert lanes({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}) == ["●", "├─●", "● │", "●─╯"]


def test_a_line_that_crosses_a_lane_does_not_meet_it():
    graph = {"a": [], "b": [], "c": ["a"], "d": ["a", "b", "c"]}
    assert lanes(graph) == ["●", "│ ●", "├─│─●", "●─┴─╯"]


def test_a_step_that_is_given_nothing_does_not_lie_below_one_that_it_does_not_belong_to():
    assert lanes({"a": [], "b": [], "c": []}) == ["●", "  ●", "●"]


def test_the_drawing_has_an_ascii_form():
    text = as_text(read_pipeline(EXAMPLE).pipeline, {"told": "failed", "halves": "running"}, ascii_only=True)
    assert text.isascii()
    assert re.search(r"^x +told +Execute Python Script +failed", text, re.MULTILINE)
    assert re.search(r"^> +halves", text, re.MULTILINE)


@given(graphs())
def test_every_step_has_a_line_within_the_width(graph: dict[str, list[str]]):
    pipeline = pipeline_of(graph)
    lines = as_text(pipeline, width=60).splitlines()
    assert len(lines) == len(graph)
    assert all(columns(line) <= 60 for line in lines)
    assert [line.split("Any")[0].split()[-1] for line in lines] == list(pipeline.order)


def test_more_lanes_than_have_room_are_told_by_names_alone():
    graph: dict[str, list[str]] = {f"s{number}": [] for number in range(200)}
    graph |= {f"t{number}": [f"s{number}"] for number in range(200)}
    lines = as_text(pipeline_of(graph), width=80).splitlines()
    assert max(map(columns, lines)) <= 80
    assert "in0 ← s199" in lines[-1]


def test_wide_letters_and_control_characters_keep_the_columns():
    pipeline = Pipeline(
        {"s": Step(SCRIPT, {"dataset1": Data("\x1b[31m名前\n.csv")}, {"script": "x"})}, display_name="表" * 80
    )
    lines = as_text(pipeline, width=40).splitlines()
    assert all(columns(line) <= 40 and line.isprintable() for line in lines)
    assert cut("表表表", 5) == "表表…"


def test_a_picture_is_well_formed_and_has_everything():
    pipeline = read_pipeline(EXAMPLE).pipeline
    root = ElementTree.fromstring(as_svg(pipeline))
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert set(pipeline.steps) <= set(texts)
    assert {"Split Data", "results_dataset1", "t1"} <= set(texts)
    assert root.find(f"{SVG}title").text == "Penguins told apart"
    assert "located (Join Data) after measured, islands" in root.find(f"{SVG}desc").text
    connections = sum(isinstance(s, FromStep) for step in pipeline.steps.values() for s in step.inputs.values())
    assert len([each for each in root.iter(f"{SVG}path") if each.get("class") == "wire"]) == connections + 2


def test_nothing_of_a_person_is_markup_in_a_picture():
    said = '</style><script>alert(1)</script>"\x00\ud800&'
    pipeline = Pipeline(
        {"s": Step(SCRIPT, {"dataset1": FromInput("x"), "dataset2": Data(said)}, {"script": "x"}, title=said)},
        inputs={"x": PipelineInput(InputType.FILE, Data(said))},
        display_name=said,
    )
    text = as_svg(pipeline, {"s": said})
    text.encode("utf-8")
    root = ElementTree.fromstring(text)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {
        "svg", "title", "desc", "style", "rect", "g", "path", "text", "circle",
    }  # fmt: skip
    assert not re.search(r"\b(?:href|src|on\w+)=|url\(|@import", text)


@given(graphs())
def test_boxes_never_overlap_and_lie_below_what_they_are_given(graph: dict[str, list[str]]):
    layout = layout_of(pipeline_of(graph))
    boxes = [(x, y, x + box.width, y + box.height) for box, x, y in layout.boxes]
    for place, one in enumerate(boxes):
        assert one[0] >= 0
        assert one[2] <= layout.width
        assert one[3] <= layout.height
        for other in boxes[:place]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
    for route in layout.routes:
        heights = [y for _, y in route.points]
        assert heights == sorted(heights)


@given(graphs())
def test_connections_go_around_boxes(graph: dict[str, list[str]]):
    layout = layout_of(pipeline_of(graph))
    for route in layout.routes:
        for (x, top), (_, bottom) in list(pairwise(route.points))[1::2]:
            for box, left, y in layout.boxes:
                is_beside = x <= left or x >= left + box.width
                assert is_beside or bottom <= y or top >= y + box.height


@pytest.mark.parametrize("shape", ["chain", "fan", "wide and long"])
def test_a_thousand_steps_are_drawn_in_two_seconds(shape: str):
    graph: dict[str, list[str]] = {"s0": []}
    for number in range(1, 1000):
        above = {"chain": [number - 1], "fan": [0], "wide and long": sorted({0, number // 2, number - 1})}[shape]
        graph[f"s{number}"] = [f"s{each}" for each in above]
    pipeline = pipeline_of(graph)
    began = time.process_time()
    as_svg(pipeline)
    as_text(pipeline)
    assert time.process_time() - began < 2
