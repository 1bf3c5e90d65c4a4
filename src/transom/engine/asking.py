"""How another Python is asked something: a short program that prints its answer as JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any


def answer_of(
    interpreter: str, program: str, *, options: Sequence[str] = (), seconds: float = 30.0, folder: str | None = None
) -> Any:
    """What the program prints, as JSON. `folder` is where it runs; here unless another is named.

    Raises OSError where the interpreter does not start, ValueError where it does not answer.
    """
    try:
        done = subprocess.run(
            [interpreter, *options, "-c", program],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=True,
            cwd=folder,
        )
    except subprocess.SubprocessError as wrong:
        raise ValueError(str(wrong)) from None
    return json.loads(done.stdout)
