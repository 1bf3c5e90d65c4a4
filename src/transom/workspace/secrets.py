"""What a person does with secrets: store one, list the names, remove one. No verb shows a value."""

from __future__ import annotations

from transom.errors import NameInvalid
from transom.model.assets import NoName, checked_name
from transom.store.secrets import OWN
from transom.workspace.opening import Workspace


def set_secret(workspace: Workspace, name: str, value: str) -> None:
    """Keep a value, without the one newline that may end it. Raises NameInvalid, WrongUse and SecretUnreadable."""
    workspace.secrets.set(_named(name), value.removesuffix("\n").removesuffix("\r"))


def secret_names(workspace: Workspace) -> list[str]:
    """The names of the person's secrets, sorted."""
    return [name for name in workspace.secrets.names() if OWN not in name]


def remove_secret(workspace: Workspace, name: str) -> None:
    """Forget a secret. Raises NameInvalid and Unknown."""
    workspace.secrets.remove(_named(name))


def _named(name: str) -> str:
    try:
        return checked_name(name)
    except NoName as wrong:
        raise NameInvalid(kind="secret", name=name, reason=wrong) from None
