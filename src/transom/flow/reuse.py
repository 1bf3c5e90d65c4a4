"""What the outcome of a step depends on, the key that is made of it, and how two of them differ in words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blake3 import blake3

from transom.flow.changed_lines import changed_lines
from transom.model.documents import document_of, value_of
from transom.model.texts import visible

#: Raised whenever the same content would lead to another outcome, or a key is made otherwise: no older key is equal.
RULES = 1
#: The entry of a mark that never repeats, where a source says nothing that could be trusted; `why` beside it says so.
ONLY_NOW = "only_now"
_BUNDLE = "script_bundle"
_MOST_SHOWN = 6
_LONGEST = 80
#: What follows an address after its question mark.
_QUERY = re.compile(r"(?<=://)([^\s?]*)\?[^\s\"']+")
_BEFORE_A_DIFFERENCE = 20
#: A whole number that Python still writes in decimal digits.
_MOST_BITS = 10_000
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Connected:
    """What is at a port: the digest of its content, and what a person calls it (`cars@2`, `clean`, `cars.csv`)."""

    digest: str
    shown: str


@dataclass(frozen=True, slots=True)
class UsedPlace:
    """The environment of a step: its name, what names its build, and the digest of its lock, which is a blob."""

    name: str
    digest: str
    lock: str = ""


@dataclass(frozen=True, slots=True)
class StepContent:
    """What the outcome of a step depends on, and nothing else: contents, never names, times or places.

    `script` is the digest of the script's text, a blob; `mark` is what a source outside says of its content. What a
    step may touch and use (policy, network, limits) is no part of it: it may keep a step from succeeding, and only
    what succeeded is taken again. Parameters are as JSON has them: a tuple becomes a list, what JSON lacks its text.
    """

    component: str
    version: str
    inputs: Mapping[str, Connected] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    script: str | None = None
    entry_point: str = ""
    environment: UsedPlace | None = None
    packages: tuple[str, ...] = ()
    bundle_requirements: bool = False
    real_sdk: bool = False
    mark: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Have the parameters as JSON does."""
        object.__setattr__(self, "parameters", {str(name): _plain(each) for name, each in self.parameters.items()})

    def document(self) -> dict[str, Any]:
        """All of it as JSON has it; `content_of` gives an equal one."""
        document: dict[str, Any] = document_of(self)
        return document


def content_of(document: Mapping[str, Any]) -> StepContent:
    """What `StepContent.document` gave. Raises NoDocument, a ValueError, for anything else."""
    content: StepContent = value_of(StepContent, document)
    return content


def key_of(content: StepContent) -> str:
    """The key: 64 hexadecimal digits; equal for what must have equal outcomes.

    The order of ports, parameters and packages is none of it, nor are names that only persons read. 1, 1.0 and true
    are three values, 0.0 and -0.0 are two, and every NaN is the same.
    """
    environment = content.environment
    told = [
        RULES,
        content.component,
        content.version,
        sorted((port, each.digest) for port, each in content.inputs.items()),
        _exact(content.parameters),
        content.script,
        content.entry_point,
        None if environment is None else environment.digest,
        sorted(content.packages),
        content.bundle_requirements,
        content.real_sdk,
        sorted(content.mark.items()),
    ]
    return blake3(json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The value as JSON has it: of its own types, not of kinds of them."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _MOST_BITS else hex(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else str(value)


def _exact(value: Any) -> Any:
    """A plain value with its type told, as JSON that is the same for the same value only."""
    if isinstance(value, Mapping):
        return ["mapping", sorted([name, _exact(each)] for name, each in value.items())]
    if isinstance(value, list):
        return ["list", [_exact(each) for each in value]]
    if isinstance(value, float):
        return ["float", "nan" if math.isnan(value) else value.hex()]
    return value if isinstance(value, (bool, str)) or value is None else ["int", str(value)]


@dataclass(frozen=True, slots=True)
class Texts:
    """Where the contents are that a difference is told of; each gives None for what is not kept any more.

    `text` gives the text of a digest, `files` what tells the files of a zip apart, by their names.
    """

    text: Callable[[str], str | None] = lambda _: None
    files: Callable[[str], Mapping[str, str] | None] = lambda _: None


def differences(earlier: StepContent, now: StepContent, texts: Texts) -> list[str]:
    """What has changed from `earlier` to `now`, a short sentence each; nothing where their keys are equal.

    Nothing is said either of a source that cannot tell whether it changed: its step has that for its reason.
    """
    if key_of(earlier) == key_of(now):
        return []
    return [
        *_component(earlier, now),
        *_script(earlier, now, texts),
        *_inputs(earlier, now, texts),
        *_parameters(earlier, now),
        *_environment(earlier.environment, now.environment, texts),
        *_rest(earlier, now),
    ]


def _component(earlier: StepContent, now: StepContent) -> Iterator[str]:
    if earlier.component != now.component:
        yield f"the component changed ({earlier.component} -> {now.component})"
    elif earlier.version != now.version:
        yield f"the component {now.component} has a new version ({earlier.version} -> {now.version})"


def _script(earlier: StepContent, now: StepContent, texts: Texts) -> Iterator[str]:
    if earlier.entry_point != now.entry_point:
        yield f"the entry point changed ({earlier.entry_point or 'none'} -> {now.entry_point or 'none'})"
    if earlier.script == now.script:
        return
    before = None if earlier.script is None else texts.text(earlier.script)
    after = None if now.script is None else texts.text(now.script)
    if before is None or after is None:
        yield "the script changed"
        return
    changed = str(changed_lines(before, after))
    yield f"script {changed}" if changed else "the ends of the script's lines changed"


def _inputs(earlier: StepContent, now: StepContent, texts: Texts) -> Iterator[str]:
    for port in _names(earlier.inputs, now.inputs):
        before, after = earlier.inputs.get(port), now.inputs.get(port)
        if before is None and after is not None:
            yield f"{port} is connected now ({visible(after.shown)})"
        elif after is None and before is not None:
            yield f"{port} is not connected any more ({visible(before.shown)})"
        elif before is not None and after is not None and before.digest != after.digest:
            way = f"{before.shown} -> {after.shown}" if before.shown != after.shown else after.shown
            yield from _files(port, before, after, texts) or [f"{port} changed ({visible(way)})"]


def _files(port: str, before: Connected, after: Connected, texts: Texts) -> list[str]:
    """Which files of a bundle, or of another zip, differ; none where it is none, or is not kept any more."""
    old, new = texts.files(before.digest), texts.files(after.digest)
    if old is None or new is None:
        return []
    what, of = ("the bundle file", "") if port == _BUNDLE else ("the file", f" of {port}")
    said = []
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            how = "was added" if name not in old else "is gone" if name not in new else "changed"
            said.append(f"{what} {visible(name)}{of} {how}")
    return _some(said, f"{what.removeprefix('the ')}s{of}")


def _parameters(earlier: StepContent, now: StepContent) -> Iterator[str]:
    for name in _names(earlier.parameters, now.parameters):
        before, after = earlier.parameters.get(name, _MISSING), now.parameters.get(name, _MISSING)
        if before is _MISSING:
            yield f"the parameter {name} is new ({_shown(after)})"
        elif after is _MISSING:
            yield f"the parameter {name} is gone ({_shown(before)})"
        elif _exact(before) != _exact(after):
            yield f"the parameter {name} changed ({_way(before, after)})"


def _environment(before: UsedPlace | None, after: UsedPlace | None, texts: Texts) -> Iterator[str]:
    if before is None or after is None:
        if before is not after:
            yield f"the environment changed ({before.name if before else 'none'} -> {after.name if after else 'none'})"
        return
    if before.digest == after.digest:
        return
    name = after.name if before.name == after.name else f"{before.name} -> {after.name}"
    old, new = (texts.text(each.lock) if each.lock else None for each in (before, after))
    packages = _packages(old, new) if old is not None and new is not None else []
    yield f"the environment {name} changed: {', '.join(packages)}" if packages else f"the environment {name} changed"


def _packages(old: str, new: str) -> list[str]:
    before, after = _pins(old), _pins(new)
    names = [name for name in _names(before, after) if before.get(name) != after.get(name)]
    said = [f"{name} {before.get(name, 'was not there')} -> {after.get(name, 'gone')}" for name in sorted(names)]
    return _some(said, "packages")


def _pins(lock: str) -> dict[str, str]:
    """The packages that a lock names, with their versions."""
    stated = (line.split("#")[0].split(";")[0].partition("==") for line in lock.splitlines())
    pins = ((name.strip(), version.split()) for name, _, version in stated)
    return {name: version[0] for name, version in pins if name and version and not name.startswith("-")}


def _rest(earlier: StepContent, now: StepContent) -> Iterator[str]:
    if sorted(earlier.packages) != sorted(now.packages):
        yield f"the packages changed ({_listed(earlier.packages)} -> {_listed(now.packages)})"
    if earlier.bundle_requirements != now.bundle_requirements:
        yield f"what the bundle requires is {'' if now.bundle_requirements else 'not '}installed now"
    if earlier.real_sdk != now.real_sdk:
        yield f"azureml-core is {'the one of the environment' if now.real_sdk else 'ours'} now"
    if earlier.mark != now.mark and ONLY_NOW not in now.mark:
        yield _source(earlier.mark, now.mark)


def _source(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What a source says of itself, from then to now; of a digest only that it is another one."""
    if ONLY_NOW in before:
        return "the source could not tell before whether its content changed"
    names = [name for name in _names(before, now) if before.get(name) != now.get(name)]
    ways = [
        name if name == "digest" else f"{name} {_way(before.get(name, 'not said'), now.get(name, 'not said'))}"
        for name in names
    ]
    return f"the source says its content changed ({', '.join(_some(ways, 'facts'))})"


def _names(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of both, each once, in the order of the first that has them."""
    return list(dict.fromkeys([*earlier, *now]))


def _listed(packages: Iterable[str]) -> str:
    return visible(", ".join(packages)) or "none"


def _some(said: Sequence[str], what: str) -> list[str]:
    more = len(said) - _MOST_SHOWN
    return [*said[:_MOST_SHOWN], *([f"{more} more {what}"] if more > 0 else [])]


def _way(before: Any, after: Any) -> str:
    """From one value to the other, in a few words: of long ones the place where they differ."""
    is_code = isinstance(before, str) and isinstance(after, str) and "\n" in before + after
    if is_code and (changed := str(changed_lines(before, after))):
        return changed
    is_text = isinstance(before, str) and isinstance(after, str)
    old, new = (_without_query(each if is_text else _told(each)) for each in (before, after))
    if max(len(old), len(new)) > _LONGEST:
        same = next(
            (place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
        )
        start = max(0, same - _BEFORE_A_DIFFERENCE)
        old, new = (f"{'…' if start else ''}{each[start:]}" for each in (old, new))
    return f"{_cut(old)} -> {_cut(new)}"


def _shown(value: Any) -> str:
    return _cut(_without_query(value if isinstance(value, str) else _told(value)))


def _without_query(text: str) -> str:
    """A text without what follows the ? of an address in it, which may be a key."""
    return _QUERY.sub(r"\1?…", text)


def _told(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    text = visible(" ".join(text.split()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
