"""A pipeline file is read as the pipeline that is meant, or refused with the line, the column and what was meant."""

from __future__ import annotations

import pickle
import textwrap
from pathlib import Path

import pytest
from tests.flow.components import CATALOG, SCRIPT, SPLIT

from transom.components.native import CannotApply
from transom.errors import NotThere
from transom.flow.file import pipeline_from, read_pipeline
from transom.flow.file_problems import PipelineInvalid
from transom.model.pipelines import (
    Data,
    FromInput,
    FromStep,
    InputType,
    Pipeline,
    PipelineInput,
    PipelineSettings,
    PipelineWrong,
    Retry,
    Step,
)

CODE = "def azureml_main(a, b):\n    return a\n"
CARS = """
type: pipeline
display_name: Car prices
inputs:
  cars: {type: uri_file, path: cars.csv}
  share: 0.7
settings: {default_environment: current}
jobs:
  clean:
    component: run_script
    inputs: {dataset1: "${{parent.inputs.cars}}", script: clean.py, script_bundle: bundle/}
    limits: {timeout: 600, memory: 2GiB}
  halves:
    component: split
    inputs: {dataset: "${{parent.jobs.clean.outputs.result_dataset}}", fraction: "${{parent.inputs.share}}", seed: 1}
outputs:
  train: "${{parent.jobs.halves.outputs.part1}}"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "clean.py").write_text(CODE)
    return tmp_path


@pytest.fixture
def read(folder):
    def read(text: str):
        return pipeline_from(textwrap.dedent(text), folder / "p.yaml", CATALOG)

    return read


@pytest.fixture
def wrong(read):
    """What is said of a file that is wrong: (line, column, sentence, remedy) of its first problem."""

    def wrong(text: str):
        with pytest.raises(PipelineInvalid) as raised:
            read(text)
        first = raised.value.problems[0]
        return first.line, first.column, first.text, first.remedy

    return wrong


def a_step(inputs: str, more: str = "", top: str = "") -> str:
    return f"{top}\njobs:\n  s:\n    component: split\n    inputs: {inputs}\n{more}"


def test_a_file_is_the_pipeline_that_the_same_said_in_code_is(read):
    clean = Step(
        SCRIPT,
        {"dataset1": FromInput("cars"), "script_bundle": Data("bundle/")},
        {"script": CODE},
        limits={"timeout": 600, "memory": 2 * 1024**3},
        script_shown="clean.py",
    )
    halves = Step(SPLIT, {"dataset": FromStep("clean", "result_dataset")}, {"fraction": FromInput("share"), "seed": 1})
    assert read(CARS).pipeline == Pipeline(
        {"clean": clean, "halves": halves},
        {"cars": PipelineInput(InputType.FILE, Data("cars.csv")), "share": PipelineInput(InputType.NUMBER, 0.7)},
        {"train": FromStep("halves", "part1")},
        display_name="Car prices",
        settings=PipelineSettings(default_environment="current"),
    )


def test_relative_paths_begin_at_the_folder_of_the_file(folder, monkeypatch):
    (folder / "p.yaml").write_text(CARS)
    monkeypatch.chdir("/")
    file = read_pipeline(folder / "p.yaml", CATALOG)
    assert file.pipeline.steps["clean"].parameters["script"] == CODE
    assert file.folder == folder
    assert file.text == CARS


def test_what_a_step_hands_on_is_bound_to_an_output_in_azures_own_way(read):
    pipeline = read("""
        outputs: {train: {type: mltable, mode: upload}}
        jobs:
          s:
            type: command
            component: split
            inputs: {dataset: x.csv}
            outputs:
              part1: ${{ parent.outputs.train }}
              part2: {type: mltable}
        """).pipeline
    assert pipeline.outputs == {"train": FromStep("s", "part1")}


def test_a_binding_may_have_blanks_in_it(read):
    text = a_step('"${{  parent . inputs.cars }}"', top="inputs: {cars: {type: mltable, path: 'azureml:cars@latest'}}")
    text = text.replace('inputs: "', 'inputs: {dataset: "').replace('}}"\n', '}}"}\n')
    assert read(text).pipeline.steps["s"].inputs == {"dataset": FromInput("cars")}


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("{type: uri_folder, path: ./data, mode: ro_mount}", PipelineInput(InputType.FOLDER, Data("./data"))),
        ("{path: a.csv, read: 'delimiter=;'}", PipelineInput(InputType.FILE, Data("a.csv", "delimiter=;"))),
        ("{type: uri_file, description: The cars}", PipelineInput(InputType.FILE, None, "The cars")),
        ("{type: number, default: 1}", PipelineInput(InputType.NUMBER, 1)),
        ("{type: integer, value: 1, optional: true}", PipelineInput(InputType.INTEGER, 1, optional=True)),
        ("{type: string, default: 1.10}", PipelineInput(InputType.STRING, "1.10")),
        ("{type: string}", PipelineInput(InputType.STRING)),
        ("true", PipelineInput(InputType.BOOLEAN, True)),
        ("3", PipelineInput(InputType.INTEGER, 3)),
        ("yes", PipelineInput(InputType.STRING, "yes")),
        ("2024-01-31", PipelineInput(InputType.STRING, "2024-01-31")),
    ],
)
def test_an_input_is_what_it_is_said_to_be(read, said, given):
    assert read(a_step("{dataset: x.csv}", top=f"inputs: {{i: {said}}}")).pipeline.inputs["i"] == given


def test_a_text_keeps_the_digits_that_were_written(read):
    text = "jobs: {e: {component: every, inputs: {a_text: 1.10, a_column: 007, a_number: 1.10, a_list: [1.10]}}}"
    assert read(text).pipeline.steps["e"].parameters == {
        "a_text": "1.10",
        "a_column": "007",
        "a_number": 1.1,
        "a_list": [1.1],
    }


def test_a_script_is_a_block_or_a_path(read):
    step = read("""
        jobs:
          s:
            component: run_script
            inputs:
              script: |
                def azureml_main(a, b):
                    return a
        """).pipeline.steps["s"]
    assert (step.parameters["script"], step.script_shown) == (CODE, "")


def test_a_script_in_its_own_encoding_is_read_as_python_reads_it(read, folder):
    (folder / "latin.py").write_bytes("# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    text = (
        read("jobs: {s: {component: run_script, inputs: {script: latin.py}}}").pipeline.steps["s"].parameters["script"]
    )
    assert "é" in text


def test_how_a_step_is_executed_is_read(read):
    step = read(
        a_step(
            "{dataset: x.csv}",
            """
    display_name: Halves
    comment: Both
    environment: designer-2020
    limits: {timeout: 10m, cpu: none, memory: 500 MB, processes: 20}
    retry: {attempts: 3, delay: 1m, on: [process_died, timed_out]}
    reuse: false
    force_rerun: true
    compute: azureml:cluster
""",
        )
    ).pipeline.steps["s"]
    assert step.limits == {"timeout": 600.0, "cpu": float("inf"), "memory": 500_000_000, "processes": 20}
    assert step.retry == Retry(3, 60.0, ("process_died", "timed_out"))
    assert (step.title, step.comment, step.environment) == ("Halves", "Both", "designer-2020")
    assert (step.reuse, step.force_rerun) == (False, True)


def test_a_step_that_is_not_read_is_never_passed_over_in_silence(read):
    with pytest.raises(PipelineInvalid) as raised:
        read("jobs:\n  a: {component: split, inputs: {dataset: x}}\n  b:\n    component:\n    inputs: {seed: 1}\n")
    assert [each.line for each in raised.value.problems] == [4]


def test_what_a_step_is_given_or_hands_on_may_be_described_as_azure_does(read):
    file = read("""
        inputs: {data: {type: uri_file, path: x.csv}}
        jobs:
          s:
            component: split
            inputs: {dataset: {type: uri_file, mode: ro_mount, path: "${{parent.inputs.data}}"}}
            outputs:
              part1: {type: mltable, mode: rw_mount, path: "${{parent.outputs.m}}"}
              part2: {type: mltable, path: azureml://datastores/x/paths/y, name: kept}
        """)
    assert file.pipeline.steps["s"].inputs == {"dataset": FromInput("data")}
    assert file.pipeline.outputs == {"m": FromStep("s", "part1")}
    assert [warning.split(": ", 1)[1].split()[0] for warning in file.warnings] == [
        "`mode`", "`mode`", "`path`", "`name`"
    ]  # fmt: skip


def test_a_limit_is_lifted_by_infinity_as_yaml_writes_it(read):
    assert read(a_step("{dataset: x}", "    limits: {memory: .inf}")).pipeline.steps["s"].limits["memory"] == float(
        "inf"
    )


def test_a_hundred_equal_mistakes_are_ten_lines_and_a_count():
    steps = "".join(f"  s{number}: {{componnt: split}}\n" for number in range(111))
    with pytest.raises(PipelineInvalid) as raised:
        pipeline_from(f"jobs:\n{steps}", Path("p.yaml"), CATALOG)
    assert len(raised.value.problems) == 111
    assert len(raised.value.sentences) == 11
    assert "101 more" in raised.value.sentences[-1]


def test_a_file_that_may_not_be_read_is_not_read(folder):
    (folder / "key").write_text("SECRET = not python\n")
    (folder / "own").mkdir()
    (folder / "own/component.yaml").symlink_to(folder / "key")

    def never(path: Path) -> None:
        raise CannotApply(f"{path} may not be read.", "Allow it.")

    text = "jobs:\n  a: {component: run_script, inputs: {script: key}}\n  b: {component: ./own}\n"
    with pytest.raises(PipelineInvalid) as raised:
        pipeline_from(text, folder / "p.yaml", CATALOG, never)
    assert [(each.line, each.remedy) for each in raised.value.problems] == [(2, "Allow it."), (3, "Allow it.")]
    assert "SECRET" not in str(raised.value.sentences)


def test_what_azure_has_and_nothing_here_does_is_said(read):
    file = read("""
        $schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
        tags: {a: b}
        settings: {default_compute: azureml:cpu-cluster}
        jobs: {s: {component: split, inputs: {dataset: x.csv}, resources: {instance_count: 1}}}
        """)
    assert [warning.split("p.yaml")[1] for warning in file.warnings] == [
        ":3:1: `tags` has no meaning here and is passed over.",
        ":4:12: `default_compute` has no meaning here and is passed over.",
        ":5:56: `resources` has no meaning here and is passed over.",
    ]


def test_every_unknown_key_is_told_at_once_with_the_near_one(read):
    with pytest.raises(PipelineInvalid) as raised:
        read(a_step("{dataset: x.csv}", "    limit: {timeout: 1}\n    enviroment: current\n", "display: X"))
    assert [(each.line, each.column, each.near) for each in raised.value.problems] == [
        (1, 1, "display_name"),
        (6, 5, "limits"),
        (7, 5, "environment"),
    ]
    assert "p.yaml:1:1: `display` is no key of a pipeline. There are 2 more: lines 6, 7." in raised.value.message
    assert "Did you mean display_name?" in raised.value.remedy
    assert len(raised.value.sentences) == 3


def test_an_error_is_the_same_after_a_process_handed_it_on(read):
    with pytest.raises(PipelineInvalid) as raised:
        read("display: X")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (again.message, again.problems) == (raised.value.message, raised.value.problems)


WRONG = {
    "no steps": ("type: pipeline\n", (1, 1), "The pipeline has no step", "jobs"),
    "another type": ("type: pipelin\njobs: {}", (1, 7), "`type` cannot be 'pipelin'", "Did you mean pipeline?"),
    "no mapping": ("- a\n- b\n", (1, 1), "The file holds a list", ""),
    "a text": ("hello\n", (1, 1), "The file holds a text", ""),
    "empty": ("# only this\n", (1, 1), "The file is empty", "jobs"),
    "a tab": ("jobs:\n\ts: 1\n", (2, 1), "A tab stands where", "Indent with spaces"),
    "a binding without quotes": ("jobs: {s: {inputs: {d: ${{parent.inputs.x}}}}}", (1, 25), "in quotes", '"${{'),
    "two documents": ("a: 1\n---\nb: 1\n", (2, 1), "more than one document", ""),
    "a colon": ("display_name: a: b\n", (1, 16), "a colon where none can stand", "quotes"),
    "not closed": ("jobs: [1\n", (2, 1), "no YAML", ""),
    "a control character": ("a: \x07\n", (1, 4), "The character \\x07", ""),
    "a key twice": ("display_name: a\ndisplay_name: b\n", (2, 1), "a second time; the first is in line 1", ""),
    "a tag": ("display_name: !!python/object:os.system x\n", (1, 15), "!!python/object", ""),
    "a key that is a list": ("? [a]\n: b\n", (1, 3), "A key must be a text", ""),
    "an alias of nothing": ("display_name: *x\n", (1, 15), "undefined alias", "quotes"),
    "an alias before a binding": ('jobs: {s: {inputs: {d: "${{parent.inputs.x}}", seed: *x}}}', (1, 54), "undefined alias", "quotes"),
    "a quote that is closed lines below": ('display_name: "Cars\njobs: {s: {inputs: {d: "${{x}}", s: 1}}}', (1, 15), "The quote that begins here ends in line 2", "Close it"),
    "a quote that is never closed": ('type: pipeline\ndisplay_name: "Cars\njobs: {}\n', (2, 15), "never closed", ""),
    "a component that is left empty": ("jobs:\n  s:\n    comment: x\n    component:\n", (4, 5), "has no component", "run_script"),
    "a comment and no component": ("jobs:\n  s: {comment: x}\n", (2, 3), "has no component", ""),
    "a component that is a script": ("jobs: {s: {component: ./clean.py}}", (1, 23), "is a script", "execute_python_script"),
    "a step that is a sweep": ("jobs: {s: {type: sweep, trial: x, command: y}}", (1, 18), "'sweep' is no type of a step", "component"),
    "an environment in Azure": (a_step("{dataset: x}", "    environment: azureml:AzureML-x@latest"), (6, 18), "is an environment in Azure", "`designer-2025`, `current` or `host`"),
    "a default environment in Azure": (a_step("{dataset: x}", top="settings: {default_environment: azureml:x:1}"), (1, 33), "is an environment in Azure", "`host`"),
    "an environment that is a mapping": (a_step("{dataset: x}", "    environment: {image: x}"), (6, 18), "must be a name", "`host`"),
    "a name with a space": ('jobs:\n  my s: {component: split, inputs: {dataset: x}}\noutputs: {o: "${{parent.jobs.my s.outputs.part1}}"}', (2, 3), "'my s' cannot name a step", "underscores"),
    "a name with a dot": (a_step('{dataset: "${{parent.inputs.a.b}}"}', top="inputs: {a.b: {path: x}}"), (1, 10), "'a.b' cannot name one of the inputs", ""),
    "a number alone at a port": (a_step("{dataset: 5}"), (5, 23), "dataset is a port, and is given a number", ""),
    "a truth at a port": (a_step("{dataset: true}"), (5, 23), "dataset is a port, and is given true or false", ""),
    "a binding without its sign": (a_step('{dataset: "{{parent.inputs.x}}"}'), (5, 23), "is no binding", "${{parent.inputs.NAME}}"),
    "a binding with one brace": (a_step('{dataset: "${parent.inputs.x}"}'), (5, 23), "is no binding", "${{parent.inputs.NAME}}"),
    "options of a binding": (a_step('{dataset: {path: "${{parent.inputs.x}}", read: header=no}}', top="inputs: {x: {path: x}}"), (5, 54), "dataset is a binding", "beside its path"),
    "a limit too large for a number": (a_step("{dataset: x}", "    limits: {memory: 2e400}"), (6, 22), "memory cannot be inf", "none"),
    "a path of an output that is an input": (a_step("{dataset: x}", '    outputs: {part1: {path: "${{parent.inputs.x}}"}}'), (6, 29), "no output of the pipeline", ""),
    "a key of an output of a step": (a_step("{dataset: x}", "    outputs: {part1: {tpye: mltable}}"), (6, 23), "`tpye` is no key", "type"),
    "a key that is nearest to one without a meaning": ("tagz: 1\n", (1, 1), "`tagz` is no key", "It can have"),
    "a step that is a text": ("jobs:\n  s: split\n", (2, 6), "must be a mapping, not a text", ""),
    "a step without component": ("jobs:\n  s: {inputs: {}}\n", (2, 3), "has no component", "run_script"),
    "a component that is not there": ("jobs:\n  s: {component: spilt}\n", (2, 18), "no component spilt", "Did you mean split?"),
    "a component in Azure": ("jobs:\n  s: {component: 'azureml:x:1'}\n", (2, 18), "is a component in Azure", "./FOLDER"),
    "a component in the file": ("jobs:\n  s: {component: {type: command}}\n", (2, 18), "not a mapping", "component.yaml"),
    "a folder that is not there": ("jobs:\n  s: {component: ./nowhere}\n", (2, 18), "There is no file or folder", ""),
    "a command": ("jobs:\n  s: {component: split, command: python x.py}\n", (2, 25), "`command` cannot stand", "script"),
    "an unknown input": (a_step("{dataset: x.csv, sed: 1}"), (5, 30), "split has no input sed", "Did you mean seed?"),
    "a missing port": (a_step("{seed: 1}"), (3, 3), "nothing at its port dataset", "Add `dataset:`"),
    "a number that is none": (a_step("{dataset: x, seed: [a]}"), (5, 32), "seed must be a number", ""),
    "a number out of range": (a_step("{dataset: x, fraction: 2}"), (5, 36), "fraction is 2, more than 1", ""),
    "another choice": (a_step("{dataset: x, way: row}"), (5, 31), "way must be one of", "Did you mean rows?"),
    "a parameter that is missing": (a_step("{dataset: x, way: groups}"), (3, 3), "column of the step s is missing", "Add `column:`"),
    "an unknown pipeline input": (a_step('{dataset: "${{parent.inputs.car}}"}', top="inputs: {cars: {path: x}}"), (5, 23), "has no input car", "Did you mean cars?"),
    "a text at a port": (a_step('{dataset: "${{parent.inputs.cars}}"}', top="inputs: {cars: cars.csv}"), (5, 23), "of the type string, and dataset is a port", "cars: {type: uri_file, path: cars.csv}"),
    "a table at a parameter": (a_step('{dataset: x, seed: "${{parent.inputs.c}}"}', top="inputs: {c: {path: x}}"), (5, 32), "seed is a parameter", "literal"),
    "an unknown step": (a_step('{dataset: "${{parent.jobs.t.outputs.part1}}"}'), (5, 23), "There is no step t", ""),
    "an unknown output": (a_step("{dataset: x}", '  t: {component: split, inputs: {dataset: "${{parent.jobs.s.outputs.part3}}"}}'), (6, 43), "has no output part3; it hands on part1, part2", "Did you mean part"),
    "itself": (a_step('{dataset: "${{parent.jobs.s.outputs.part1}}"}'), (5, 23), "The step s waits for itself", ""),
    "a cycle": (a_step('{dataset: "${{parent.jobs.t.outputs.part1}}"}', '  t: {component: split, inputs: {dataset: "${{parent.jobs.s.outputs.part1}}"}}'), (6, 43), "s -> t -> s wait for each other", ""),
    "files at a table": (a_step('{dataset: "${{parent.jobs.t.outputs.files}}"}', "  t: {component: pack, inputs: {dataset: x}}"), (5, 23), "hands on files at files, and dataset takes a table", ""),
    "a binding without parent": (a_step('{dataset: "${{inputs.cars}}"}'), (5, 23), "is no binding", "${{parent.inputs.cars}}"),
    "a binding without outputs": (a_step('{dataset: "${{parent.jobs.t.part1}}"}'), (5, 23), "is no binding", "parent.jobs.t.outputs.part1"),
    "a binding within a text": (a_step('{dataset: "x/${{parent.inputs.cars}}"}'), (5, 23), "no binding", "stands alone"),
    "a binding within a list": ('jobs: {s: {component: every, inputs: {a_list: ["${{parent.inputs.x}}"]}}}', (1, 47), "no binding", "stands alone"),
    "a table bound to a parameter": (a_step('{dataset: x, seed: "${{parent.jobs.s.outputs.part1}}"}'), (5, 32), "takes no table", ""),
    "a number at a port": (a_step("{dataset: [1]}"), (5, 23), "dataset is a port, and is given a list", ""),
    "an empty path": (a_step("{dataset: ''}"), (5, 23), "empty path", ""),
    "data without a path": (a_step("{dataset: {type: uri_file}}"), (5, 23), "no path", ""),
    "data of a type that is none": (a_step("{dataset: {type: csv, path: x}}"), (5, 30), "cannot be 'csv'", "uri_file"),
    "a script that is not there": ("jobs: {s: {component: run_script, inputs: {script: claen.py}}}", (1, 52), "no script claen.py", "clean.py"),
    "a script that is empty": ("jobs: {s: {component: run_script, inputs: {script: }}}", (1, 51), "nothing", "after `|`"),
    "a limit that is none": (a_step("{dataset: x}", "    limits: {memory: much}"), (6, 22), "memory cannot be 'much'", "2GiB"),
    "a limit that is unknown": (a_step("{dataset: x}", "    limits: {time: 3}"), (6, 14), "`time` is no key", "timeout"),
    "a limit of nothing": (a_step("{dataset: x}", "    limits: {timeout: 0}"), (6, 23), "timeout cannot be 0", ""),
    "a kind of failure that is none": (a_step("{dataset: x}", "    retry: {on: [time_out]}"), (6, 17), "no kind of failure", "timed_out"),
    "half an attempt": (a_step("{dataset: x}", "    retry: {attempts: 1.5}"), (6, 23), "whole number", ""),
    "no attempt": (a_step("{dataset: x}", "    retry: {attempts: 0}"), (6, 23), "from 1", ""),
    "a flag that is none": (a_step("{dataset: x}", "    reuse: maybe"), (6, 12), "true or false, not 'maybe'", ""),
    "a name that is none": ("jobs:\n  a-b: {component: split, inputs: {dataset: x}}", (2, 3), "'a-b' cannot name a step", "underscores"),
    "an input without a type": (a_step("{dataset: x}", top="inputs: {x: }"), (1, 12), "The input x is nothing", ""),
    "an input of no type": (a_step("{dataset: x}", top="inputs: {x: {description: y}}"), (1, 13), "has no type", "uri_file"),
    "a path for a number": (a_step("{dataset: x}", top="inputs: {x: {type: number, path: y}}"), (1, 28), "has no `path`", ""),
    "a default for a file": (a_step("{dataset: x}", top="inputs: {x: {type: uri_file, default: y}}"), (1, 30), "has a path", ""),
    "a text for a number": (a_step("{dataset: x}", top="inputs: {x: {type: number, default: y}}"), (1, 13), "of the type number, and 'y' is none", ""),
    "default and value": (a_step("{dataset: x}", top="inputs: {x: {type: number, default: 1, value: 2}}"), (1, 28), "mean the same", ""),
    "an output of nothing": (a_step("{dataset: x}", "outputs: {train: {type: mltable}}"), (6, 11), "No step hands anything to", "STEP"),
    "an output that is a path": (a_step("{dataset: x}", "outputs: {train: x.csv}"), (6, 18), "nothing that a step hands on", ""),
    "an output of an unknown step": (a_step("{dataset: x}", 'outputs: {train: "${{parent.jobs.S.outputs.part1}}"}'), (6, 18), "no step S", ""),
    "an output twice": (a_step("{dataset: x}", '    outputs: {part1: "${{parent.outputs.o}}", part2: "${{parent.outputs.o}}"}'), (6, 54), "that of s already, in line 6", ""),
    "an output both ways": (a_step("{dataset: x}", '    outputs: {part1: "${{parent.outputs.o}}"}\noutputs: {o: "${{parent.jobs.s.outputs.part1}}"}'), (7, 14), "also bound in line 6", ""),
    "an output of a step that is none": (a_step("{dataset: x}", '    outputs: {part9: "${{parent.outputs.o}}"}'), (6, 15), "no output part9", "part"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_what_to_do(wrong, name):
    text, place, sentence, remedy = WRONG[name]
    line, column, told, advice = wrong(text)
    assert sentence in told
    assert (line, column) == place
    assert remedy in advice


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        ("jobs: {}".encode("utf-16"), 1, "UTF-16"),
        (b"a: b\nc: \xff\n", 2, "no UTF-8"),
        (b"#" + b"x" * 5 * 1024**2, 1, "more than"),
        (b"[" * 5000, 1, "too deep"),
        (b"a: [" * 100 + b"]" * 100, 1, "too deep"),
        ("type: pipeline\n".encode("utf-32"), 1, "UTF-32"),
        (b"a: &a [*a]\n", 1, "within what it names"),
        (b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)), 1, "values"),
        (b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {<<: [%s]}\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)), 0, "values"),
        (b"a: " + b"9" * 10_000 + b"\n", 1, "no key of a pipeline"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_text_or_explodes_is_refused_at_once(tmp_path, content, line, sentence):
    path = tmp_path / "p.yaml"
    path.write_bytes(content)
    with pytest.raises(PipelineInvalid) as raised:
        read_pipeline(path, CATALOG)
    assert sentence in raised.value.problems[0].text
    assert not line or raised.value.problems[0].line == line


def test_a_byte_order_mark_and_line_ends_of_windows_are_fine(folder):
    (folder / "p.yaml").write_bytes(b"\xef\xbb\xbf" + CARS.replace("\n", "\r\n").encode())
    assert read_pipeline(folder / "p.yaml", CATALOG).pipeline.display_name == "Car prices"


def test_an_anchor_serves_several_steps(read):
    steps = read("""
        jobs:
          a: &split {component: split, inputs: {dataset: x.csv}}
          b: {<<: *split, comment: the same}
        """).pipeline.steps
    assert steps["b"].inputs == steps["a"].inputs
    assert steps["b"].comment == "the same"


def test_a_file_that_is_not_there_is_told_with_the_near_one(folder):
    (folder / "cars.yaml").write_text(CARS)
    with pytest.raises(NotThere, match="cars\\.yaml"):
        read_pipeline(folder / "csrs.yaml", CATALOG)
    with pytest.raises(PipelineInvalid, match="This is a folder"):
        read_pipeline(folder, CATALOG)


def test_what_is_found_later_has_its_place_too(read):
    file = read(CARS.lstrip())
    told = file.wrong(PipelineWrong(("inputs", "cars", "path"), "There is no file cars.csv"))
    assert "p.yaml:4:32: There is no file cars.csv." in told.message
    told = file.wrong(PipelineWrong(("jobs", "clean", "inputs", "script", 3), "Something"))
    assert told.problems[0].line == 10


def test_a_line_that_ends_in_py_is_the_path_of_a_script_whatever_words_it_has(read, folder):
    (folder / "my import of data.py").write_text(CODE)
    step = read("jobs: {s: {component: run_script, inputs: {script: my import of data.py}}}").pipeline.steps["s"]
    assert (step.parameters["script"], step.script_shown) == (CODE, "my import of data.py")
    text = 'jobs: {s: {component: run_script, inputs: {script: "import os\\nrun = \'x.py"}}}'
    assert read(text).pipeline.steps["s"].script_shown == ""


@pytest.mark.parametrize("path", ["~nosuch/x.py", "x" * 300 + ".py", "~nosuch"])
def test_a_path_that_leads_nowhere_is_told_with_its_place(wrong, path):
    line, column, told, _ = wrong(f"jobs: {{s: {{component: run_script, inputs: {{script: {path}}}}}}}")
    assert (line, column) == (1, 52)
    assert f"script {path[:60]}" in told


@pytest.mark.parametrize("limit", ["processes: 2.5", "memory: 0.5", "disk: 1.5e-3", "processes: .nan"])
def test_a_count_and_bytes_are_whole_numbers(wrong, limit):
    name = limit.partition(":")[0]
    assert f"The limit {name} cannot be" in wrong(a_step("{dataset: x}", f"    limits: {{{limit}}}"))[2]


def test_a_whole_number_with_a_point_is_one_and_seconds_may_have_parts(read):
    text = a_step("{dataset: x}", "    limits: {processes: 2.0, memory: 1e9, timeout: 0.5, cpu: .inf}")
    limits = read(text).pipeline.steps["s"].limits
    assert repr(limits) == "{'processes': 2, 'memory': 1000000000, 'timeout': 0.5, 'cpu': inf}"
