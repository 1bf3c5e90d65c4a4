"""What a YAML file of a person holds, with the line and column of every key and value; what is dangerous is refused."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from transom.errors import NotThere
from transom.flow.file_problems import PipelineInvalid, Problem
from transom.flow.file_yaml_faults import fault_of
from transom.model.pipelines import Place

#: A pipeline of a thousand steps has 100 thousand characters, and is read in half a second.
_MOST_BYTES = 4 * 1024**2
#: So many values a file may have when its aliases are followed: a file of 1 KB can name a billion.
_MOST_VALUES = 200_000
#: Mappings and lists lie in each other at most so deep.
_DEEPEST = 60
_LONGEST_SHOWN = 60
_TAG = "tag:yaml.org,2002:"
_BEGINNING = "Begin with `type: pipeline` and `jobs:`; docs/pipelines.md has one."
_MERGE = f"{_TAG}merge"


class Position(NamedTuple):
    """A place in a file; both count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Document:
    """The content of a file as plain values, and where each stands; `source` is its text.

    `keys` and `values` are by the keys from the top; `written` has the text of what was read as a number, a truth or
    a date, for those who want a text there. `problems` are those that were found until now.
    """

    path: Path
    source: str = ""
    value: Any = None
    keys: dict[Place, Position] = field(default_factory=dict)
    values: dict[Place, Position] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _warnings: list[tuple[Position, str]] = field(default_factory=list)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, each a sentence with its place, by line."""
        told = sorted(dict.fromkeys(self._warnings))
        return tuple(f"{self.path}:{position.line}:{position.column}: {text}" for position, text in told)

    def at(self, place: Place, of_name: bool = False) -> Position:
        """Where it stands, or what is nearest above it; with `of_name` where its key stands."""
        while place:
            first, second = (self.keys, self.values) if of_name else (self.values, self.keys)
            found = first.get(place) or second.get(place)
            if found is not None:
                return found
            place, of_name = place[:-1], True
        return self.values.get((), Position(1, 1))

    def text(self, place: Place, value: Any) -> Any:
        """The value, as the text that was written where that was read as something else."""
        return value if value is None else self.written.get(place, value)

    def wrong(self, place: Place, text: str, advice: str = "", near: str = "", of_name: bool = False) -> None:
        """Note a problem."""
        self.problems.append(Problem(*self.at(place, of_name), text, advice, near))

    def warn(self, place: Place, text: str) -> None:
        """Note what a person should know, a sentence, with the place of its key."""
        self._warnings.append((self.at(place, of_name=True), text))

    def raise_problems(self) -> None:
        """Raises PipelineInvalid if there were any."""
        if self.problems:
            raise PipelineInvalid(path=self.path, problems=list(dict.fromkeys(self.problems)))


def read_document(path: Path, beginning: str = _BEGINNING) -> Document:
    """What the file holds; `beginning` is the advice for an empty one. Raises NotThere and PipelineInvalid."""
    return document_of(_text_of(path), path, beginning)


def document_of(text: str, path: Path, beginning: str = _BEGINNING) -> Document:
    """What the text holds; `path` is what messages show. Raises PipelineInvalid.

    Keys that stand twice are noted as problems, not raised.
    """
    document = Document(path, text)
    node = _node(text, path)
    if node is None:
        document.wrong((), "The file is empty", beginning)
        document.raise_problems()
    document.value = _Construction(document).value((), node, 0)
    return document


def _text_of(path: Path) -> str:
    from transom.tables.paths import near

    try:
        if not path.exists():
            raise NotThere(path=path, near=near(path))
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "no plain file"
            raise _first_line(path, f"This is {kind}", "Name a YAML file.")
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as wrong:
        reason = getattr(wrong, "strerror", None) or str(wrong)
        raise _first_line(path, f"The file cannot be read ({reason})", "Name a YAML file that can.") from None
    return _decoded(content, path)


def _decoded(content: bytes, path: Path) -> str:
    if len(content) > _MOST_BYTES:
        raise _first_line(path, f"The file has more than {_MOST_BYTES:,} bytes", "Name scripts by their paths.")
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):  # the first begins as UTF-16 does
        raise _first_line(path, "The file is UTF-32", "Save it as UTF-8.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _first_line(path, "The file is UTF-16, as some editors of Windows save it", "Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        start = content[: wrong.start]
        column = wrong.start - (start.rfind(b"\n") + 1) + 1
        problem = Problem(start.count(b"\n") + 1, column, "The file holds bytes that are no UTF-8", "Save it as UTF-8.")
        raise PipelineInvalid(path=path, problems=[problem]) from None


def _first_line(path: Path, text: str, advice: str) -> PipelineInvalid:
    return PipelineInvalid(path=path, problems=[Problem(1, 1, text, advice)])


def _node(text: str, path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as wrong:
        raise PipelineInvalid(path=path, problems=[fault_of(wrong, text)]) from None
    except ReaderError as wrong:
        before = text[: wrong.position]
        line, column = before.count("\n") + 1, wrong.position - (before.rfind("\n") + 1) + 1
        sentence = f"The character {ascii(chr(wrong.character))[1:-1]} cannot stand in a YAML file"
        raise PipelineInvalid(path=path, problems=[Problem(line, column, sentence, "Take it away.")]) from None
    except RecursionError:
        raise _first_line(path, "Mappings and lists lie in each other too deep", "Write it flatter.") from None
    except (YAMLError, ValueError, TypeError, OverflowError, AttributeError, KeyError, IndexError) as wrong:
        reason = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
        raise _first_line(path, f"The file is no YAML ({reason})", "Correct it.") from None


class _Construction:
    """Makes plain values of what the reader of YAML found, and notes where each stands."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0
        self._around: set[int] = set()

    def value(self, place: Place, node: Any, depth: int) -> Any:
        """The value of a node. Raises PipelineInvalid where the file holds too much."""
        self._count += 1
        position = Position(node.start_mark.line + 1, node.start_mark.column + 1)
        self._document.values.setdefault(place, position)
        if depth > _DEEPEST:
            raise self._too_much(position, "Mappings and lists lie in each other too deep", "Write it flatter.")
        if self._count > _MOST_VALUES:
            raise self._too_much(
                position, f"The file has more than {_MOST_VALUES:,} values", "Use fewer aliases (`*`)."
            )
        if isinstance(node.value, str):
            return self._scalar(place, node)
        if id(node) in self._around:
            raise self._too_much(position, "An alias (`*`) stands within what it names", "Write it out.")
        self._around.add(id(node))
        try:
            return self._collection(place, node, depth)
        finally:
            self._around.discard(id(node))

    def _collection(self, place: Place, node: Any, depth: int) -> Any:
        self._check_tag(place, node)
        if node.tag == f"{_TAG}map" or (node.value and isinstance(node.value[0], tuple)):
            return self._mapping(place, node, depth)
        return [self.value((*place, index), each, depth + 1) for index, each in enumerate(node.value)]

    def _count_one(self, position: Position, depth: int) -> None:
        self._count += 1
        if depth > _DEEPEST:
            raise self._too_much(position, "Mappings and lists lie in each other too deep", "Write it flatter.")
        if self._count > _MOST_VALUES:
            raise self._too_much(
                position, f"The file has more than {_MOST_VALUES:,} values", "Use fewer aliases (`*`)."
            )

    def _too_much(self, position: Position, text: str, advice: str) -> PipelineInvalid:
        return PipelineInvalid(path=self._document.path, problems=[Problem(*position, text, advice)])

    def _check_tag(self, place: Place, node: Any) -> None:
        if node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
            tag = str(node.tag)[:_LONGEST_SHOWN].replace(_TAG, "!!")
            self._document.wrong(place, f"The tag {tag} is not understood", "Take it away.")

    def _mapping(self, place: Place, node: Any, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, each in self._merged(place, node, depth):
            made.setdefault(key, self.value((*place, key), each, depth + 1))
        return made

    def _merged(self, place: Place, node: Any, depth: int) -> Iterator[tuple[str, Any]]:
        """The keys of a mapping, then those that `<<` brings and that it has not itself."""
        seen: set[str] = set()
        brought: list[Any] = []
        for key_node, each in node.value:
            if key_node.tag == _MERGE:
                brought += each.value if each.tag == f"{_TAG}seq" else [each]
                continue
            key = self._key(key_node)
            if key in seen:
                position = self._document.keys[(*place, key)]
                problem = (
                    f"The key {key[:_LONGEST_SHOWN]} stands here a second time; the first is in line {position.line}"
                )
                mark = key_node.start_mark
                self._document.problems.append(Problem(mark.line + 1, mark.column + 1, problem, "Take one away."))
                continue
            seen.add(key)
            mark = key_node.start_mark
            self._document.keys.setdefault((*place, key), Position(mark.line + 1, mark.column + 1))
            yield key, each
        for other in brought:
            self._count_one(Position(other.start_mark.line + 1, other.start_mark.column + 1), depth)
            if other.tag != f"{_TAG}map":
                self._document.wrong(place, "What `<<` brings is no mapping", "Name a mapping by its anchor.")
                continue
            for key, each in self._merged(place, other, depth + 1):
                if key not in seen:
                    seen.add(key)
                    yield key, each

    def _key(self, node: Any) -> str:
        if not isinstance(node.value, str):
            mark = node.start_mark
            problem = Problem(mark.line + 1, mark.column + 1, "A key must be a text", "Put it into quotes.")
            raise PipelineInvalid(path=self._document.path, problems=[*self._document.problems, problem])
        return str(node.value)

    def _scalar(self, place: Place, node: Any) -> Any:
        tag, text = str(node.tag), str(node.value)
        if tag == f"{_TAG}str":
            return text
        kind = tag.removeprefix(_TAG)
        if kind == "null":
            return None
        if kind in _READERS:
            self._document.written[place] = text
            try:
                return _READERS[kind](text)
            except ValueError:
                return text
        if kind not in ("timestamp", "merge", "value"):  # these are texts to us
            self._check_tag(place, node)
        return text


def _bool(text: str) -> bool:
    return text.lower() in ("true", "yes", "on", "y")


def _int(text: str) -> int:
    plain = text.replace("_", "")
    sign = -1 if plain.startswith("-") else 1
    digits = plain.lstrip("+-")
    base = next((base for start, base in (("0x", 16), ("0o", 8), ("0b", 2)) if digits.lower().startswith(start)), 10)
    return sign * int(digits if base == 10 else digits[2:], base)


def _float(text: str) -> float:
    plain = text.replace("_", "").lower()
    return float(re.sub(r"\.(inf|nan)$", r"\1", plain))


_READERS = {"bool": _bool, "int": _int, "float": _float}
