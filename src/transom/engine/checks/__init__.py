"""What can be known of a script before it runs: one visible list of checks, and the order in which they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from transom.engine.checks.copies import copies
from transom.engine.checks.departed_names import departed_names
from transom.engine.checks.entry_point import entry_point
from transom.engine.checks.imports import imports
from transom.engine.checks.pasted import draft_of_unseen, runnable
from transom.engine.checks.places import administrators, calls_itself, keyboard, paths, switches
from transom.engine.checks.reading import Script
from transom.engine.checks.repair import difference, repair
from transom.engine.checks.surroundings import EnvironmentFacts, Surroundings, environment_facts
from transom.engine.checks.syntax import too_new, tree_or_findings
from transom.engine.checks.undeclared import undeclared
from transom.model.scripts import Finding, Severity, Source

__all__ = [
    "CHECKS",
    "EnvironmentFacts",
    "Surroundings",
    "check",
    "difference",
    "environment_facts",
    "repair",
    "runnable",
]

#: Every check of one file that can be parsed. What cannot is told of by `syntax`; `undeclared` looks at all at once.
CHECKS: tuple[Callable[[Script], list[Finding]], ...] = (
    too_new,
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


def check(source: Source, surroundings: Surroundings) -> tuple[Finding, ...]:
    """What is known of a script and of its bundle's files, by line; the script's own findings come first.

    Only the script itself is ever refused: nobody knows whether a file of the bundle is used.
    """
    found: list[Finding] = []
    scripts: list[Script] = []
    for each, is_entry in _files(source, surroundings):
        findings, script = _read(each, surroundings, is_entry=is_entry)
        found += findings
        if script is not None:
            scripts.append(script)
            found += [finding for one in CHECKS for finding in one(script)]
    found += undeclared(scripts)
    order = {each.shown: place for place, (each, _) in enumerate(_files(source, surroundings))}
    return tuple(
        sorted(
            (_as_warning(finding, source) for finding in found),
            key=lambda finding: (order[finding.file], finding.line, finding.column),
        )
    )


def _files(source: Source, surroundings: Surroundings) -> Iterator[tuple[Source, bool]]:
    yield source, True
    size = 0
    for name in sorted(surroundings.bundle, key=lambda each: (each.count("/"), each)):
        size += len(surroundings.bundle[name].text)
        if size > _MOST_BUNDLE_TEXT:
            return
        yield surroundings.bundle[name], False


def _read(source: Source, surroundings: Surroundings, *, is_entry: bool) -> tuple[list[Finding], Script | None]:
    """What is wrong with the text of a file, and the file as a tree if it has one."""
    draft = draft_of_unseen(source)
    found = draft.findings("pasted_character", Severity.WARNING, sound=True)
    clean = runnable(source)
    tree, slips = tree_or_findings(clean, surroundings.environment)
    if tree is None:
        return found + slips, None
    return found, Script(clean, clean.text, tree, surroundings, is_entry)


def _as_warning(finding: Finding, source: Source) -> Finding:
    if finding.file == source.shown or finding.severity is Severity.WARNING:
        return finding
    return replace(finding, severity=Severity.WARNING)
