"""How the files that a person names are found, and how a script is read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from transom.engine.archive_files import plain_file
from transom.errors import ScriptUnreadable
from transom.model.scripts import Source, Undecodable, read_source
from transom.tables.paths import refuse_missing

#: A script is text that somebody wrote; a larger file is something else.
_LARGEST_SCRIPT = 64 * 1024**2


def must_exist(path: Path) -> None:
    """Raise NotThere, with the name that was probably meant, where there is no such file or folder."""
    with suppress(OSError):  # it is there, but closed to us: whoever reads it says so
        refuse_missing(path, path)


def read_script(path: Path) -> Source:
    """The script at `path`. Raises NotThere and ScriptUnreadable."""
    must_exist(path)
    if path.is_dir():
        raise ScriptUnreadable(path=path, reason="it is a folder")
    try:
        with plain_file(path) as stream:  # a pipe would be waited for, a device never ends
            content = stream.read(_LARGEST_SCRIPT + 1)
        if len(content) > _LARGEST_SCRIPT:
            raise ScriptUnreadable(path=path, reason="it is larger than 64 MiB")
        return read_source(content, str(path))
    except Undecodable as wrong:
        raise ScriptUnreadable(path=path, reason=str(wrong)) from None
    except OSError as wrong:
        raise ScriptUnreadable(path=path, reason=wrong.strerror or str(wrong)) from None
