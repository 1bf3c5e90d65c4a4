"""What a script may do with the runs below its own, and with those before it."""

from __future__ import annotations

from pathlib import Path

from tests.child.sdk import serving
from tests.child.sdk.test_run import told

EARLIER = {
    "id": "20250101-7",
    "experiment": "cars",
    "status": "succeeded",
    "created": "2025-01-01T00:00:00+00:00",
    "ended": "2025-01-01T00:01:00+00:00",
    "script": "old.py",
    "metrics": {"accuracy": 0.5},
    "tags": {"team": "red"},
    "files": ["outputs/a.txt", "logs/train.log"],
}


def test_child_runs_have_their_own_metrics_tags_files_and_ends(python: Path, tmp_path: Path) -> None:
    script = (
        "run.log('a', 0)\nfirst = run.child_run('first')\nfirst.log('a', 1)\nfirst.tag('kind', 'x')\n"
        "first.upload_file('f.txt', __file__)\nfirst.complete()\n"
        "with run.child_run(name='second') as second:\n    second.log('a', 2)\n    below = second.child_run('below')\n"
        "try:\n    with run.child_run() as third:\n        raise ValueError('no')\nexcept ValueError:\n    pass\n"
        "made = run.create_children(tag_key='fold', tag_values=[1, 2])\n"
        "ids = lambda runs: [each.id for each in runs]\n"
        "print(json.dumps([ids([first, second, below, third]), [each.name for each in (first, second, third)],\n"
        "    [each.status for each in (first, second, third, run)], run.get_metrics(), first.get_metrics(),\n"
        "    ids(run.get_children()), ids(run.get_children(recursive=True, status='Running')),\n"
        "    ids(run.get_children(tags={'kind': 'x'})), ids(run.get_children(tags='fold')),\n"
        "    first.get_file_names(), run.get_file_names(), below.parent.id, second.parent == run,\n"
        "    Run(run.experiment, below.id).name, made[1].get_tags(), run.get_metrics(recursive=True)]))\n"
    )
    run = "20260101-1"
    found = told(python, tmp_path, script)
    assert found[:3] == [
        [f"{run}_1", f"{run}_2", f"{run}_3", f"{run}_4"],
        ["first", "second", f"{run}_4"],
        ["Completed", "Completed", "Failed", "Running"],
    ]
    assert found[3:5] == [{"a": 0}, {"a": 1}]
    assert found[5] == [f"{run}_{number}" for number in (6, 5, 4, 2, 1)]
    assert found[6] == [f"{run}_{number}" for number in (6, 5, 3)]
    assert found[7:9] == [[f"{run}_1"], [f"{run}_6", f"{run}_5"]]
    assert found[9:13] == [["f.txt"], [f"{run}_1/f.txt"], f"{run}_2", True]
    assert found[13:15] == ["below", {"fold": "2"}]
    assert found[15][run] == {"a": 0}
    assert found[15][f"{run}_2"] == {"a": 2}
    assert len(found[15]) == 7


def test_processes_that_begin_child_runs_at_once_get_different_ids(tmp_path: Path) -> None:
    script = (
        "import multiprocessing\n"
        "def begin(number):\n    with Run.get_context().child_run(str(number)) as child:\n        child.log('n', number)\n"
        "    return child.id\n"
        "if __name__ == '__main__':\n    with multiprocessing.get_context('spawn').Pool(4) as pool:\n"
        "        ids = pool.map(begin, range(12), chunksize=1)\n"
        "    print(json.dumps([len(set(ids)), sorted(each.get_metrics()['n'] for each in run.get_children())]))\n"
    )
    assert told(serving.HERE, tmp_path, script) == [12, list(range(12))]


def test_a_run_can_be_sent_to_another_process(python: Path, tmp_path: Path) -> None:
    script = (
        "import pickle\nother = pickle.loads(pickle.dumps(run))\nother.log('a', 1)\n"
        "ws = pickle.loads(pickle.dumps(run.experiment.workspace))\nprint(json.dumps([run.get_metrics(), ws.name]))\n"
    )
    assert told(python, tmp_path, script) == [{"a": 1}, "home"]


def test_the_run_above_a_step_is_the_same_run_and_the_last_one(python: Path, tmp_path: Path) -> None:
    script = (
        "run.parent.log('a', 1)\nrun.parent.tag('b', 2)\nclimbed = run\nwhile climbed.parent is not None:\n"
        "    climbed = climbed.parent\n"
        "print(json.dumps([run.parent.id, climbed.id, run.get_metrics(), run.get_tags(), run.parent == run]))\n"
    )
    run = "20260101-1"
    assert told(python, tmp_path, script) == [run, run, {"a": 1}, {"b": "2"}, True]


def test_an_earlier_run_is_read_and_not_written(python: Path, tmp_path: Path) -> None:
    files = tmp_path / "kept.txt"
    files.write_text("kept")
    script = (
        "from azureml.core import get_run\n"
        "old = Run(run.experiment, '20250101-7')\n"
        "runs = list(run.experiment.get_runs())\nred = list(Run.list(run.experiment, tags={'team': 'red'}, status='Completed'))\n"
        "blue = list(run.experiment.get_runs(tags={'team': 'blue'}))\n"
        "old.download_file('outputs/a.txt', 'a.txt')\nlogs = old.get_all_logs('logs_here')\n"
        "try:\n    old.log('a', 1)\nexcept Exception as wrong:\n    refused = str(wrong)\n"
        "try:\n    old.download_file('outputs/b.txt')\nexcept Exception as wrong:\n    missing = str(wrong)\n"
        "print(json.dumps([old.id, old.status, old.get_metrics(), old.tags, old.name, old.get_file_names(),\n"
        "    [each.id for each in runs], len(red), len(blue), open('a.txt').read(), logs, refused, missing,\n"
        "    old.experiment.name, get_run(None, '20250101-7') == old, old.wait_for_completion()['status'],\n"
        "    Run.get(None, run.id) == run, old.parent]))\n"
    )
    found = told(
        python,
        tmp_path,
        script,
        run__get=lambda facts: {**EARLIER, "id": facts["id"]},
        run__list=lambda facts: {"runs": [{**EARLIER, "id": "20260101-1"}, EARLIER]},
        run__file=lambda facts: {"file": {"path": str(files)}},
    )
    assert found[:9] == [
        "20250101-7",
        "Completed",
        {"accuracy": 0.5},
        {"team": "red"},
        "old.py",
        ["logs/train.log", "outputs/a.txt"],
        ["20260101-1", "20250101-7"],
        1,
        0,
    ]
    assert found[9:11] == ["kept", ["logs_here/logs/train.log"]]
    assert found[11].startswith("Run 20250101-7 is not the run of this script and can only be read")
    assert "did you mean 'outputs/a.txt'" in found[12]
    assert found[13:] == ["cars", True, "Completed", True, None]


def test_a_failed_earlier_run_raises_when_it_is_waited_for(tmp_path: Path) -> None:
    script = (
        "from azureml.exceptions import ActivityFailedException\n"
        "old = Run(None, 'x')\nassert old.wait_for_completion(raise_on_error=False)['status'] == 'Failed'\n"
        "try:\n    old.wait_for_completion()\nexcept ActivityFailedException as wrong:\n    print(json.dumps(str(wrong)))\n"
    )
    answer = {**EARLIER, "status": "failed"}
    assert "transom runs show" in told(serving.HERE, tmp_path, script, run__get=answer)
