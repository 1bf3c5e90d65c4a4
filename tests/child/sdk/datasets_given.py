"""A workspace of canned answers that has datasets: tables as step files, sets of files, and what was registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.child import frames_driver
from tests.child.sdk import serving
from tests.child.sdk.test_run import DESCRIPTION
from tests.environments import ENVIRONMENTS, python_of

BEGIN = "import json, os, sys\nfrom azureml.core import Dataset, Datastore, Run\nws = Run.get_context().experiment.workspace\n"
#: Those with pandas in which tables are tried: the oldest, that of 2025, the newest.
WITH_PANDAS = ("py36-pandas-0.25", "py39-pandas-1.1", "py313-pandas-3")
in_each_pandas = pytest.mark.parametrize("environment", WITH_PANDAS)

CARS = pd.DataFrame({"make": ["audi", "bmw", None, "vw"], "price": [1.5, 2.5, 3.5, None], "doors": [2, 4, 4, 2]})


def python_with_pandas(environment: str) -> Path:
    """The interpreter of an environment of the tests."""
    found = python_of(next(each for each in ENVIRONMENTS if each.name == environment))
    if found is None:
        pytest.skip(f"there is no Python for {environment} on this machine")
    return found


def as_json(frame: str) -> str:
    """Code for a frame as JSON, with its index."""
    return f"json.loads({frame}.to_json(orient='split'))"


def document(name: str = "cars", version: int = 1, **more: Any) -> dict[str, Any]:
    """What is told of a dataset."""
    told: dict[str, Any] = {
        "id": f"id-of-{name}-{version}",
        "name": name,
        "version": version,
        "kind": "table",
        "description": "all cars",
        "tags": {"team": "red"},
        "rows": 4,
        "columns": [],
        "files": 1,
        "bytes": 10,
        "created": "2026-01-02T03:04:05+00:00",
        "run": None,
    }
    return {**told, **more}


@dataclass
class Desk:
    """One job and the datasets that its workspace has; what it registers is among them afterwards."""

    folder: Path
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add_table(self, name: str, frame: pd.DataFrame, **more: Any) -> None:
        """Let the workspace have a table."""
        place = self.folder.parent / "aside.arrow"
        frames_driver.frames.write_frame(frame, place)
        told = document(name, **more)
        self.datasets[name] = told
        self.tables[told["id"]] = serving.keep(self.folder, place.read_bytes())

    def add_files(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Let the workspace have a set of files."""
        told = document(name, kind="files", files=len(contents))
        self.datasets[name] = told
        self.files[told["id"]] = self.kept(contents)

    def kept(self, contents: Mapping[str, bytes]) -> list[dict[str, Any]]:
        """Files as an answer names them."""
        return [{"name": name, "digest": serving.keep(self.folder, content)} for name, content in contents.items()]

    def run(self, python: Path, script: str) -> serving.Said:
        """Run a driver that begins with the workspace."""
        return serving.run_in(python, BEGIN + script, self.folder)

    def facts(self, question: str) -> list[dict[str, Any]]:
        """What was asked under that name."""
        return [facts for asked, facts in serving.asked(self.folder) if asked == question]

    def _get(self, facts: dict[str, Any]) -> dict[str, Any]:
        if facts["name"] not in self.datasets:
            raise serving.refused(f"There is no dataset {facts['name']!r}.", "Did you mean cars?")
        return self.datasets[facts["name"]]

    def _by_id(self, facts: dict[str, Any]) -> dict[str, Any]:
        return next(each for each in self.datasets.values() if each["id"] == facts["id"])

    def _open(self, facts: dict[str, Any]) -> dict[str, Any]:
        if facts["id"] in self.tables:
            return {"table": {"content": self.tables[facts["id"]], "name": "table.arrow"}}
        files = self.files[facts["id"]]
        return {"files": {"contents": files, "name": "files"}, "names": [each["name"] for each in files]}

    def _register(self, facts: dict[str, Any]) -> dict[str, Any]:
        told = document(facts["name"], description=facts["description"], tags=facts["tags"])
        if "table" in facts:
            self.tables[told["id"]] = facts["table"]["digest"]
        elif "files" in facts:
            told["kind"] = "files"
            self.files[told["id"]] = [
                {"name": each["name"], "digest": each["content"]["digest"]} for each in facts["files"]
            ]
        else:
            self.tables[told["id"]] = self.tables.get(facts["same_as"], facts["same_as"])
        self.datasets[facts["name"]] = told
        return told

    def _update(self, facts: dict[str, Any]) -> dict[str, Any]:
        changed = {name: facts[name] for name in ("description", "tags") if facts[name] is not None}
        return {**self._by_id(facts), **changed}

    def answers(self) -> dict[str, serving.Canned]:
        """What answers the questions about datasets."""
        return {
            "workspace/describe": DESCRIPTION,
            "dataset/get": self._get,
            "dataset/by_id": self._by_id,
            "dataset/list": lambda facts: {"datasets": list(self.datasets.values())},
            "dataset/open": self._open,
            "dataset/register": self._register,
            "dataset/update": self._update,
            "datastore/get": lambda facts: {
                "name": facts["name"] or "workspaceblobstore",
                "type": "sqlite" if facts["name"] == "db" else "AzureBlob",
                "url": "azureml://datastores/x",
                "is_default": facts["name"] is None,
            },
        }


@contextmanager
def desk(tmp_path: Path, **answers: serving.Canned) -> Iterator[Desk]:
    """A job with such a workspace; more answers by their question, `__` for the slash."""
    made = Desk(tmp_path / "run1")
    more = {name.replace("__", "/"): each for name, each in answers.items()}
    with serving.job(tmp_path, {**made.answers(), **more}):
        yield made
