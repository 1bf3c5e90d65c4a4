"""In which encodings requirements files are written: UTF-8, or what a shell on Windows wrote for `pip freeze >`."""

from __future__ import annotations

import codecs


def text_of(content: bytes) -> str:
    """The text of a requirements file."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
