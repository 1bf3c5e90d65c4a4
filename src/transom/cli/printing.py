"""How data reaches standard output: whole, in UTF-8, also where a text holds what UTF-8 cannot say."""

from __future__ import annotations

import json
import sys
from typing import Any

from transom.model.texts import visible as visible  # what is printed passes through both


def print_json(document: Any) -> None:
    """Print one JSON document. Half a surrogate pair (of a script's text, or a file name) becomes its escape."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str, allow_nan=False)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()
