"""Which secrets a script may read: all where its policy trusts it, else those that were named for its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transom.errors import NotAllowed
from transom.workspace.answering import Asking
from transom.workspace.answers.facts import Facts

_KIND = "secret"


def _get(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    name = Facts("secret/get", told, ("name",)).name("name", _KIND)
    context = asking.context
    if context.is_kept_apart and name not in context.secrets:
        raise NotAllowed(
            what=f"the secret {name}",
            policy=context.policy.value,
            advice=f"Name it for the run: `transom run --secret '{name}'`.",
        )
    return {"value": asking.workspace.secrets.get(name), "secret": True}


def _list(asking: Asking, told: Mapping[str, Any]) -> Mapping[str, Any]:
    Facts("secret/list", told, ())
    context = asking.context
    names = [name for name in asking.workspace.secrets.names() if "/" not in name]
    return {"names": [name for name in names if not context.is_kept_apart or name in context.secrets]}


ANSWERS = {"secret/get": _get, "secret/list": _list}
