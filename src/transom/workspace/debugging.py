"""At which port a script waits for a debugger."""

from __future__ import annotations

import socket

from transom.errors import WrongUse

#: The port that VS Code and others suggest.
USUAL_PORT = 5678
LOOPBACK = "127.0.0.1"


def port_for_debugger(wanted: int | None) -> int:
    """The port that was wanted, or else the usual one if it is free, or a free one.

    Raises WrongUse where the wanted one is taken.
    """
    if wanted is not None:
        if _is_free(wanted) is None:
            raise WrongUse(
                problem=f"Port {wanted} of this machine is taken, or may not be used.",
                advice="Name another one, or leave --debug-port out.",
            )
        return wanted
    return _is_free(USUAL_PORT) or _is_free(0) or USUAL_PORT


def _is_free(port: int) -> int | None:
    """The port if it can be listened at (0: any that can), else None."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return None
        return int(trial.getsockname()[1])
