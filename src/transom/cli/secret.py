"""`transom secret`: how a value comes in that must be seen by nobody, and what is told of it afterwards."""

from __future__ import annotations

import os
import select
import sys
import termios
from typing import Annotated, Any

from cyclopts import App, Parameter

from transom.cli.app import STANDARD_INPUT
from transom.cli.grids import tell
from transom.cli.printing import print_columns, print_json, visible
from transom.cli.registered import workspace
from transom.errors import WrongUse

app = App(name="secret", help="Secrets: what scripts may read, and no log shows.", help_format="plaintext")

_Json = Annotated[bool, Parameter(negative=(), help="Print one JSON document.")]
#: More than any secret may have, with the newline that ends it.
_MOST_BYTES = 64 * 1024 + 2
#: A terminal passes on no more of a line than this.
_LONGEST_TYPED = 4095
#: How long the rest of what was pasted may take to come, in seconds.
_SECONDS_OF_PASTING = 0.1
#: How late a Ctrl-C may be heard, in seconds.
_SECONDS_OF_NO_ANSWER = 0.2
_ECHO = 3
_IN_A_FILE = "Give it on standard input: `transom secret set NAME < FILE`."


@app.command(name="set")
def set_it(
    name: Annotated[str, Parameter(help="The name of the secret; never its value.")],
    /,
    *words: Annotated[str, Parameter(show=False, help="Are refused.")],
    value: Annotated[str | None, Parameter(show=False, help="Is refused.")] = None,
    json: _Json = False,
) -> int:
    """Store a secret; its value is asked for, or read from standard input without the newline that ends it."""
    from transom.workspace.secrets import set_secret

    name = _typed_name(name)
    if words or value is not None or "=" in name:
        raise _seen()
    here = workspace()
    kept = set_secret(here, name, _value(name))
    where = "in the system's keyring" if kept == "keyring" else f"encrypted in {here.folder / 'secrets.json'}"
    tell({"name": name, "kept": kept.value}, f"Stored {name} {where}.", json=json)
    return 0


@app.command(name="list")
def show_all(*, json: _Json = False) -> int:
    """List the secrets by name, where each is kept, and when it was stored."""
    from transom.workspace.secrets import secret_rows

    rows = secret_rows(workspace())
    if json:
        print_json({"secrets": rows})
        return 0
    lines = [("name", "kept in", "stored")]
    lines += [
        (each["name"], "the keyring" if each["kept"] == "keyring" else "the file", each["stored"]) for each in rows
    ]
    print_columns(lines)
    return 0


@app.command
def remove(name: Annotated[str, Parameter(help="The name of the secret.")], /, *, json: _Json = False) -> int:
    """Forget a secret."""
    from transom.workspace.secrets import remove_secret

    name = _typed_name(name)
    remove_secret(workspace(), name)
    tell({"removed": name}, f"Removed {name}.", json=json)
    return 0


def _typed_name(name: str) -> str:
    return "-" if name == STANDARD_INPUT else name


def _seen() -> WrongUse:
    """A value stands in the command. It is not repeated: whoever reads this may not be whoever typed that."""
    return WrongUse(
        problem="A secret's value never stands in a command: others see it there, and shells keep it.",
        advice="Give the name only, and the value where it is asked for or on standard input; take another value, for "
        "this one was seen.",
    )


def _value(name: str) -> str:
    if sys.stdin is None:
        raise WrongUse(problem="Standard input is closed.", advice="Pipe the value into it, or run it in a terminal.")
    content = _typed(name) if sys.stdin.isatty() else sys.stdin.buffer.read(_MOST_BYTES)
    if content.endswith(b"\n"):
        content = content[:-1].removesuffix(b"\r")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise WrongUse(
            problem=f"The value of the secret {name} is no text in UTF-8.",
            advice="Encode what is no text, such as in base64.",
        ) from None


def _typed(name: str) -> bytes:
    """One line of the terminal, which does not show it. Raises WrongUse for more than that: it would be cut."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent: list[Any] = [*before]
    silent[_ECHO] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        print(visible(f"Value of {name} (not shown): "), end="", file=sys.stderr, flush=True)
        while not select.select([terminal], [], [], _SECONDS_OF_NO_ANSWER)[0]:
            continue  # a Ctrl-C that came right before a read would be heard only when the read ends
        line = os.read(terminal, _LONGEST_TYPED + 1)
        more = bool(select.select([terminal], [], [], _SECONDS_OF_PASTING)[0]) and bool(os.read(terminal, 1))
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)  # what more was pasted is no command for a shell
        print(file=sys.stderr)
    if more:
        raise WrongUse(problem=f"The value of the secret {name} has several lines.", advice=_IN_A_FILE)
    if len(line) >= _LONGEST_TYPED:
        raise WrongUse(problem=f"The value of the secret {name} is too long for a terminal.", advice=_IN_A_FILE)
    return line
