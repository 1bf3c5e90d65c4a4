"""The schema allows what the file may say, and nothing that the reader would refuse for its form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from tests.flow.components import ALL, CATALOG
from tests.flow.json_schema import faults
from tests.flow.test_file import CARS, CODE
from tests.flow.test_file_written import pipelines

from transom.flow.file import pipeline_from
from transom.flow.file_problems import PipelineInvalid
from transom.flow.file_written import written
from transom.flow.file_yaml import document_of
from transom.flow.schema import SHIPPED, pipeline_schema, shipped_text

SCHEMA = pipeline_schema(ALL.values())


def wrong(text: str) -> list[str]:
    return sorted(faults(SCHEMA, document_of(text, Path("p.yaml")).value))


def test_the_shipped_schema_is_that_of_this_code():
    assert SHIPPED.read_text("utf-8") == shipped_text(), "`python -m transom.flow.schema` writes it anew"


def test_the_shipped_schema_knows_every_component_and_what_it_takes():
    from transom.components import known

    told = json.loads(SHIPPED.read_text("utf-8"))["definitions"]
    assert [f"inputs_of_{name}" for name in known.names()] == [name for name in told if name.startswith("inputs_of_")]
    for name in known.names():
        component = known.component(name)
        properties = told[f"inputs_of_{name}"]["properties"]
        assert list(properties) == component.names
        assert all(each["title"] and each["description"] for each in properties.values())


def test_a_good_file_is_allowed():
    assert wrong(CARS) == []
    assert wrong("jobs: {s: {component: ./score, inputs: {anything: 1}}}") == []
    assert wrong("jobs: {s: {component: every, inputs: {a_rows: [[1]], a_mapping: {a: b}, a_choice: x}}}") == []
    assert wrong("jobs: {s: {component: every, compute: x, resources: {a: 1}}}") == []


@given(pipelines())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_written_is_allowed(pipeline):
    assert wrong(written(pipeline)) == []


WRONG = {
    "display: x\njobs: {e: {component: every}}": "/display: not allowed",
    "jobs: {}": "/jobs: minProperties",
    "type: pipeline": ": required jobs",
    "jobs: {a-b: {component: every}}": "/jobs/a-b: pattern",
    "jobs: {s: {}}": "/jobs/s: required component",
    "jobs: {s: {component: evry}}": "/jobs/s/component: anyOf",
    "jobs: {s: {component: split}}": "/jobs/s: required inputs",
    "jobs: {s: {component: split, inputs: {seed: 1}}}": "/jobs/s/inputs: required dataset",
    "jobs: {s: {component: split, inputs: {dataset: x, sed: 1}}}": "/jobs/s/inputs/sed: not allowed",
    "jobs: {s: {component: split, inputs: {dataset: x, fraction: 2}}}": "/jobs/s/inputs/fraction: anyOf",
    "jobs: {s: {component: split, inputs: {dataset: x, way: row}}}": "/jobs/s/inputs/way: anyOf",
    "jobs: {s: {component: split, inputs: {dataset: {type: csv, path: x}}}}": "/jobs/s/inputs/dataset: anyOf",
    "jobs: {s: {component: every, limits: {time: 1}}}": "/jobs/s/limits/time: not allowed",
    "jobs: {s: {component: every, retry: {attempts: 0}}}": "/jobs/s/retry/attempts: minimum",
    "jobs: {s: {component: every, outputs: {part1: '${{parent.outputs.x}}'}}}": "/jobs/s/outputs/part1: not allowed",
    "jobs: {s: {component: every}}\noutputs: {x: y}": "/outputs/x: anyOf",
    "jobs: {s: {component: every}}\nsettings: {force_rerun: maybe}": "/settings/force_rerun: pattern",
    "jobs: {s: {component: every}}\nsettings: {force_rerun: 1}": "/settings/force_rerun: type",
    "jobs: {s: {component: run_script, inputs: {script: {pat: clean.py}}}}": "/jobs/s/inputs/script: anyOf",
    "jobs: {s: {component: run_script, inputs: {script: {path: clean.py, txt: x}}}}": "/jobs/s/inputs/script: anyOf",
    "jobs: {s: {component: run_script, inputs: {script: {}}}}": "/jobs/s/inputs/script: anyOf",
    "jobs: {s: {component: run_script, inputs: {script: 3}}}": "/jobs/s/inputs/script: anyOf",
    "jobs: {s: {component: split, inputs: {dataset: x, seed: four}}}": "/jobs/s/inputs/seed: anyOf",
    "jobs: {s: {component: split, inputs: {dataset: [x]}}}": "/jobs/s/inputs/dataset: anyOf",
    "jobs: {s: {component: every, inputs: {a_boolean: 'yes'}}}": "/jobs/s/inputs/a_boolean: anyOf",
    "jobs: {s: {component: every, retry: {attempts: '2'}}}": "/jobs/s/retry/attempts: type",
    "jobs: {s: {component: every, limits: {processes: 2.5}}}": "/jobs/s/limits/processes: type",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_the_reader_refuses_is_not_allowed(tmp_path, text):
    assert WRONG[text] in wrong(text)
    (tmp_path / "clean.py").write_text(CODE)
    with pytest.raises(PipelineInvalid):
        pipeline_from(text, tmp_path / "p.yaml", CATALOG)


READ = [
    "type:\njobs: {s: {type: , component: every}}",
    "inputs: {x: {type: , default: 3}, y: {type: , path: 3}}\njobs: {s: {component: every}}",
    "jobs: {s: {component: split, inputs: {dataset: x, seed: '4', fraction: '0.5'}}}",
    "jobs: {s: {component: split, inputs: {dataset: {type: , path: 3}, seed: ' +4.0 ', fraction: '.5e0'}}}",
    "jobs: {s: {component: split, inputs: {dataset: x, seed: '${{parent.inputs.i}}'}}}\ninputs: {i: 3}",
    "jobs: {s: {component: every, inputs: {a_boolean: 'True', a_code: 3, a_secret: 3, a_integer: }}}",
    "jobs: {s: {component: every, reuse: 'true', force_rerun: 'false'}}\nsettings: {force_rerun: 'FALSE'}",
    "jobs: {s: {component: every, limits: {cpu: , memory: , processes: }}}",
    "jobs: {s: {component: every, limits: , retry: }}",
    "jobs: {s: {component: every, retry: {attempts: , on: , delay: }}}",
    "jobs: {s: {component: run_script, inputs: {dataset1: x, script: {path: clean.py}}}}",
    "jobs: {s: {component: run_script, inputs: {dataset1: , script: {text: x}}}}",
]


@pytest.mark.parametrize("text", READ)
def test_what_the_reader_takes_is_allowed(tmp_path, text):
    (tmp_path / "clean.py").write_text(CODE)
    pipeline_from(text, tmp_path / "p.yaml", CATALOG)
    assert wrong(text) == []
