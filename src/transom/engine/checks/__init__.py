"""What can be known of a script before it runs: one visible list of checks, and the order in which they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from transom.engine.checks.copies import copies
from transom.engine.checks.departed_names import departed_names
from transom.engine.checks.entry_point import entry_point
from transom.engine.checks.imports import imports, is_there
from transom.engine.checks.old_python import misread_prints
from transom.engine.checks.pasted import draft_of_unseen, encoded, runnable
from transom.engine.checks.places import administrators, calls_itself, keyboard, paths, switches
from transom.engine.checks.reading import Script
from transom.engine.checks.repair import difference, repair
from transom.engine.checks.surroundings import EnvironmentFacts, Surroundings, environment_facts
from transom.engine.checks.syntax import reading, too_new
from transom.engine.checks.undeclared import undeclared
from transom.model.scripts import Finding, Severity, Source

__all__ = [
    "CHECKS",
    "EnvironmentFacts",
    "Surroundings",
    "check",
    "check_imports",
    "difference",
    "environment_facts",
    "fixed",
    "is_there",
    "repair",
    "runnable",
]

#: Every check of one file that can be parsed. What cannot is told of by `syntax`; `undeclared` looks at all at once.
CHECKS: tuple[Callable[[Script], list[Finding]], ...] = (
    too_new,
    misread_prints,
    entry_point,
    imports,
    departed_names,
    copies,
    calls_itself,
    switches,
    paths,
    keyboard,
    administrators,
)
#: So much text of a bundle is checked, the files nearest to its top first; larger ones hold whole libraries.
_MOST_BUNDLE_TEXT = 2_000_000
_MOST_ROUNDS = 5


def check(source: Source, surroundings: Surroundings) -> tuple[Finding, ...]:
    """What is known of a script and of its bundle's files, by line; the script's own findings come first.

    Only the script itself is ever refused: nobody knows whether a file of the bundle is used.
    """
    files = [_read(each, surroundings, is_entry=place == 0) for place, each in enumerate(_files(source, surroundings))]
    scripts = [each.script for each in files if each.script is not None]
    unknown = undeclared(scripts)
    found: list[Finding] = []
    for each in files:
        own = [*each.made(), *(finding for finding in unknown if finding.file == each.source.shown)]
        found += sorted(each.findings + [each.placed(one) for one in own], key=lambda one: (one.line, one.column))
    return tuple(found)


def check_imports(source: Source, surroundings: Surroundings) -> tuple[Finding, ...]:
    """What `check` finds of the imports of a script and of its bundle's files, and nothing else: in a millisecond."""
    files = [_read(each, surroundings, is_entry=place == 0) for place, each in enumerate(_files(source, surroundings))]
    return tuple(finding for each in files if each.script is not None for finding in imports(each.script))


@dataclass(frozen=True, slots=True)
class _File:
    """One file as it was read: what is wrong with its text, and what could be parsed of it.

    `moved` are the lines whose columns are not those of the source any more, because they were repaired.
    """

    source: Source
    findings: list[Finding]
    script: Script | None
    moved: frozenset[int]

    def made(self) -> list[Finding]:
        """What every check of one file finds."""
        return [] if self.script is None else [finding for one in CHECKS for finding in one(self.script)]

    def placed(self, finding: Finding) -> Finding:
        """A finding of the repaired text as one of the source: its edits wait where another repair comes first."""
        if not any({edit.line, edit.end_line} & self.moved for edit in finding.edits):
            return finding
        return replace(finding, edits=(), certain=False)


def _files(source: Source, surroundings: Surroundings) -> Iterator[Source]:
    yield source
    size = 0
    for name in sorted(surroundings.bundle, key=lambda each: (each.count("/"), each)):
        size += len(surroundings.bundle[name].text)
        if size > _MOST_BUNDLE_TEXT:
            return
        yield surroundings.bundle[name]


def _read(source: Source, surroundings: Surroundings, *, is_entry: bool) -> _File:
    """What is wrong with the text of a file, and the file as a tree if it has one."""
    draft = draft_of_unseen(source)
    clean = runnable(source)
    read = reading(clean, surroundings.environment)
    found = [*draft.findings("pasted_character", Severity.WARNING, sound=True), *read.findings]
    if not is_entry:
        found = [replace(each, severity=Severity.WARNING) for each in found]
    script = None if read.tree is None else Script(clean, read.text, read.tree, surroundings, is_entry)
    shifted = {line for line, edit in draft.edits().items() if len(edit.text) != edit.end_column - edit.column}
    return _File(source, found, script, read.changed | frozenset(shifted))


def fixed(source: Source, surroundings: Surroundings, *, certain_only: bool = True) -> str:
    """The text of a source with its repairs made, and those that only show once the first are made."""
    for _ in range(_MOST_ROUNDS):
        text = repair(source, check(source, surroundings), certain_only=certain_only)
        if text == source.text:
            break
        source = replace(source, text=text, content=encoded(source, text))
    return source.text
