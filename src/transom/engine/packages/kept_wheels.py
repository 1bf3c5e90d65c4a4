"""How a wheel file that a script or a bundle brings is kept, and what is taken for one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from transom.engine.archives import BundleLimits, opened
from transom.engine.packages.asked import Wheel
from transom.engine.packages.refusals import CannotInstall, no_room
from transom.errors import BundleInvalid
from transom.model.assets import normalised

#: What a wheel unpacks to may be so many times larger than the largest one.
_MOST_TIMES_LARGER = 5
_MOST_FILES = 200_000
_PIECE = 1 << 20


def keep_wheel(name: str, content: IO[bytes], folder: Path, most_bytes: int) -> Wheel:
    """Keep a wheel file of this file name in `folder`, below its sha256.

    Raises CannotInstall where it is none, or has more than `most_bytes`.
    """
    package, version = what_it_is(name)
    try:
        digest, aside = _copied(name, content, folder, most_bytes)
        _check_content(name, aside, most_bytes)
        place = folder / digest / name
        place.parent.mkdir(parents=True, exist_ok=True)
        aside.replace(place)
    except OSError as wrong:
        raise no_room(name, wrong) from None
    return Wheel(package, version, place, digest)


def what_it_is(name: str) -> tuple[str, str]:
    """The package, in its one spelling, and the version that the name of a wheel file tells. Raises CannotInstall."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        package, version, _, _ = parse_wheel_filename(name)
    except InvalidWheelFilename:
        raise CannotInstall(
            problem=f"{name} cannot be installed: its name is not that of a wheel.",
            advice="Keep the name that the wheel was built or downloaded with: NAME-VERSION-TAGS.whl.",
        ) from None
    return normalised(package), str(version)


def _copied(name: str, content: IO[bytes], folder: Path, most_bytes: int) -> tuple[str, Path]:
    """(sha256, where it lies for now) of a copy; OSError where it cannot be written."""
    import hashlib

    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{os.getpid()}.{os.urandom(8).hex()}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with aside.open("xb") as copy:
            while piece := content.read(_PIECE):
                size += len(piece)
                if size > most_bytes:
                    raise CannotInstall(
                        problem=f"{name} cannot be installed: it has more than {most_bytes} bytes.",
                        advice="Put the package into the environment instead: `transom env add`.",
                    )
                digest.update(piece)
                copy.write(piece)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), aside


def _check_content(name: str, aside: Path, most_bytes: int) -> None:
    """Raise CannotInstall for what is no sound zip file, or would unpack to far more than it is."""
    limits = BundleLimits(_MOST_TIMES_LARGER * most_bytes, _MOST_FILES)
    try:
        with opened(aside, limits, shown=name):
            return
    except BundleInvalid as wrong:
        said = wrong.facts["reason"]
    aside.unlink()
    raise CannotInstall(
        problem=f"{name} cannot be installed: it is no wheel, or damaged ({said}).",
        advice="Build or download it again.",
    )
