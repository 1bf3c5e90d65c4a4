"""What a script does with the files of a datastore: it lists them, takes them and adds to them; it removes none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transom.model.assets import Datastore
from transom.workspace.answering import Asking
from transom.workspace.answers.contents import MOST_HANDED, files_given
from transom.workspace.answers.facts import Facts
from transom.workspace.answers.places import usable_datastore
from transom.workspace.contents import refuse_full_disk
from transom.workspace.datastores import (
    all_datastores,
    datastore_document,
    files_of_datastore,
    find_datastore,
)
from transom.workspace.datastores_names import parts_of
from transom.workspace.datastores_places import Found


def _get(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("datastore/get", told, ("name",))
    return _document(find_datastore(asking.workspace, facts.text_or_none("name")))


def _list(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    Facts("datastore/list", told, ())
    return {"datastores": [_document(each) for each in all_datastores(asking.workspace)]}


def _document(datastore: Datastore) -> dict[str, Any]:
    """Where the workspace lies on this machine is no matter of a script."""
    told = datastore_document(datastore)
    url = f"azureml://datastores/{datastore.name}" if datastore.built_in else told["url"]
    return {"name": told["name"], "type": told["type"], "url": url, "is_default": told["is_default"]}


def _names(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("datastore/names", told, ("name", "prefix"))
    return {"names": [each.name for each in _found(asking, facts)[1]]}


def _download(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("datastore/download", told, ("name", "prefix"))
    datastore, found = _found(asking, facts)
    place, blobs = files_of_datastore(asking.workspace, datastore), asking.workspace.blobs
    kept = []
    for each in found:
        refuse_full_disk(blobs)
        kept.append(place.keep(each, blobs))
    return {"files": files_given(kept, datastore.name), "names": [each.name for each in kept]}


def _found(asking: Asking, facts: Facts) -> tuple[Datastore, list[Found]]:
    datastore = usable_datastore(asking, facts.text_or_none("name"))
    parts = parts_of(facts.text("prefix", ""))
    return datastore, files_of_datastore(asking.workspace, datastore).find(parts)


def _upload(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = Facts("datastore/upload", told, ("name", "files", "overwrite"))
    datastore = usable_datastore(asking, facts.text_or_none("name"))
    overwrite = facts.flag("overwrite")
    files = []
    for each in facts.objects("files", MOST_HANDED):
        file = facts.part(each, ("path", "content"))
        parts = parts_of(file.text("path"))
        if not parts:
            raise facts.wrong("a file in it has no name")
        files.append((parts, asking.workspace.blobs.path(file.digest("content"))))
    place = files_of_datastore(asking.workspace, datastore)
    uploaded: list[str] = []
    skipped: list[str] = []
    for parts, content in files:
        refuse_full_disk(asking.workspace.blobs)
        written = place.put(parts, content, overwrite=overwrite)
        (uploaded if written else skipped).append("/".join(parts))
    return {"uploaded": uploaded, "skipped": skipped}


ANSWERS = {
    "datastore/get": _get,
    "datastore/list": _list,
    "datastore/names": _names,
    "datastore/download": _download,
    "datastore/upload": _upload,
}
