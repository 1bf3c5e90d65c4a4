"""`transom new`: a script to start from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from transom.cli.app import STANDARD_INPUT
from transom.cli.printing import print_text


def new(
    path: Annotated[str, Parameter(help="Where the script goes; - prints it.")] = "script.py",
    /,
    *,
    language: Annotated[str | None, Parameter(help="The language of its comments: en or fr.")] = None,
    force: Annotated[bool, Parameter(help="Replace a file that is there.", negative=())] = False,
) -> int:
    """Write a new script: the entry point, its two parameters, the bundle and what it returns, explained."""
    from transom.workspace.scripts import new_script, template_text

    if path == STANDARD_INPUT:
        print_text(template_text(language))
        return 0
    written = new_script(Path(path), language=language, force=force)
    print(f"Wrote {written}. Run it with: transom run {written} YOUR_TABLE.csv", file=sys.stderr)
    return 0
