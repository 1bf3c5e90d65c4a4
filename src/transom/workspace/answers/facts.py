"""What may stand in the facts of a question: anybody may have written them, so nothing in them is believed unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transom.errors import NameInvalid, WrongUse
from transom.model.assets import NoName, checked_name
from transom.model.texts import cut, visible
from transom.store.blobs import is_digest

_LONGEST_TEXT = 100_000
_LONGEST_KEY = 1000
_MOST_TAGS = 1000
_LARGEST = 2**31 - 1
_SHOWN = 60
_ADVICE = "The methods of azureml.core ask it rightly; see docs/datasets.md for what they take."


class Facts:
    """The facts of one question; each may be asked for once it is known what it must be. All raise WrongUse."""

    def __init__(self, question: str, told: object, names: Sequence[str]) -> None:
        """`names` are those that the question knows; any other one is refused."""
        self.question = question
        if not isinstance(told, Mapping):
            raise self.wrong("its facts are no object")
        for name in told:
            if name not in names:
                known = ", ".join(names) or "none"
                raise self.wrong(f"it knows no {_shown(name)}", f"What it knows: {known}.")
        self._told = told

    def wrong(self, why: str, advice: str = _ADVICE) -> WrongUse:
        """The error that says what of the question is wrong."""
        return WrongUse(problem=f"The question {self.question} cannot be answered: {why}.", advice=advice)

    def has(self, name: str) -> bool:
        """Whether something is said of this."""
        return self._told.get(name) is not None

    def text(self, name: str, otherwise: str | None = None) -> str:
        """A text; what stands for one that is not there, unless there must be one."""
        value = self._told.get(name)
        if value is None and otherwise is not None:
            return otherwise
        return self._text(name, value)

    def text_or_none(self, name: str) -> str | None:
        """A text, if there is one."""
        value = self._told.get(name)
        return None if value is None else self._text(name, value)

    def raw(self, name: str) -> object:
        """Whatever is said of this."""
        return self._told.get(name)

    def flag(self, name: str, otherwise: bool = False) -> bool:
        """True or false."""
        value = self._told.get(name)
        if value is None:
            return otherwise
        if not isinstance(value, bool):
            raise self.wrong(f"{name} is {_shown(value)}, neither true nor false")
        return value

    def version(self, name: str) -> int | None:
        """The number of a version; None for the latest one, which may be written so."""
        value = self._told.get(name)
        if value is None or value == "latest":
            return None
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _SHOWN:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LARGEST:
            raise self.wrong(f"{name} is {_shown(value)}, and a version is a number from 1 up, or `latest`")
        return value

    def seconds(self, name: str) -> float | None:
        """A time in seconds; None where there is no limit, or none is said."""
        value = self._told.get(name)
        if value is None or value == 0:
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < _LARGEST:
            raise self.wrong(f"{name} is {_shown(value)}, which is no number of seconds")
        return float(value)

    def name(self, name: str, kind: str) -> str:
        """What something can be registered under. Raises NameInvalid too."""
        text = self.text(name)
        try:
            return checked_name(text)
        except NoName as wrong:
            raise NameInvalid(kind=kind, name=cut(text, _SHOWN), reason=wrong) from None

    def tags(self, name: str) -> dict[str, str] | None:
        """Texts by text; one that is null is empty. None where there is nothing at all."""
        wanted = self.wanted_tags(name)
        return None if not wanted else {key: value or "" for key, value in wanted.items()}

    def wanted_tags(self, name: str) -> dict[str, str | None] | None:
        """Texts by text, or null for any text."""
        value = self._told.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping) or len(value) > _MOST_TAGS:
            raise self.wrong(f"{name} is no object of up to {_MOST_TAGS} texts")
        for key, each in value.items():
            if not isinstance(key, str) or len(key) > _LONGEST_KEY:
                raise self.wrong(f"{name} has a key that is no text of up to {_LONGEST_KEY} characters")
            if each is not None:
                self._text(f"{name}.{visible(cut(key, _SHOWN))}", each)
        return dict(value)

    def objects(self, name: str, most: int) -> list[Mapping[str, Any]]:
        """A list of objects, of so many at most."""
        value = self._told.get(name)
        if not isinstance(value, (list, tuple)) or not all(isinstance(each, Mapping) for each in value):
            raise self.wrong(f"{name} is no list of objects")
        if len(value) > most:
            raise self.wrong(f"{name} has over {most:,} elements", "Ask for less at a time.")
        return list(value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object; an empty one where there is none."""
        value = self._told.get(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.wrong(f"{name} is {_shown(value)}, which is no object")
        return value

    def words(self, name: str, most: int) -> list[str]:
        """A list of texts, of so many at most; an empty one where there is none."""
        value = self._told.get(name)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)) or len(value) > most:
            raise self.wrong(f"{name} is no list of up to {most:,} texts")
        return [self._text(name, each) for each in value]

    def digest(self, name: str) -> str:
        """The digest of a content that was handed over with the question."""
        value = self._told.get(name)
        digest = value.get("digest") if isinstance(value, Mapping) else None
        if not isinstance(digest, str) or not is_digest(digest):
            raise self.wrong(f"{name} is no content that was handed over")
        return digest

    def part(self, told: Mapping[str, Any], names: Sequence[str]) -> Facts:
        """An object among the facts, as facts of its own."""
        return Facts(self.question, told, names)

    def _text(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.wrong(f"{name} is {_shown(value)}, which is no text")
        if len(value) > _LONGEST_TEXT:
            raise self.wrong(f"{name} has over {_LONGEST_TEXT:,} characters")
        return value


def _shown(value: object) -> str:
    return visible(cut(repr(value), _SHOWN))
