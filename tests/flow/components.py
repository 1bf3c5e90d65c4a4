"""Components that the tests of the pipeline file place: two of tables, one with a script, one with every parameter."""

from __future__ import annotations

from transom.flow.file_steps import Catalog
from transom.model.components import REQUIRED, Component, Parameter, ParameterKind, Port, PortKind


def port(name: str, kind: PortKind = PortKind.TABLE, optional: bool = False) -> Port:
    return Port(name, name.title(), f"What {name} is.", kind, optional)


def parameter(name: str, kind: ParameterKind = ParameterKind.TEXT, default: object = None, **more: object) -> Parameter:
    return Parameter(name, name.title(), f"What {name} says.", kind, default, **more)  # type: ignore[arg-type]


SCRIPT = Component(
    "run_script",
    "Run Script",
    "Runs a script.",
    "Python",
    (port("dataset1", optional=True), port("dataset2", optional=True), port("script_bundle", PortKind.FILES, True)),
    (port("result_dataset"), port("result_dataset2")),
    (
        parameter("script", ParameterKind.CODE, REQUIRED, language="python"),
        parameter("entry_point", default="azureml_main"),
    ),
    native=False,
)
SPLIT = Component(
    "split",
    "Split",
    "Splits a table.",
    "Tables",
    (port("dataset"),),
    (port("part1"), port("part2")),
    (
        parameter("fraction", ParameterKind.NUMBER, 0.5, minimum=0, maximum=1),
        parameter("seed", ParameterKind.INTEGER, 0),
        parameter("way", ParameterKind.CHOICE, "rows", choices=("rows", "groups")),
        parameter("column", ParameterKind.COLUMN, REQUIRED, relevant=("way", ("groups",))),
    ),
)
EVERY = Component(
    "every",
    "Every",
    "Has a parameter of every kind.",
    "Tables",
    (port("dataset", optional=True),),
    (port("made"),),
    tuple(
        parameter(f"a_{kind}", kind, **({"choices": ("x", "y")} if kind is ParameterKind.CHOICE else {}))
        for kind in ParameterKind
    ),
)
FILES = Component("pack", "Pack", "Makes files.", "Tables", (port("dataset"),), (port("files", PortKind.FILES),))
ALL = {each.name: each for each in (SCRIPT, SPLIT, EVERY, FILES)}
CATALOG = Catalog(ALL.get, lambda: ALL)
