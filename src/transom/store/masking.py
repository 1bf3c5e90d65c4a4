"""How the values of secrets are kept out of texts: which forms a value takes, and how a stream is masked that is cut.

Every form becomes three stars. Values and lines of fewer than four characters are not masked: a text in which a letter
or two are hidden everywhere tells nothing any more.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from transom.model.texts import visible

MASK = "***"
SHORTEST = 4
#: Of a longer form, so many first characters are enough: what goes on with it is masked as far as it is the same. So
#: little is ever held back, and a key that was printed in part is masked too.
_HEAD = 64
#: With more beginnings than these, looking at each place of a text is faster than looking for each beginning.
_MOST_SEARCHES = 24
#: The lists and objects of a document are looked through so deep; what lies deeper becomes the mask.
_DEEPEST = 60
_ELLIPSIS = "\u2026"

Told = TypeVar("Told")


def forms_of(values: Iterable[str]) -> set[str]:
    """What is looked for: each value, each of its lines, and the value as URLs, JSON, Python and base64 write it.

    White space at the ends of a value or a line does not belong to it.
    """
    forms: set[str] = set()
    for value in values:
        bare = value.strip()
        if len(bare) >= SHORTEST:
            forms |= _written(bare) | _written(value) | {bare, bare.replace("\r\n", "\n"), visible(bare)}
        forms.update(line.strip() for line in re.split(r"[\r\n]", value))
    return {form for form in forms if len(form) >= SHORTEST}


def _written(text: str) -> set[str]:
    """A text as other notations write it."""
    content = text.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(content).decode()
    quoted = quote(content, safe="")
    return {
        *(quoted, quote(content), quote_plus(content), re.sub("%..", lambda each: each[0].lower(), quoted)),
        *(json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]),
        *(repr(text)[1:-1], ascii(text)[1:-1], repr(content)[2:-1]),
        *(encoded, encoded.rstrip("="), base64.urlsafe_b64encode(content).decode()),
        base64.urlsafe_b64encode(content).decode().rstrip("="),
    }


@dataclass(frozen=True, slots=True)
class _Found:
    """A part of a text that is to be masked; `ongoing` are the forms that it may go on with, and from where."""

    start: int
    end: int
    ongoing: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    """What of a stream is held back. Of it, `covered` characters belong to a mask that is shown already, which goes on
    beyond it for as long as the stream is one of the `ongoing` forms.
    """

    text: str = ""
    covered: int = 0
    ongoing: tuple[tuple[str, int], ...] = ()

    @property
    def shown(self) -> str:
        """What may be seen of it before it is known what follows: nothing of what is the beginning of a value."""
        return self.text[self.covered :] if len(self.text) < SHORTEST else ""


class _Forms:
    """All forms of some values, arranged so that a text is looked through fast, also for thousands of lines."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._by_head: dict[str, list[str]] = {}
        for form in sorted(forms):
            self._by_head.setdefault(form[:_HEAD], []).append(form)
        self._heads = sorted(self._by_head)
        self._lengths: dict[str, list[int]] = {}
        for head in self._heads:
            lengths = self._lengths.setdefault(head[:SHORTEST], [])
            if len(head) not in lengths:
                lengths.append(len(head))
        self._longest = max(map(len, self._heads), default=0)
        self._in_one_line = not any("\n" in head for head in self._heads)
        self._first = {head[0] for head in self._heads}

    def in_text(self, text: str) -> Iterator[_Found]:
        """Everything that is to be masked in a text, by where it starts; parts may overlap."""
        for place in self._candidates(text):
            end, ongoing = place, []
            for length in self._lengths[text[place : place + SHORTEST]]:
                if place + length > len(text):
                    continue
                for form in self._by_head.get(text[place : place + length], ()):
                    same = length + _common(form, length, text, place + length)
                    end = max(end, place + same)
                    if place + same == len(text) and same < len(form):
                        ongoing.append((form, same))
            if end > place:
                yield _Found(place, end, tuple(ongoing))

    def begins_at(self, text: str) -> int:
        """Where the longest end of a text begins that a form goes on with; the length of the text without one."""
        start = max(0, len(text) - self._longest + 1)
        if self._in_one_line:
            start = max(start, text.rfind("\n", start) + 1)
        for place in range(start, len(text)):
            if text[place] in self._first:
                end = text[place:]
                longer = bisect_right(self._heads, end)
                if longer < len(self._heads) and self._heads[longer].startswith(end):
                    return place
        return len(text)

    def _candidates(self, text: str) -> Iterable[int]:
        """The places where four characters are the first ones of a form, in order."""
        beginnings = self._lengths
        if len(beginnings) > _MOST_SEARCHES:
            return [place for place in range(len(text) - 3) if text[place : place + SHORTEST] in beginnings]
        places = []
        for beginning in beginnings:
            place = text.find(beginning)
            while place >= 0:
                places.append(place)
                place = text.find(beginning, place + 1)
        return sorted(places)


class Masker:
    """Masks a stream of text that is cut anywhere. It holds back only an end that could begin something to mask.

    Of values that overlap everything is masked.
    """

    def __init__(self) -> None:
        self._all: frozenset[str] = frozenset()
        self._forms = _Forms(())
        self._held = _Held()

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to mask."""
        return bool(self._all)

    def add(self, values: Iterable[str]) -> None:
        """Mask these too, from now on."""
        both = self._all | forms_of(values)
        if both != self._all:
            self._all, self._forms = both, _Forms(both)

    def feed(self, text: str) -> str:
        """The next piece, masked, but for the end that is held back."""
        shown, self._held = self._step(self._held, text)
        return shown

    def rest(self) -> str:
        """What was held back, masked: nothing more comes that could go on with it."""
        shown, _ = self._step(self._held, "", final=True)
        self._held = _Held()
        return shown

    def ahead(self, text: str) -> str:
        """What may be shown of a text that follows the stream now and may still change; the stream does not go on."""
        shown, held = self._step(self._held, text)
        return shown + held.shown

    def whole(self, text: str) -> str:
        """A text that does not belong to the stream, masked; where it was cut short, so is the beginning of a value."""
        if not self._all:
            return text
        if not text.endswith(_ELLIPSIS):
            return self._step(_Held(), text, final=True)[0]
        shown, held = self._step(_Held(), text[:-1])
        hidden = len(held.text) >= SHORTEST and held.covered < len(held.text)
        return shown + (MASK if hidden else held.shown) + _ELLIPSIS

    def is_whole_value(self, text: str) -> bool:
        """Whether a text is one of the forms, and nothing beside it."""
        return text in self._all

    def _step(self, held: _Held, chunk: str, *, final: bool = False) -> tuple[str, _Held]:
        """What is shown after this chunk, and what is held back then."""
        text = held.text + chunk
        end, ongoing = _gone_on(held, chunk)  # how far the mask reaches that stands last
        safe = len(text) if final else self._forms.begins_at(text)
        shown: list[str] = []
        for found in self._forms.in_text(text):
            if found.start >= end:
                if found.start >= safe:  # the next chunk tells how far it reaches
                    break
                shown += [text[end : found.start], MASK]
            end = max(end, found.end)
            ongoing += found.ongoing
        shown.append(text[end:safe])
        return "".join(shown), _Held(text[safe:], max(0, end - safe), tuple(ongoing))


def masked(told: Told, values: Iterable[str]) -> Told:
    """A text, or a document of lists and objects of texts, without these values; a number that shows one is masked."""
    masker = _masker_of(frozenset(values))
    if not masker.is_needed:
        return told
    result: Told = _masked(told, masker, 0)
    return result


@lru_cache(maxsize=8)
def _masker_of(values: frozenset[str]) -> Masker:
    """What masks these values; the texts of one outcome are masked one after the other."""
    masker = Masker()
    masker.add(values)
    return masker


def _masked(told: Any, masker: Masker, depth: int) -> Any:
    if isinstance(told, str):
        return masker.whole(told)
    if isinstance(told, (int, float)) and not isinstance(told, bool):
        return MASK if masker.is_whole_value(str(told)) else told
    if depth > _DEEPEST:
        return MASK
    if isinstance(told, Mapping):
        result: dict[Any, Any] = {}
        for name, each in told.items():
            result[_free(_masked(name, masker, depth + 1), result)] = _masked(each, masker, depth + 1)
        return result
    if isinstance(told, (list, tuple)):
        parts = [_masked(each, masker, depth + 1) for each in told]
        return told._make(parts) if hasattr(told, "_make") else type(told)(parts)
    return told


def _free(name: Any, taken: Mapping[Any, Any]) -> Any:
    """A name of an object that is not taken yet: two that were masked may have become one."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def _gone_on(held: _Held, chunk: str) -> tuple[int, list[tuple[str, int]]]:
    """How far the mask that is shown already reaches into what is held and this chunk, and what it may go on with."""
    end, ongoing = held.covered, []
    for form, start in held.ongoing:
        same = _common(form, start, chunk, 0)
        end = max(end, len(held.text) + same)
        if same == len(chunk) and start + same < len(form):
            ongoing.append((form, start + same))
    return end, ongoing


def _common(form: str, start: int, text: str, place: int) -> int:
    """How many characters are the same in a form from `start` on and in a text from `place` on."""
    least, most = 0, min(len(form) - start, len(text) - place)
    if text.startswith(form[start : start + most], place):
        return most
    while least < most:  # the first `least` are the same, and the first `most` are not known or not
        middle = (least + most + 1) // 2
        if text.startswith(form[start : start + middle], place):
            least = middle
        else:
            most = middle - 1
    return least
