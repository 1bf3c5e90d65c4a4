"""`transom secret`: what scripts may read and nobody is shown."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import App, Parameter

from transom.cli.printing import print_json, visible
from transom.errors import WrongUse
from transom.settings import load
from transom.workspace.opening import Workspace, open_workspace

app = App(name="secret", help="Secrets: what scripts may read, and no log shows.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]


def _workspace() -> Workspace:
    return open_workspace(load())


@app.command(name="set")
def set_it(name: Annotated[str, Parameter(help="The name of the secret.")], /, *, json: _Json = False) -> int:
    """Store a secret; its value is asked for, or read from standard input.

    Parameters
    ----------
    name
        The name of the secret; never its value.
    """
    from transom.workspace.secrets import set_secret

    if "=" in name:
        raise WrongUse(
            problem="A secret is not given on the command line, where others can see it.",
            advice="Give its name only: the value is asked for, or read from standard input.",
        )
    set_secret(_workspace(), name, _value(name))
    _tell({"name": name, "stored": True}, f"Stored {name}.", json)
    return 0


@app.command(name="list")
def show_all(*, json: _Json = False) -> int:
    """List the names of the secrets."""
    from transom.workspace.secrets import secret_names

    names = secret_names(_workspace())
    if json:
        print_json({"secrets": names})
        return 0
    for name in names:
        print(visible(name))
    return 0


@app.command
def remove(name: Annotated[str, Parameter(help="The name of the secret.")], /, *, json: _Json = False) -> int:
    """Forget a secret.

    Parameters
    ----------
    name
        The name of the secret.
    """
    from transom.workspace.secrets import remove_secret

    remove_secret(_workspace(), name)
    _tell({"removed": name}, f"Removed {name}.", json)
    return 0


def _value(name: str) -> str:
    if sys.stdin is None:
        raise WrongUse(problem="Standard input is closed.", advice="Pipe the value into it, or run it in a terminal.")
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(visible(f"The value of {name}: "))
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise WrongUse(problem="The value of the secret is no UTF-8 text.", advice="Give it as base64.") from None


def _tell(document: dict[str, object], sentence: str, json: bool) -> None:
    if json:
        print_json(document)
    else:
        print(visible(sentence), file=sys.stderr)
