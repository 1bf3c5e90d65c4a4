"""What Transom answers when the pip of a job asks: the questions, and the files that may come with them."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transom.engine.packages.asked import LONGEST_LINE, Wheel
from transom.engine.packages.job import JobPackages
from transom.engine.packages.reading_wheels import opened_below, wheels_below
from transom.engine.packages.refusals import CannotInstall, refused
from transom.engine.packages.sets import Packages
from transom.engine.packages.texts import text_of

Tell = Callable[[str], None]

_MOST_WHEELS = 1000
_MOST_ARGUMENTS = 1000


def answers(job: JobPackages, work: Path) -> dict[str, Callable[[Mapping[str, Any], Tell], Mapping[str, Any]]]:
    """The answers to what a job asks of packages; `work` is its working directory, below which wheels may lie.

    `packages/install` takes {"arguments": [what follows `pip install`], "texts": {path: base64 or null}, "places":
    {path: its place below the working directory, or null}} and gives {"added", "upgraded", "satisfied", "notes",
    "quiet"}, or {"need_texts": [path], "need_places": [path]}, with which it wants to be asked again.
    `packages/uninstall` takes {"names"} and gives {"removed": [[name, version]]}.
    """

    def install(facts: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
        return _install(job, work, facts, tell)

    def uninstall(facts: Mapping[str, Any], _: Tell) -> Mapping[str, Any]:
        return {"removed": [list(each) for each in job.uninstall(_strings(facts, "names"))]}

    return {"packages/install": install, "packages/uninstall": uninstall}


def _install(job: JobPackages, work: Path, facts: Mapping[str, Any], tell: Tell) -> Mapping[str, Any]:
    arguments, sent = _strings(facts, "arguments"), _Sent(_mapping(facts, "texts"), _mapping(facts, "places"))
    if len(arguments) > _MOST_ARGUMENTS or any(len(each) > LONGEST_LINE for each in arguments):
        raise CannotInstall(
            problem=f"pip install has over {_MOST_ARGUMENTS} arguments, or one of over {LONGEST_LINE} letters.",
            advice="Put the requirements into a file and name that with -r.",
        )
    from transom.engine.packages.arguments import read_command  # what most jobs never need

    scout = _Scout(sent)
    read_command(arguments, scout)  # nothing is copied before everything is there
    try:
        if scout.texts or scout.places:
            raise _Needs(scout.texts, scout.places)
        reading = read_command(arguments, _JobFiles(job.store, work, sent))
    except _Needs as needs:
        return {"need_texts": needs.texts, "need_places": needs.places}
    installed = job.install(reading.wanted(), (lambda _: None) if reading.quiet else tell)
    return {
        "added": installed.added,
        "upgraded": installed.upgraded,
        "satisfied": installed.satisfied,
        "notes": [*dict.fromkeys(reading.notes), *installed.notes],
        "quiet": reading.quiet,
    }


class _Needs(Exception):
    """The process that asks has to send something along."""

    def __init__(self, texts: Sequence[str], places: Sequence[str]) -> None:
        super().__init__(texts, places)
        self.texts = list(texts)
        self.places = list(places)


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came along with a question."""

    texts: Mapping[str, Any]
    places: Mapping[str, Any]

    def text(self, path: str) -> str:
        try:
            return text_of(base64.b64decode(self.texts[path]))
        except (TypeError, ValueError, binascii.Error):
            raise CannotInstall(
                problem=f"The requirements file {path} cannot be read.",
                advice="Check the spelling; a relative path starts at the working directory.",
            ) from None


class _Scout:
    """Finds out which files are named that did not come along."""

    def __init__(self, sent: _Sent) -> None:
        self.sent = sent
        self.texts: list[str] = []
        self.places: list[str] = []

    def text(self, path: str) -> str:
        if path in self.sent.texts:
            return self.sent.text(path)
        self.texts.append(path)
        return ""

    def wheel(self, path: str) -> Wheel:
        if path not in self.sent.places:
            self.places.append(path)
        return Wheel("", "", Path(path), "")

    def wheels_in(self, path: str) -> tuple[Wheel, ...]:
        self.wheel(path)
        return ()


class _JobFiles:
    """The files that arguments name: texts came along, wheels are read below the working directory."""

    def __init__(self, store: Packages, work: Path, sent: _Sent) -> None:
        self.store = store
        self.work = work
        self.sent = sent

    def text(self, path: str) -> str:
        if path not in self.sent.texts:
            raise _Needs([path], [])
        return self.sent.text(path)

    def wheel(self, path: str) -> Wheel:
        place = self._place(path)
        with opened_below(self.work, place) as stream:
            return self.store.keep_wheel(posixpath.basename(place), stream)

    def wheels_in(self, path: str) -> tuple[Wheel, ...]:
        found = []
        for place in wheels_below(self.work, self._place(path))[:_MOST_WHEELS]:
            with opened_below(self.work, place) as stream:
                found.append(self.store.keep_wheel(posixpath.basename(place), stream))
        return tuple(found)

    def _place(self, path: str) -> str:
        if path not in self.sent.places:
            raise _Needs([], [path])
        place = self.sent.places[path]
        if not isinstance(place, str):
            reason = "it does not lie in the working directory or below it"
            raise refused(path, reason, "Copy it there first, or put it into the script bundle.")
        return place


def _strings(facts: Mapping[str, Any], name: str) -> list[str]:
    found = facts.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise CannotInstall(problem=f"{name} must be a list of texts.", advice="Ask with pip.")
    return found


def _mapping(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = facts.get(name, {})
    if not isinstance(found, dict):
        raise CannotInstall(problem=f"{name} must be an object.", advice="Ask with pip.")
    return found
