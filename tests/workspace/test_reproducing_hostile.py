"""Bundles of pipelines that strangers made: nothing outside of them is reached, and each is told of in a sentence."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from tests.workspace.bundles import FAILS, Desk, Elsewhere, forged

from transom.errors import RunBundleInvalid
from transom.settings import load
from transom.workspace.opening import open_workspace

#: What no bundle of ours has, and what is said of it.
FORGED = {
    "jobs: {a: {component: split_data, inputs: {dataset: /etc/passwd}}}": "names /etc/passwd",
    "jobs: {a: {component: split_data, inputs: {dataset: ../run.json}}}": "names ../run.json",
    "jobs: {a: {component: split_data, inputs: {dataset: ~/x.csv}}}": "names ~/x.csv",
    "jobs: {a: {component: split_data, inputs: {dataset: 'azureml:cars@latest'}}}": "names azureml:cars@latest",
    "jobs: {a: {component: split_data, inputs: {dataset: 'https://example.org/x.csv'}}}": "names https://",
    "jobs: {a: {component: split_data, inputs: {dataset: run.json}}}": "run.json is no table",
    "jobs: {a: {component: import_data, inputs: {path: /etc/passwd}}}": "names /etc/passwd",
    "jobs: {a: {component: import_data, inputs: {path: 'in*/x.arrow'}}}": "reads from outside",
    "jobs: {a: {component: import_data, inputs: {database: 'sqlite:///x.db', query: SELECT 1}}}": "reads from outside",
    "jobs: {a: {component: import_data, inputs: {path: x.arrow, secret: mine}}}": "reads from outside",
    "inputs: {p: {type: string, default: /etc/passwd}}\n"
    "jobs: {a: {component: import_data, inputs: {path: '${{parent.inputs.p}}'}}}": "reads from outside",
    "jobs: {a: {component: export_data, inputs: {dataset: inputs/x.arrow, path: /tmp/x.csv}}}": "writes outside",
    "jobs: {a: {component: execute_python_script, inputs: {script: /etc/hostname}}}": "names /etc/hostname",
    "jobs: {a: {component: execute_python_script, inputs: {script: ../other.py}}}": "cannot be read",
    "jobs: {a: {component: ../mine}}": "cannot be read",
    "inputs: {p: {type: uri_file}}\n"
    "jobs: {a: {component: split_data, inputs: {dataset: '${{parent.inputs.p}}'}}}": "has no value",
    "jobs: {a: {component: nothing}}": "cannot be read",
    "[" * 5000: "cannot be read",
    "\0": "cannot be read",
}


@pytest.mark.parametrize("text", FORGED, ids=range(len(FORGED)))
def test_a_forged_pipeline_reaches_nothing_outside_of_its_bundle(text: str, tmp_path: Path, replay: Elsewhere) -> None:
    run = json.dumps({"format": "transom pipeline run", "version": 1, "run": "x", "steps": [], "policy": "open"})
    path = forged(tmp_path / "bad.zip", {"run.json": run, "pipeline.yml": text, "inputs/x.arrow": b"no"})
    with pytest.raises(RunBundleInvalid) as wrong:
        replay(path)
    assert FORGED[text] in wrong.value.message
    assert str(tmp_path / "bad.zip") in wrong.value.message
    assert "/transom-" not in wrong.value.message


def test_damaged_archives_are_told_of_in_a_sentence(tmp_path: Path, replay: Elsewhere) -> None:
    run = json.dumps({"format": "transom pipeline run", "version": 1})
    archives: list[dict[str, str | bytes]] = [
        {"run.json": run},
        {"run.json": run, "pipeline.yml": "jobs: {}", "../out.py": "x"},
        {"run.json": run, "pipeline.yml": b"\xff\xfe"},
        {"run.json": json.dumps({"format": "transom pipeline run", "version": 2}), "pipeline.yml": ""},
    ]
    for files in archives:
        with pytest.raises(RunBundleInvalid):
            replay(forged(tmp_path / "bad.zip", files))
    assert not (tmp_path / "out.py").exists()


def test_a_forged_table_is_told_of_as_a_failed_step(tmp_path: Path, replay: Elsewhere) -> None:
    run = json.dumps({"format": "transom pipeline run", "version": 1, "steps": {"a": {"status": ["x"], "results": 1}}})
    text = "jobs: {a: {component: edit_metadata, inputs: {dataset: inputs/x.arrow, columns: [a]}}}"
    replayed = replay(forged(tmp_path / "bad.zip", {"run.json": run, "pipeline.yml": text, "inputs/x.arrow": b"no"}))
    assert (replayed.status, replayed.equal) == ("failed", False)


def test_the_policy_of_a_bundle_can_be_stricter_only(desk: Desk, replay: Elsewhere) -> None:
    path, _ = desk.bundle(desk.run(FAILS).id)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for asked, held in (("open", None), ("strict", "strict"), ("nonsense", None)):
        told = json.dumps(json.loads(files["run.json"]) | {"policy": asked})
        replayed = replay(forged(path.with_name(f"{asked}.zip"), files | {"run.json": told}))
        assert replayed.equal, replayed.sentences
        workspace = open_workspace(load())
        assert workspace.history.get(replayed.run).begun.request.get("policy") == held
