"""How the keys of one mapping of a file are read: what may stand there, of which type, and what is passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from transom.flow.file_yaml import Document
from transom.model.pipeline_checks import near
from transom.model.pipelines import InputType, Place

_LONGEST_SHOWN = 60
_LARGEST = 2**63
_ENVIRONMENTS = "Write `designer-2025`, `current` or `host`; docs/environments.md says how to make one of your own."


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may stand in a mapping: `keys`; `ignored`, which Azure uses and nothing here does; `silent`, which nobody
    misses; `refused`, with what to do instead.
    """

    keys: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    refused: Mapping[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that may stand there, with or without a meaning."""
        return (*self.keys, *self.ignored, *self.silent)


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping of a file, and its place. What is wrong in it is noted in the document, and read as if it were not
    there.
    """

    document: Document
    place: Place
    content: Mapping[str, Any]

    def check_keys(self, allowed: Allowed, what: str) -> None:
        """Note the keys that `what`, a phrase, cannot have."""
        for key in self.content:
            if key in allowed.ignored:
                self.document.warn((*self.place, key), f"`{key}` has no meaning here and is passed over.")
            elif allowed.refused and key in allowed.refused:
                self.wrong(key, f"`{key}` cannot stand in {what}", allowed.refused[key], of_name=True)
            elif key not in allowed.names:
                known = f"It can have: {', '.join(allowed.keys)}."
                self.wrong(key, f"`{cut(key)}` is no key of {what}", known, near(key, allowed.keys), of_name=True)

    def wrong(self, key: str, text: str, advice: str = "", near: str = "", of_name: bool = False) -> None:
        """Note a problem with what stands at a key."""
        self.document.wrong((*self.place, key), text, advice, near, of_name)

    def text(self, key: str) -> str:
        """A text; a number or a date as it was written; empty where there is none."""
        value = self.document.text((*self.place, key), self.content.get(key))
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong(key, f"`{key}` must be a text, not {kind_of(value)}")
        return ""

    def environment(self, key: str) -> str | None:
        """The name of an environment, or None."""
        value = self.content.get(key)
        if isinstance(value, Mapping):
            self.wrong(key, f"`{key}` must be a name, not a mapping", _ENVIRONMENTS)
            return None
        name = self.text(key)
        if name.lower().startswith("azureml:"):
            self.wrong(key, f"{cut(name)} is an environment in Azure, and cannot be fetched from there", _ENVIRONMENTS)
            return None
        return name or None

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.content.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self.wrong(key, f"`{key}` must be true or false, not {shown(value)}")
        return default

    def number(self, key: str) -> float | None:
        """A number, or None."""
        value = self.content.get(key)
        if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGEST):
            return value
        self.wrong(key, f"`{key}` must be a number, not {shown(value)}")
        return None

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        """One of some words."""
        value = self.text(key) or default
        if value not in choices:
            known = f"It can be {', '.join(choices)}."
            self.wrong(key, f"`{key}` cannot be {shown(value)}", known, near(value, choices))
            return default
        return value

    def section(self, key: str) -> Section:
        """The mapping at a key; an empty one where there is none."""
        value = self.content.get(key)
        if value is not None and not isinstance(value, Mapping):
            self.wrong(
                key, f"`{key}` must be a mapping of names, not {kind_of(value)}", f"Write `{key}:` with lines below."
            )
        return Section(self.document, (*self.place, key), value if isinstance(value, Mapping) else {})

    def items(self) -> Iterator[tuple[str, Any]]:
        """What stands in it, by key."""
        return iter(self.content.items())


def top(document: Document, what: str) -> Section:
    """The whole file as a mapping. Raises PipelineInvalid where it is none."""
    if not isinstance(document.value, Mapping):
        document.wrong((), f"The file holds {kind_of(document.value)}, and {what} is a mapping of keys and values")
        document.raise_problems()
    return Section(document, (), document.value)


def kind_of(value: Any) -> str:
    """What a value is, in a person's words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    kinds = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def literal_type(value: Any) -> InputType | None:
    """The type of an input that is given by a literal alone."""
    kinds = {bool: InputType.BOOLEAN, int: InputType.INTEGER, float: InputType.NUMBER, str: InputType.STRING}
    return kinds.get(type(value))


def shown(value: Any) -> str:
    """A value in a message."""
    return cut(repr(value))


def cut(text: str) -> str:
    """A text in a message, of a length that can be read."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
