"""How a script bundle becomes part of an exported script: its files by name where they are few, else its path."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from transom.engine.bundles import BundleLimits, module_names, pack, unpack

#: Larger bundles stay where they are, and the script reads them there.
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Bundled:
    """The files of a bundle by their names, None where they are too large to be copied; the texts of its Python files,
    and the modules that can be imported from it.
    """

    files: dict[str, str | bytes] | None
    python: tuple[str, ...]
    modules: frozenset[str]


NO_BUNDLE = Bundled(None, (), frozenset())


def bundled(path: Path, limits: BundleLimits) -> Bundled:
    """Read a bundle, a folder or a zip file, as a step is given it. Raises NotThere and BundleInvalid."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "bundle")
        packed = Path(folder, "bundle.zip")
        pack(path, packed, limits)
        unpack(packed, target, limits, shown=path)
        found = sorted(Path(at, name) for at, _, names in os.walk(target) for name in names)
        python = tuple(_text(file.read_bytes()) or "" for file in found if file.suffix == ".py")
        modules = frozenset(module_names(file.relative_to(target).as_posix() for file in found))
        if sum(file.stat().st_size for file in found) > _MOST_BYTES:
            return Bundled(None, python, modules)
        files = {file.relative_to(target).as_posix(): _content(file.read_bytes()) for file in found}
        return Bundled(files, python, modules)


def _content(content: bytes) -> str | bytes:
    text = _text(content)
    return content if text is None else text


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
