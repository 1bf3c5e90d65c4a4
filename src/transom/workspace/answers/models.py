"""What a script is told of registered models, what it is given of them, and how it registers one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transom.model.additions import ModelsWanted, NewModel
from transom.model.assets import Model, Reference
from transom.workspace.answering import Asking
from transom.workspace.answers.contents import files_given, handed_files
from transom.workspace.answers.facts import Facts
from transom.workspace.contents import keep_file_set, registering
from transom.workspace.models import files_of_model, model_document

_KIND = "model"


def _get(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("model/get", told, ("name", "id", "version"))
    registry = asking.workspace.registry
    if facts.has("id"):
        return model_document(registry.model_by_id(facts.text("id")))
    return model_document(registry.model(Reference(facts.name("name", _KIND), facts.version("version"))))


def _list(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("model/list", told, ("name", "tags", "properties", "run", "latest"))
    wanted = ModelsWanted(
        name=facts.text_or_none("name"),
        run=facts.text_or_none("run"),
        tags=facts.wanted_tags("tags"),
        properties=facts.wanted_tags("properties"),
        latest=facts.flag("latest"),
    )
    return {"models": [model_document(each) for each in asking.workspace.registry.models(wanted)]}


def _open(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    model = _model(asking, Facts("model/open", told, ("id",)))
    files = files_of_model(asking.workspace, model).files
    return {"files": files_given(files, model.name), "names": [each.name for each in files]}


_REGISTERED = ("name", "description", "tags", "properties", "framework", "framework_version", "is_folder", "files")


def _register(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("model/register", told, _REGISTERED)
    name = facts.name("name", _KIND)
    workspace = asking.workspace
    with registering(workspace):
        files = handed_files(asking, facts)
        is_folder = facts.flag("is_folder")
        if not is_folder and len(files.files) > 1:
            raise facts.wrong("it has several files, and is no folder")
        new = NewModel(
            name,
            keep_file_set(workspace.blobs, files),
            files.size,
            files=len(files.files),
            is_folder=is_folder,
            description=facts.text_or_none("description"),
            framework=facts.text("framework", ""),
            framework_version=facts.text("framework_version", ""),
            tags=facts.tags("tags"),
            properties=facts.tags("properties"),
            run=asking.context.run,
        )
        return model_document(workspace.registry.add_model(new)[0])


def _update(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("model/update", told, ("id", "description", "tags", "properties"))
    changed = asking.workspace.registry.update_model(
        _model(asking, facts).reference,
        description=facts.text_or_none("description"),
        tags=(facts.tags("tags") or {}) if facts.has("tags") else None,
        properties=(facts.tags("properties") or {}) if facts.has("properties") else None,
    )
    return model_document(changed)


def _model(asking: Asking, facts: Facts) -> Model:
    return asking.workspace.registry.model_by_id(facts.text("id"))


ANSWERS = {
    "model/get": _get,
    "model/list": _list,
    "model/open": _open,
    "model/register": _register,
    "model/update": _update,
}
