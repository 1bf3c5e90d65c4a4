"""What a script is told of its workspace, of its own run and of others, and of the environments that there are."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from transom.errors import ContentRemoved, Unknown
from transom.model.assets import Environment
from transom.model.records import RunRecord
from transom.workspace.answering import Asking
from transom.workspace.answers.contents import file_name
from transom.workspace.answers.facts import Facts
from transom.workspace.datasets import dataset_document

#: What a workspace is called where Azure has a subscription, a resource group and a region.
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_RESOURCE_GROUP = "transom"
_LOCATION = "local"
#: Of an experiment so many runs are told of, the newest ones.
_MOST_RUNS = 200


def _describe(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    Facts("workspace/describe", told, ())
    workspace, context = asking.workspace, asking.context
    return {
        "name": workspace.name,
        "subscription_id": _SUBSCRIPTION,
        "resource_group": _RESOURCE_GROUP,
        "location": _LOCATION,
        "id": workspace.id,
        "experiment": context.experiment,
        "run": {"id": context.run, "created": context.created.isoformat(), "script": context.script},
        "inputs": {port: _input(asking, dataset) for port, dataset in context.inputs.items()},
    }


def _input(asking: Asking, dataset: str | None) -> dict[str, Any] | None:
    if dataset is None:
        return None
    try:
        return dataset_document(asking.workspace.registry.dataset_by_id(dataset))
    except Unknown:  # it was removed since
        return None


def _experiments(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    Facts("experiment/list", told, ())
    return {"experiments": asking.workspace.history.experiments()}


def _list(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("run/list", told, ("experiment",))
    history = asking.workspace.history
    records = history.list(_MOST_RUNS, experiment=facts.text_or_none("experiment"))
    return {"runs": [_document(history.get(each.id)) for each in records]}


def _get(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    return _document(_record(asking, Facts("run/get", told, ("id",))))


def _file(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("run/file", told, ("id", "name"))
    record, name = _record(asking, facts), facts.text("name")
    files = {each.name: each for each in record.ended.files} if record.ended is not None else {}
    if name not in files:
        there = ", ".join(sorted(files)[:10]) or "none"
        raise facts.wrong(f"the run {record.id} has kept no file {name[:100]!r}", f"Its files: {there}.")
    digest = files[name].digest
    if not record.contents_kept or not asking.workspace.blobs.has(digest):
        raise ContentRemoved(run=record.id, what=name)
    return {"file": {"content": digest, "name": file_name(posixpath.basename(name))}}


def _record(asking: Asking, facts: Facts) -> RunRecord:
    """The run of exactly this id. Raises Unknown."""
    record = asking.workspace.history.get(facts.text("id"))
    if record.id != facts.text("id"):  # a script names a run whole
        raise Unknown(
            kind="run",
            name=facts.text("id"),
            workspace=asking.workspace.folder,
            listing="transom runs list",
            near=record.id,
        )
    return record


def _document(record: RunRecord) -> dict[str, Any]:
    from transom.workspace.runs import metrics_of

    ended = record.ended
    return {
        "id": record.id,
        "experiment": record.begun.experiment,
        "status": record.status,
        "created": record.begun.created.isoformat(),
        "ended": None if ended is None else ended.ended.isoformat(),
        "script": record.begun.script_shown,
        "metrics": metrics_of(record),
        "tags": {} if ended is None else dict(ended.tags),
        "files": [] if ended is None else [each.name for each in ended.files],
    }


def _environment(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    from transom.engine.environments import Environments

    facts = Facts("environment/get", told, ("name",))
    found: Environment = Environments(asking.workspace.settings).peek(facts.text("name"))
    return {
        "name": found.name,
        "python": found.python,
        "packages": dict(found.packages),
        "digest": found.digest,
    }


def _environments(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    from transom.engine.environments import Environments

    Facts("environment/list", told, ())
    return {"names": list(Environments(asking.workspace.settings).names())}


ANSWERS = {
    "workspace/describe": _describe,
    "experiment/list": _experiments,
    "run/list": _list,
    "run/get": _get,
    "run/file": _file,
    "environment/get": _environment,
    "environment/list": _environments,
}
