"""How the files that a person names are found, and how a script is read."""

from __future__ import annotations

from pathlib import Path

from transom.engine.archives import plain_file
from transom.errors import NotThere, ScriptUnreadable
from transom.model.scripts import Source, Undecodable, read_source
from transom.tables.paths import near

#: A script is text that somebody wrote; a larger file is something else.
_LARGEST_SCRIPT = 64 * 1024**2


def must_exist(path: Path) -> None:
    """Raise NotThere, with the name that was probably meant, where there is no such file or folder."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotThere(path=path, near=near(path)) from None
    except OSError:  # it is there, but closed to us: whoever reads it says so
        return
    except ValueError:  # a null byte in the name
        raise NotThere(path=repr(str(path))) from None


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
