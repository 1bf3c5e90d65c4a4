"""A folder with a `component.yaml` is a component like ours, or is refused with the line, the column and what to do."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from tests.flow.components import CATALOG

from transom.errors import NotThere
from transom.flow.component_file import component_at
from transom.flow.file import pipeline_from
from transom.flow.file_problems import PipelineInvalid
from transom.flow.file_written import written
from transom.model.components import REQUIRED, Component, OwnScript, Parameter, ParameterKind, Port, PortKind

CODE = "def azureml_main(cars, share=0.5):\n    return {'made': cars}\n"
SCORE = """
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: score
display_name: Score
description: Scores cars.
version: 3
type: command
script: score.py
environment: designer-2025
inputs:
  cars: {type: mltable, description: What is scored}
  weights: {type: uri_folder, optional: true}
  share: {type: number, default: 0.5, min: 0, max: 1}
  label: {type: string}
  way: {type: string, enum: [fast, exact], default: fast}
  seed: {type: integer, optional: true}
outputs:
  made: {type: mltable, description: Cars with scores}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "score").mkdir()
    (tmp_path / "score" / "score.py").write_text(CODE)
    return tmp_path


def a_component(folder: Path, text: str = SCORE, name: str = "score/component.yaml") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text))
    return path


def test_a_folder_is_a_component_with_ports_and_parameters(folder):
    a_component(folder)
    component = component_at("./score", folder)
    assert component == Component(
        name="./score",
        title="Score",
        description="Scores cars.",
        category="Custom",
        inputs=(
            Port("cars", "cars", "What is scored"),
            Port("weights", "weights", "", PortKind.FILES, optional=True),
        ),
        outputs=(Port("made", "made", "Cars with scores"),),
        parameters=(
            Parameter("share", "share", "", ParameterKind.NUMBER, 0.5, minimum=0, maximum=1),
            Parameter("label", "label", "", ParameterKind.TEXT, REQUIRED),
            Parameter("way", "way", "", ParameterKind.CHOICE, "fast", choices=("fast", "exact")),
            Parameter("seed", "seed", "", ParameterKind.INTEGER, None),
        ),
        version=component.version,
        native=False,
        script=OwnScript(CODE, "score/score.py", "azureml_main", None, "designer-2025"),
    )
    assert component.version.startswith("3+")


def test_the_two_in_two_out_contract_is_such_a_component(folder):
    a_component(
        folder,
        """
        script: score.py
        inputs:
          dataset1: {type: mltable, optional: true}
          dataset2: {type: mltable, optional: true}
          script_bundle: {type: uri_folder, optional: true}
        outputs: {result_dataset: mltable, result_dataset2: mltable}
        """,
    )
    component = component_at("score", folder)
    assert [port.name for port in component.inputs] == ["dataset1", "dataset2", "script_bundle"]
    assert [port.name for port in component.outputs] == ["result_dataset", "result_dataset2"]
    assert component.script is not None
    assert component.script.entry_point == "azureml_main"


def test_what_else_lies_in_its_folder_lies_beside_the_script(folder):
    a_component(folder)
    (folder / "score" / "measures.py").write_text("x = 1")
    for reference in ("./score", "score/component.yaml", str(folder / "score")):
        script = component_at(reference, folder).script
        assert script is not None
        assert script.folder is not None
        assert (folder / script.folder).samefile(folder / "score")
        assert (folder / script.shown).read_text() == script.text


def test_the_files_of_the_pipelines_own_folder_are_not_those_of_a_component_in_it(folder):
    a_component(folder, "script: own.py\noutputs: {made: mltable}\n", "own.yaml")
    (folder / "own.py").write_text(CODE)
    (folder / "large.csv").write_text("x")
    script = component_at("./own.yaml", folder).script
    assert script is not None
    assert script.folder is None


def test_the_version_changes_with_what_the_function_is_given_and_not_with_words(folder):
    a_component(folder)
    first = component_at("./score", folder).version
    a_component(folder, SCORE.replace("Scores cars.", "Scores all cars."))
    assert component_at("./score", folder).version == first
    for changed in (("default: 0.5", "default: 0.6"), ("version: 3", "version: 4"), ("  made:", "  other:")):
        a_component(folder, SCORE.replace(*changed))
        assert component_at("./score", folder).version != first


def test_its_steps_are_read_and_written_like_the_others(folder):
    a_component(folder)
    text = """
        jobs:
          a: {component: ./score, inputs: {cars: x.csv, label: 1.10, share: 0.25}}
          b: {component: split, inputs: {dataset: "${{parent.jobs.a.outputs.made}}"}}
        """
    pipeline = pipeline_from(textwrap.dedent(text), folder / "p.yaml", CATALOG).pipeline
    assert pipeline.steps["a"].parameters == {"label": "1.10", "share": 0.25}
    assert pipeline_from(written(pipeline), folder / "p.yaml", CATALOG).pipeline == pipeline


def test_a_component_that_never_is_reused_says_so_in_azures_words_too(folder):
    a_component(folder, SCORE + "is_deterministic: false\n")
    assert component_at("./score", folder).reuse is False
    a_component(folder, SCORE + "reuse: false\n")
    assert component_at("./score", folder).reuse is False


WRONG = {
    "no script": ("inputs: {}", (1, 1), "has no script", "script: FILE"),
    "a command": ("script: score.py\ncommand: python score.py", (2, 1), "`command` cannot stand", "azureml_main"),
    "an unknown key": ("script: score.py\ninput: {}", (2, 1), "`input` is no key of a component", "Did you mean inputs?"),
    "another type": ("script: score.py\ntype: pipeline", (2, 7), "`type` cannot be 'pipeline'", "command"),
    "a script elsewhere": ("script: ../x.py", (1, 9), "must lie in the component's folder", ""),
    "a script of root": ("script: /etc/passwd", (1, 9), "must lie in the component's folder", ""),
    "a script that is not there": ("script: scoer.py", (1, 9), "no file or folder scoer.py", "score.py"),
    "an input without type": ("script: score.py\ninputs: {x: {default: 1}}", (2, 13), "has no type", "mltable"),
    "an input of no type": ("script: score.py\ninputs: {x: {type: table_}}", (2, 20), "cannot be 'table_'", "Did you mean table?"),
    "an input that is a list": ("script: score.py\ninputs: {x: [a]}", (2, 13), "must be a mapping", ""),
    "an input that is no name": ("script: score.py\ninputs: {a-b: mltable}", (2, 10), "'a-b' cannot be the name", "function"),
    "an input that is a keyword": ("script: score.py\ninputs: {class: string}", (2, 10), "'class' cannot be the name", ""),
    "an input that says too much": ("script: score.py\ninputs: {x: {type: integer, minimum: 1}}", (2, 29), "`minimum` is no key", "min"),
    "a default of a table": ("script: score.py\ninputs: {x: {type: mltable, default: y}}", (2, 29), "`default` is for parameters", ""),
    "a default that is none": ("script: score.py\ninputs: {x: {type: integer, default: y}}", (2, 38), "default of x must be a number", ""),
    "a default out of range": ("script: score.py\ninputs: {x: {type: integer, default: 9, max: 3}}", (2, 38), "is 9, more than 3", ""),
    "a default that is no choice": ("script: score.py\ninputs: {x: {type: string, enum: [rows], default: row}}", (2, 51), "must be one of rows", "Did you mean rows?"),
    "choices of nothing": ("script: score.py\ninputs: {x: {type: choice}}", (2, 13), "has no list `enum`", ""),
    "choices of numbers": ("script: score.py\ninputs: {x: {type: integer, enum: [1, 2]}}", (2, 35), "`enum` is for texts", ""),
    "a choice that is a list": ("script: score.py\ninputs: {x: {type: string, enum: [[1]]}}", (2, 34), "must be a list of texts", ""),
    "an output of files": ("script: score.py\noutputs: {x: {type: uri_file}}", (2, 21), "is a table", "mltable"),
    "an entry point that is none": ("script: score.py\nentry_point: a b", (2, 14), "cannot be the name of a function", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place_in_the_components_file(folder, name):
    text, place, sentence, remedy = WRONG[name]
    a_component(folder, text)
    with pytest.raises(PipelineInvalid) as raised:
        component_at("./score", folder)
    first = raised.value.problems[0]
    assert sentence in first.text
    assert (first.line, first.column) == place
    assert remedy in first.remedy
    assert "score/component.yaml:" in raised.value.message


def test_a_script_that_is_no_text_is_refused(folder):
    a_component(folder)
    (folder / "score" / "score.py").write_bytes(b"x = '\xff'")
    with pytest.raises(PipelineInvalid, match="cannot be read as a script"):
        component_at("./score", folder)


def test_a_folder_without_a_description_is_no_component(folder):
    with pytest.raises(NotThere, match=r"score/component\.yaml"):
        component_at("./score", folder)
    with pytest.raises(NotThere):
        component_at("./nothing", folder)


def test_a_file_names_the_place_where_it_names_what_is_no_component(folder):
    with pytest.raises(PipelineInvalid) as raised:
        pipeline_from("jobs: {s: {component: ./score}}", folder / "p.yaml", CATALOG)
    assert "p.yaml:1:23: There is no file or folder" in raised.value.message
    assert "score/component.yaml" in raised.value.message


def test_an_empty_file_is_told_what_a_component_begins_with(folder):
    a_component(folder, "# nothing yet\n")
    with pytest.raises(PipelineInvalid) as raised:
        component_at("./score", folder)
    assert "Begin with `script: FILE`" in raised.value.remedy
    assert "jobs" not in raised.value.remedy


@pytest.mark.parametrize("reference", ["~nosuch/x", "~nosuch/x.yaml", "./" + "x" * 300])
def test_a_reference_that_leads_nowhere_is_an_error_of_ours(folder, reference):
    with pytest.raises((NotThere, PipelineInvalid)) as raised:
        pipeline_from(f"jobs: {{s: {{component: {reference}}}}}", folder / "p.yaml", CATALOG)
    assert reference[:20].removeprefix("./") in raised.value.message


def test_only_the_script_of_execute_python_script_is_read_from_a_file(folder):
    (folder / "key").write_text("SECRET")
    (folder / "score/component.yaml").write_text("script: score.py\ninputs: {script: {type: code}}\n")
    pipeline = pipeline_from(
        "jobs: {s: {component: ./score, inputs: {script: key}}}", folder / "p.yaml", CATALOG
    ).pipeline
    assert pipeline.steps["s"].parameters["script"] == "key"
    with pytest.raises(PipelineInvalid, match="takes a text"):
        pipeline_from("jobs: {s: {component: ./score, inputs: {script: {path: key}}}}", folder / "p.yaml", CATALOG)
    assert pipeline_from(written(pipeline), folder / "p.yaml", CATALOG).pipeline == pipeline


def test_an_environment_in_azure_is_told_of_in_a_component(folder):
    (folder / "score/component.yaml").write_text("script: score.py\nenvironment: azureml:x@latest\n")
    with pytest.raises(PipelineInvalid, match="is an environment in Azure"):
        component_at("./score", folder)
