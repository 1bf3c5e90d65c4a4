"""What a person does with secrets: store one, list the names, remove one. No verb shows a value."""

from __future__ import annotations

from typing import Any

from transom.errors import NameInvalid
from transom.model.assets import NoName, checked_name
from transom.store.secrets import OWN, Kept
from transom.workspace.opening import Workspace


def set_secret(workspace: Workspace, name: str, value: str) -> Kept:
    """Keep a value, as it is, in the place of an earlier one; where it is kept. Raises NameInvalid and WrongUse."""
    return workspace.secrets.set(_named(name), value)


def secret_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """What is told of the person's secrets, by name. Raises WorkspaceUnusable."""
    return [
        {"name": each.name, "kept": each.kept.value, "stored": each.stored}
        for each in workspace.secrets.listed()
        if OWN not in each.name
    ]


def remove_secret(workspace: Workspace, name: str) -> None:
    """Forget a secret. Raises NameInvalid, Unknown, and WrongUse where it is kept in a place that cannot be used."""
    workspace.secrets.remove(_named(name))


def _named(name: str) -> str:
    """The name, if it is one for people. Raises NameInvalid."""
    try:
        return checked_name(name)
    except NoName as wrong:
        raise NameInvalid(kind="secret", name=name, reason=wrong) from None
