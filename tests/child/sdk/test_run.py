"""What a script may do with its run: measure, tag, keep files, begin child runs, and read earlier runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.child.sdk import serving
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.metrics import folded

DESCRIPTION: dict[str, Any] = {
    "name": "home",
    "subscription_id": "local",
    "resource_group": "transom",
    "location": "here",
    "id": "local/home",
    "experiment": "cars",
    "run": {"id": "20260101-1", "created": "2026-01-01T00:00:00+00:00", "script": "clean.py"},
    "inputs": {"dataset1": None, "dataset2": None},
}
BEGIN = "import json, os\nfrom azureml.core import Run\nrun = Run.get_context(allow_offline=True)\n"


def told(python: Path, tmp_path: Path, script: str, **answers: serving.Canned) -> Any:
    """What a driver printed last, as JSON."""
    known = {"workspace/describe": DESCRIPTION, **{name.replace("__", "/"): each for name, each in answers.items()}}
    with serving.job(tmp_path, known) as folder:
        return serving.run_in(python, BEGIN + script, folder).told


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in (tmp_path / "run1" / "metrics.jsonl").read_text("utf-8").splitlines()]


def kept(tmp_path: Path) -> Path:
    """The folder of what was kept."""
    return tmp_path / "run1" / "outputs" / "files"


def test_a_run_knows_what_it_is_and_asks_nothing_to_begin(python: Path, tmp_path: Path) -> None:
    script = (
        "from azureml.core.run import _OfflineRun\n"
        "begun = os.path.exists(os.path.join(os.environ['TRANSOM_JOB'], 'asked.jsonl'))\n"
        "print(json.dumps([begun, run.id, run.name, run.number, run.type, run.status, run.get_status(),\n"
        "    run.experiment.name, run.experiment.workspace.name, isinstance(run, Run), isinstance(run, _OfflineRun),\n"
        "    run == Run.get_context(), repr(run), run.get_details()['startTimeUtc'], run.get_portal_url()]))\n"
    )
    assert told(python, tmp_path, script) == [
        False,
        "20260101-1",
        "clean.py",
        1,
        "azureml.scriptrun",
        "Running",
        "Running",
        "cars",
        "home",
        True,
        False,
        True,
        "Run(Id: 20260101-1)",
        "2026-01-01T00:00:00+00:00",
        "transom runs show 20260101-1",
    ]
    assert [question for question, _ in serving.asked(tmp_path / "run1")] == ["workspace/describe"]


def test_a_job_without_a_workspace_has_a_run_nevertheless(tmp_path: Path) -> None:
    with serving.job(tmp_path) as folder:
        said = serving.run_here(BEGIN + "run.log('a', 1)\nprint(json.dumps([run.id, run.get_metrics()]))", folder)
    assert said.told == ["run1", {"a": 1}]


def test_a_process_without_a_job_is_told_why(tmp_path: Path) -> None:
    with serving.job(tmp_path) as folder:
        said = serving.run_here(
            "import os\ndel os.environ['TRANSOM_JOB']\nfrom azureml.core import Run\nRun.get_context()", folder
        )
    assert said.code == 1
    assert "TRANSOM_JOB is not in its environment. Pass os.environ on" in said.lines[-1]


def test_everything_that_is_measured_is_a_line_and_can_be_read_back(python: Path, tmp_path: Path) -> None:
    script = (
        "run.log('accuracy', 0.93, description='good')\nrun.log('loss', 3, step=1)\nrun.log('loss', 2, step=2)\n"
        "run.log_list('primes', [2, 3, 5])\nrun.log_row('rows', x=1, y='a')\nrun.log_row('rows', x=2)\n"
        "run.log_table('table', {'x': [1, 2], 'y': 3})\n"
        "run.log_confusion_matrix('matrix', {'schema_type': 'confusion_matrix', 'data': {'matrix': [[1, 0], [0, 1]]}})\n"
        "run.log_accuracy_table('accuracies', json.dumps({'data': [1]}))\n"
        "run.log_predictions('predictions', {'data': [2]})\nrun.log_residuals('residuals', {'data': [3]})\n"
        "print(json.dumps([run.get_metrics(), run.get_metrics('loss'), run.get_metrics('none'),\n"
        "    run.get_metrics('loss', recursive=True)]))\n"
    )
    expected = {
        "accuracy": 0.93,
        "loss": [3, 2],
        "primes": [2, 3, 5],
        "rows": {"x": [1, 2], "y": ["a", None]},
        "table": {"x": [1, 2], "y": 3},
        "matrix": {"schema_type": "confusion_matrix", "data": {"matrix": [[1, 0], [0, 1]]}},
        "accuracies": {"data": [1]},
        "predictions": {"data": [2]},
        "residuals": {"data": [3]},
    }
    loss = {"loss": [3, 2]}
    assert told(python, tmp_path, script) == [expected, loss, {}, {"20260101-1": loss}]
    assert lines(tmp_path)[1] == {"kind": "log", "name": "loss", "value": 3, "step": 1}


@pytest.mark.parametrize("environment", [ENVIRONMENTS[0], ENVIRONMENTS[-1]], ids=lambda each: each.name)
def test_numbers_arrays_frames_and_figures_of_the_libraries_are_taken(environment: Any, tmp_path: Path) -> None:
    python = python_of(environment)
    if python is None:
        pytest.skip(f"there is no Python {environment.python} on this machine")
    script = (
        "import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt, numpy as np, pandas as pd\n"
        "run.log('number', np.float32(0.5))\nrun.log_list('list', np.array([1, 2]))\n"
        "run.log_table('frame', pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}))\n"
        "run.log_row('row', when=pd.Timestamp('2020-01-01'), flag=np.bool_(True))\n"
        "run.log_image('figure', plot=plt.figure())\nplt.plot([1, 2])\nrun.log_image('plot', plt)\n"
        "plt.savefig('own.svg')\nrun.log_image('picture', path='own.svg')\nprint(json.dumps(run.get_metrics()))\n"
    )
    assert told(python, tmp_path, script) == {
        "number": 0.5,
        "list": [1, 2],
        "frame": {"a": [1, 2], "b": ["x", "y"]},
        "row": {"when": ["2020-01-01 00:00:00"], "flag": [True]},
        "figure": "figure.png",
        "plot": "plot.png",
        "picture": "picture.svg",
    }
    assert sorted(each.name for each in kept(tmp_path).iterdir()) == ["figure.png", "picture.svg", "plot.png"]


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        ("run.log_image('a')", "ValueError", "either path or plot"),
        ("run.log_image('a', path='a.png', plot=object())", "ValueError", "either path or plot"),
        ("run.log_image('a', path='lime.png')", "FileNotFoundError", "did you mean 'graphics/line.png'?"),
        ("run.log_table('a', [1])", "TypeError", "a dictionary of columns"),
        ("run.log_residuals('a', 'no json')", "ValueError", "a text of JSON"),
        ("run.upload_file('a', 'line.png')", "FileNotFoundError", "did you mean 'graphics/line.png'?"),
        ("run.upload_file('a', '/nowhere/line.png')", "FileNotFoundError", "There is no '/nowhere/line.png'"),
        ("run.upload_file('a', 'graphics')", "IsADirectoryError", "upload_folder(name, path)"),
        ("run.upload_file('../a', 'graphics/line.png')", "ValueError", "a relative path without '..'"),
        ("run.upload_file('', 'graphics/line.png')", "ValueError", "a relative path without '..'"),
        ("run.upload_files(['a', 'b'], ['graphics/line.png'])", "ValueError", "there are 2 and 1"),
        ("run.upload_folder('a', 'graphics/line.png')", "ValueError", "use upload_file(name, path)"),
        ("run.upload_folder('a', 'none')", "FileNotFoundError", "There is no 'none' in the working directory"),
        ("run.download_file('none')", "UserErrorException", "Run 20260101-1: There is no file 'none'"),
        ("run.download_files('kept', output_paths=['a', 'b'])", "ValueError", "there are 2 and 1 (kept.txt)"),
        ("run.create_children()", "ValueError", "either count"),
        ("run.add_properties({'a': 1}) or run.add_properties({'a': 2})", "UserErrorException", "'a' of the run is '1'"),
        ("run.get_secret('none')", "UserErrorException", "There is no secret 'none'. Store it."),
    ],
)
def test_what_cannot_be_done_is_a_python_error_with_a_sentence(call: str, kind: str, text: str, tmp_path: Path) -> None:
    script = (
        "os.makedirs('graphics')\nopen('graphics/line.png', 'w').close()\nrun.upload_file('kept.txt', __file__)\n"
        f"try:\n    {call}\nexcept Exception as wrong:\n    print(json.dumps([type(wrong).__name__, str(wrong)]))\n"
    )

    def refuse(facts: dict[str, Any]) -> dict[str, Any]:
        raise serving.refused("There is no secret 'none'.", "Store it.")

    found = told(serving.HERE, tmp_path, script, secret__get=refuse)
    assert found[0] == kind
    assert text in found[1]


def test_a_missing_file_is_looked_for_in_the_working_directory_by_name(python: Path, tmp_path: Path) -> None:
    script = (
        "open('one.csv', 'w').close()\ntry:\n    run.upload_file('a', 'zebra')\nexcept FileNotFoundError as wrong:\n"
        "    print(json.dumps([str(wrong), wrong.filename, wrong.errno]))\n"
    )
    message, filename, number = told(python, tmp_path, script)
    where = tmp_path / "run1" / "work"
    assert message == f"There is no 'zebra' in the working directory {where}; there are: one.csv."
    assert (filename, number) == ("zebra", 2)


def test_files_streams_and_folders_are_kept_and_come_back(python: Path, tmp_path: Path) -> None:
    script = (
        "import io, pathlib\n"
        "os.makedirs('made/deep')\nos.makedirs('outputs')\n"
        "open('made/deep/a.txt', 'w').write('a')\nopen('made/b.txt', 'w').write('b')\nopen('outputs/m.pkl', 'w').close()\n"
        "os.symlink('/nowhere', 'made/broken')\n"
        "run.upload_file('graphics/b.txt', pathlib.Path('made/b.txt'))\nrun.upload_file('graphics\\\\c.txt', 'made/b.txt')\n"
        "run.upload_file(name='s.txt', path_or_stream=io.StringIO('text \\u00e9'))\n"
        "run.upload_file('s.bin', io.BytesIO(b'bytes'))\nrun.upload_file('s.bin', io.BytesIO(b'later'))\n"
        "run.upload_files(['1.txt', '2.txt'], ['made/b.txt', 'made/deep/a.txt'])\nrun.upload_folder('whole', 'made')\n"
        "names = run.get_file_names()\n"
        "run.download_file('whole/deep/a.txt')\nrun.download_file('s.bin', 'here/t.bin')\nos.makedirs('into')\n"
        "run.download_file('s.txt', 'into')\nrun.download_file('outputs/m.pkl', 'm2.pkl')\n"
        "run.download_files(prefix='whole', output_directory='back')\n"
        "run.download_files(prefix='whole', output_directory='short', append_prefix=False)\n"
        "run.download_files('graphics', output_paths=['x.txt', 'y.txt'])\n"
        "print(json.dumps([names, open('a.txt').read(), open('here/t.bin').read(), open('back/whole/b.txt').read(),\n"
        "    open('short/deep/a.txt').read(), open('y.txt').read(), os.path.exists('into/s.txt')]))\n"
    )
    names, *contents = told(python, tmp_path, script)
    assert names == [
        "1.txt",
        "2.txt",
        "graphics/b.txt",
        "graphics/c.txt",
        "outputs/m.pkl",
        "s.bin",
        "s.txt",
        "whole/b.txt",
        "whole/deep/a.txt",
    ]
    assert contents == ["a", "later", "b", "a", "b", True]
    assert (kept(tmp_path) / "s.txt").read_bytes() == "text é".encode()


def test_tags_and_properties_are_put_read_and_taken_away(python: Path, tmp_path: Path) -> None:
    script = (
        "run.tag('a', 1)\nrun.tag('b')\nrun.set_tags({'c': 'x', 'd': 'y'})\ngone = run.remove_tags(['a', 'zz'])\n"
        "run.add_properties({'p': 1})\nrun.display_name = 'shown'\nrun.description = 'why'\n"
        "print(json.dumps([gone, run.get_tags(), run.tags, run.get_properties()['p'], run.name, run.display_name,\n"
        "    run.description]))\n"
    )
    tags = {"b": None, "c": "x", "d": "y"}
    assert told(python, tmp_path, script) == [{"a": "1"}, tags, tags, "1", "shown", "shown", "why"]


def test_complete_and_flush_change_nothing_and_fail_is_noted(python: Path, tmp_path: Path) -> None:
    script = (
        "run.start()\nrun.flush()\nrun.complete()\nbefore = run.status\nrun.fail('too few rows', 'E1')\n"
        "with run:\n    pass\nprint(json.dumps([before, run.status, run.wait_for_completion()['runId'], run.get_metrics()]))\n"
    )
    assert told(python, tmp_path, script) == ["Running", "Failed", "20260101-1", {}]
    (line,) = lines(tmp_path)
    assert line == {"kind": "status", "name": "status", "value": "Failed", "details": "too few rows"}


def test_cancel_ends_the_script_as_an_interruption(tmp_path: Path) -> None:
    with serving.job(tmp_path, {"workspace/describe": DESCRIPTION}) as folder:
        said = serving.run_here(BEGIN + "run.cancel()\nprint('went on')", folder)
    assert "KeyboardInterrupt: The script cancelled its own run." in said.text
    assert "went on" not in said.text


def test_a_run_registers_what_it_kept_or_left_as_a_model(python: Path, tmp_path: Path) -> None:
    script = (
        "os.makedirs('outputs')\nopen('outputs/model.pkl', 'w').write('left')\nopen('kept.pkl', 'w').write('kept')\n"
        "run.upload_file('models/m.pkl', 'kept.pkl')\n"
        "one = run.register_model(model_name='cars', model_path='outputs/model.pkl', tags={'a': 1}, properties={'b': 2},\n"
        "    model_framework='ScikitLearn', model_framework_version='0.22', description='why')\n"
        "two = run.register_model('other', 'models/m.pkl')\nthree = run.register_model('kept.pkl')\n"
        "print(json.dumps([one.name, one.version, one.id, two.name]))\n"
    )

    def register(facts: dict[str, Any]) -> dict[str, Any]:
        return {"id": facts["name"] + ":1", "name": facts["name"], "version": 1}

    assert told(python, tmp_path, script, model__register=register) == ["cars", 1, "cars:1", "other"]
    asked = [facts for question, facts in serving.asked(tmp_path / "run1") if question == "model/register"]
    first = asked[0]
    content = first.pop("files")
    assert first == {
        "name": "cars",
        "description": "why",
        "tags": {"a": "1"},
        "properties": {"b": "2"},
        "framework": "ScikitLearn",
        "framework_version": "0.22",
        "is_folder": False,
    }
    assert content[0]["name"] == "model.pkl"
    contents = [
        serving.taken(tmp_path / "run1", each["files"][0]["content"]["digest"])
        for each in [{"files": content}, *asked[1:]]
    ]
    assert contents == [b"left", b"kept", b"kept"]


def test_secrets_are_asked_for(python: Path, tmp_path: Path) -> None:
    script = "print(json.dumps([run.get_secret('one'), run.get_secrets(['one', 'two'])]))\n"
    answers: dict[str, serving.Canned] = {"secret__get": {"value": "hidden"}, "secret__list": {"names": ["one"]}}
    assert told(python, tmp_path, script, **answers) == ["hidden", {"one": "hidden", "two": None}]


def test_processes_that_the_script_starts_log_to_the_same_run(python: Path, tmp_path: Path) -> None:
    script = (
        "import subprocess, sys\n"
        "subprocess.check_call([sys.executable, '-c', \"from azureml.core import Run; Run.get_context().log('n', 1)\"])\n"
        "run.log('n', 2)\nprint(json.dumps(run.get_metrics()))\n"
    )
    assert told(python, tmp_path, script) == {"n": [1, 2]}


def test_a_line_that_was_cut_is_passed_over(tmp_path: Path) -> None:
    script = (
        "run.log('a', 1)\nwith open(os.path.join(os.environ['TRANSOM_JOB'], 'metrics.jsonl'), 'ab') as stream:\n"
        '    stream.write(b\'[1]\\n{"name": 1}\\n{"kind": "log", "na\\xff\')\n'
        "print(json.dumps([run.get_metrics(), list(run.get_children())]))\n"
    )
    assert told(serving.HERE, tmp_path, script) == [{"a": 1}, []]


def test_what_a_script_reads_of_itself_is_what_is_kept_of_it(tmp_path: Path) -> None:
    script = (
        "run.log('a', 1)\nrun.log('a', 2)\nrun.log_list('a', [3])\nrun.log_row('r', x=1)\nrun.log_row('r', y=2)\n"
        "run.log('r2', 1)\nrun.log_row('r2', z=1)\nrun.log_table('t', {'q': [1]})\nrun.log_residuals('e', {'d': 1})\n"
        "run.tag('k', 1)\nrun.tag('gone')\nrun.remove_tags('gone')\nrun.add_properties({'p': 1})\n"
        "with run.child_run('c') as child:\n    child.log('a', 5)\n    child.tag('k', 2)\n"
        "print(json.dumps([run.get_metrics(), run.get_tags(), run.get_properties(), child.id, child.name,\n"
        "    child.get_metrics(), child.get_tags()]))\n"
    )
    found = told(serving.HERE, tmp_path, script)
    kept = folded(lines(tmp_path))
    (child,) = kept.children
    assert found == [kept.metrics, kept.tags, kept.properties, child.id, child.name, child.metrics, child.tags]
    assert (child.status, kept.dropped, kept.warnings) == ("completed", 0, ())


def test_a_hundred_threads_and_processes_log_whole_lines(tmp_path: Path) -> None:
    script = (
        "import multiprocessing, threading\n"
        "def log(number):\n    for each in range(50):\n        Run.get_context().log('n', 'x' * 500)\n"
        "if __name__ == '__main__':\n    threads = [threading.Thread(target=log, args=(n,)) for n in range(8)]\n"
        "    [each.start() for each in threads]\n    with multiprocessing.get_context('fork').Pool(4) as pool:\n"
        "        pool.map(log, range(4))\n    [each.join() for each in threads]\n    print(json.dumps(len(run.get_metrics()['n'])))\n"
    )
    assert told(serving.HERE, tmp_path, script) == 600
