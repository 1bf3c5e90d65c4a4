"""How the values of secrets are kept out of texts: every form that a value takes becomes three stars.

Values shorter than four characters are not masked: the texts in which one letter is hidden everywhere tell nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
#: The lists and objects of a document are looked through so deep; what lies deeper becomes the mask.
_DEEPEST = 60

Told = TypeVar("Told")


def forms_of(values: Iterable[str]) -> set[str]:
    """What is looked for: each value and each of its lines, as they are, as URLs and JSON write them, and as base64."""
    forms: set[str] = set()
    for value in values:
        forms.update(_forms(value))
        content = value.encode("utf-8", "surrogatepass")
        if len(value) >= SHORTEST:
            forms |= {base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()}
        for line in value.splitlines():
            forms.update(_forms(line.strip()))
    return {form for form in forms if len(form) >= SHORTEST}


def _forms(text: str) -> set[str]:
    if len(text) < SHORTEST:
        return set()
    encodable = text.encode("utf-8", "replace").decode()
    return {
        text,
        quote(encodable, safe=""),
        quote(encodable),
        quote_plus(encodable),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
    }


class Masker:
    """Masks a stream of text that is cut anywhere. It holds back only an end that could begin something to mask."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._longest = 0
        self._first: set[str] = set()
        self._held = ""

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to mask."""
        return self._pattern is not None

    def add(self, values: Iterable[str]) -> None:
        """Mask these too, from now on."""
        new = forms_of(values) - self._forms
        if new:
            self._forms |= new
            self._pattern = _pattern(self._forms)
            self._longest = max(map(len, self._forms))
            self._first = {form[0] for form in self._forms}

    def feed(self, text: str) -> str:
        """The next piece, masked, but for the end that is held back."""
        if self._pattern is None:
            return text
        text = self._held + text
        start = self._begins_at(text)
        for found in self._pattern.finditer(text):
            if found.start() < start < found.end():  # what is held back must not begin in the middle of a value
                start = found.start()
                break
        self._held = text[start:]
        return self._pattern.sub(MASK, text[:start])

    def rest(self) -> str:
        """What was held back, masked: nothing more comes that could go on with it."""
        held, self._held = self._held, ""
        return self.whole(held)

    def whole(self, text: str) -> str:
        """A text that does not belong to the stream, masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def _begins_at(self, text: str) -> int:
        """Where the longest end of the text that could become a form begins; its length where there is none."""
        for start in range(max(0, len(text) - self._longest), len(text)):
            if text[start] in self._first:
                end = text[start:]
                if any(form.startswith(end) for form in self._forms):
                    return start
        return len(text)


def masked(told: Told, values: Iterable[str]) -> Told:
    """A text, or a document of lists and objects of texts, without these values; a number that shows one is masked."""
    forms = forms_of(values)
    if not forms:
        return told
    result: Told = _masked(told, _pattern(forms), 0)
    return result


def _masked(told: Any, pattern: re.Pattern[str], depth: int) -> Any:
    if isinstance(told, str):
        return pattern.sub(MASK, told)
    if isinstance(told, (int, float)) and not isinstance(told, bool):
        return MASK if pattern.fullmatch(str(told)) else told
    if depth > _DEEPEST:
        return MASK
    if isinstance(told, Mapping):
        return {_masked(name, pattern, depth): _masked(each, pattern, depth + 1) for name, each in told.items()}
    if isinstance(told, (list, tuple)):
        return type(told)(_masked(each, pattern, depth + 1) for each in told)
    return told


def _pattern(forms: set[str]) -> re.Pattern[str]:
    """The longest first: a value may begin another one."""
    return re.compile("|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))))
