"""What a script bundle asks to be installed: requirements.txt and wheels at its top, or in its one folder."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from transom.engine.archives import Archive, BundleLimits, opened
from transom.engine.packages.asked import Wanted, Wheel
from transom.engine.packages.kept_wheels import what_it_is
from transom.engine.packages.reading_wheels import opened_below
from transom.engine.packages.refusals import CannotInstall
from transom.engine.packages.sets import Packages
from transom.engine.packages.texts import text_of
from transom.errors import BundleInvalid

REQUIREMENTS = "requirements.txt"
_TEXT_BYTES = 1024**2
#: The limits of a bundle were kept to when it was packed.
_FOUND_GOOD = BundleLimits(sys.maxsize, sys.maxsize >> 16)
_NOT_COUNTED = ("__MACOSX", ".git")


def asks_for(names: Iterable[str]) -> tuple[str, ...]:
    """Those of a bundle's files (names with slashes) that ask for packages: requirements.txt, then the wheels."""
    known = [name for name in names if name.split("/")[0] not in _NOT_COUNTED and not name.endswith("/")]
    tops = {name.partition("/")[0] if "/" in name else "" for name in known}
    folders = ["", *(f"{top}/" for top in tops if top)] if len(tops) == 1 else [""]
    found = []
    for folder in folders:
        inside = sorted(name for name in known if posixpath.dirname(name) == folder.rstrip("/"))
        found += [name for name in inside if posixpath.basename(name).lower() == REQUIREMENTS]
        found += [name for name in inside if name.endswith(".whl")]
    return tuple(found)


def of_bundle(bundle: Path, names: Iterable[str], store: Packages) -> Wanted:
    """What the bundle, a zip file or a folder with these files, asks for; its wheels are kept in the store.

    A wheel is installed, and one that another package needs is found there too. Raises CannotInstall.
    """
    return _wanted(names, _BundleFiles(bundle, store.keep_wheel))


def named_by_bundle(bundle: Path, names: Iterable[str]) -> tuple[str, ...]:
    """The same as requirements, for whoever only wants to know: no wheel is kept. Raises CannotInstall."""
    wanted = _wanted(names, _BundleFiles(bundle, _named))
    return (*(each.text for each in wanted.requirements), *(f"{each.name}=={each.version}" for each in wanted.wheels))


def _named(name: str, _: IO[bytes]) -> Wheel:
    package, version = what_it_is(name)
    return Wheel(package, version, Path(name), digest=name)


def _wanted(names: Iterable[str], files: _BundleFiles) -> Wanted:
    from transom.engine.packages.arguments import read_requirements_file

    asked = asks_for(names)
    readings = [read_requirements_file(name, files) for name in asked if not name.endswith(".whl")]
    wheels = [files.wheel(name) for name in asked if name.endswith(".whl")]
    for reading in readings:
        wheels += [each for each in reading.wheels if each.digest not in {known.digest for known in wheels}]
    return Wanted(
        tuple(each for reading in readings for each in reading.requirements),
        tuple(each for reading in readings for each in reading.constraints),
        tuple(wheels),
        tuple(each for reading in readings for each in reading.find_links),
        no_index=any(reading.wanted().no_index for reading in readings),
        pre=any(reading.wanted().pre for reading in readings),
    )


class _BundleFiles:
    """The files of a bundle, by their names in it; `keep` is given the name and the content of a wheel."""

    def __init__(self, bundle: Path, keep: Callable[[str, IO[bytes]], Wheel]) -> None:
        self.bundle = bundle
        self.keep = keep

    def text(self, path: str) -> str:
        with self._opened(path) as stream:
            content = stream.read(_TEXT_BYTES + 1)
        if len(content) > _TEXT_BYTES:
            raise CannotInstall(
                problem=f"{path} of the script bundle has more than {_TEXT_BYTES} bytes.",
                advice="A requirements file is a short text; give the right one.",
            )
        return text_of(content)

    def wheel(self, path: str) -> Wheel:
        with self._opened(path) as stream:
            return self.keep(posixpath.basename(path), stream)

    def wheels_in(self, path: str) -> tuple[Wheel, ...]:
        place = posixpath.normpath(path)
        if self.bundle.is_dir():
            names = [each.relative_to(self.bundle).as_posix() for each in self.bundle.rglob("*.whl")]
        else:
            with self._archive(path) as archive:
                names = [entry.name for entry in archive.entries]
        inside = [name for name in names if name.endswith(".whl") and (posixpath.dirname(name) or ".") == place]
        return tuple(self.wheel(name) for name in sorted(inside))

    @contextmanager
    def _opened(self, path: str) -> Iterator[IO[bytes]]:
        name = posixpath.normpath(path)
        if self.bundle.is_dir():
            with opened_below(self.bundle, name) as stream:
                yield stream
            return
        with self._archive(path) as archive:
            yield archive.stream(name)

    @contextmanager
    def _archive(self, path: str) -> Iterator[Archive]:
        """The bundle's zip file, which was found good when it was packed."""
        try:
            with opened(self.bundle, _FOUND_GOOD) as archive:
                yield archive
        except (BundleInvalid, KeyError) as wrong:
            said = wrong.facts["reason"] if isinstance(wrong, BundleInvalid) else "there is no such file in it"
            raise CannotInstall(
                problem=f"{path} of the script bundle cannot be read: {said}.", advice="Check the bundle's files."
            ) from None
