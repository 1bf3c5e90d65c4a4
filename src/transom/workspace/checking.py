"""How a script and its bundle are checked before they run, and how a finding is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from transom.engine.bundles import BundleLimits, names, python_files
from transom.engine.checks import EnvironmentFacts, Surroundings, check, difference, fixed, runnable
from transom.engine.checks import check_imports as imports_alone
from transom.errors import ResultUnwritable
from transom.model.runs import Failure, FailureKind, Frame
from transom.model.scripts import ENTRY_POINT, Finding, Severity, Source, Undecodable, read_source
from transom.settings import Settings
from transom.workspace.script_files import must_exist, read_script

_KIND_OF_CODE = {
    "entry_point_missing": FailureKind.ENTRY_POINT_MISSING,
    "entry_point_signature": FailureKind.ENTRY_POINT_SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class Bundled:
    """What a check needs of a bundle: where messages say that it lies, its files, the content of its `.py` files."""

    shown: Path
    files: tuple[str, ...]
    python: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Lacking:
    """Modules that are imported and are nowhere: by the script itself, and by files of its bundle."""

    script: tuple[str, ...]
    bundle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A script, what is known of it before it runs, and what it was checked against; sorted by line.

    `original` is the source as it was written, where `source` was mended.
    """

    source: Source
    findings: tuple[Finding, ...]
    surroundings: Surroundings
    original: Source | None = None

    def lacks(self) -> Lacking:
        """What the script and the files of its bundle import that is nowhere."""
        missing = [each for each in self.findings if each.code == "missing_module" and each.subject]
        return Lacking(
            script=tuple(dict.fromkeys(each.subject for each in missing if each.file == self.source.shown)),
            bundle=tuple(dict.fromkeys(each.subject for each in missing if each.file != self.source.shown)),
        )

    def in_environment(self, environment: EnvironmentFacts) -> Checked:
        """The same script, checked against another environment."""
        there = replace(self.surroundings, environment=environment)
        if self.original is not None:
            return check_source(self.original, there)
        return replace(self, findings=check(self.source, there), surroundings=there)

    @property
    def runs(self) -> bool:
        """Whether nothing keeps it from running."""
        return not any(each.severity is Severity.REFUSED for each in self.findings)


def surroundings_of(
    script: Path,
    environment: EnvironmentFacts,
    bundled: Bundled | None,
    entry_point: str = ENTRY_POINT,
    keywords: tuple[str, ...] | None = None,
) -> Surroundings:
    """What the script will find around it; `keywords` are what its entry point is called with by name, if it is."""
    sources: dict[str, Source] = {}
    for name, content in (bundled.python if bundled else {}).items():
        with suppress(Undecodable):  # its import will say so, if it is ever imported
            sources[name] = read_source(content, str(bundled.shown / name) if bundled else name)
    return Surroundings(
        environment=environment,
        has_bundle=bundled is not None,
        bundle=sources,
        bundle_files=bundled.files if bundled else (),
        folder=script.absolute().parent,
        entry_point=entry_point,
        keywords=keywords,
    )


def check_source(source: Source, surroundings: Surroundings) -> Checked:
    """The script as it can run (what has one obvious meaning is mended), and what is to be said of it."""
    return Checked(runnable(source), check(source, surroundings), surroundings, source)


def check_imports(source: Source, surroundings: Surroundings) -> Checked:
    """The script with what is to be said of its imports alone: enough to choose an environment by."""
    return Checked(runnable(source), imports_alone(source, surroundings), surroundings, source)


def check_script(
    script: Path, environment: EnvironmentFacts, settings: Settings, bundle: Path | None = None
) -> Checked:
    """Check a script as it lies there, with its bundle. Raises NotThere, ScriptUnreadable and BundleInvalid."""
    source = read_script(script)
    bundled = None
    if bundle is not None:
        must_exist(bundle)
        limits = BundleLimits.of(settings)
        bundled = Bundled(bundle, names(bundle, limits), python_files(bundle, limits))
    surroundings = surroundings_of(script, environment, bundled)
    return Checked(source, check(source, surroundings), surroundings)


def repaired(checked: Checked, *, certain_only: bool = True) -> tuple[str, str]:
    """(the text with its repairs made, the unified diff); the diff is empty where there is nothing to repair."""
    text = fixed(checked.source, checked.surroundings, certain_only=certain_only)
    return text, difference(checked.source, text)


def write_repaired(checked: Checked, text: str) -> None:
    """Replace the script by its repaired text, in the encoding and with the line ends that it has.

    Raises ResultUnwritable.
    """
    path = Path(checked.source.shown)
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_bytes(text.encode(checked.source.encoding))
        aside.chmod(path.stat().st_mode & 0o7777)
        aside.replace(path)
    except (OSError, UnicodeEncodeError) as wrong:
        aside.unlink(missing_ok=True)
        raise ResultUnwritable(path=path, reason=getattr(wrong, "strerror", None) or str(wrong)) from None


def sentence(finding: Finding) -> str:
    """A finding as one line of the log."""
    return f"{finding.file}:{finding.line}: {finding.message} {finding.remedy}".strip()


def failure_of(finding: Finding, source: Source) -> Failure:
    """The failure of a run that this finding keeps from starting."""
    kind = _KIND_OF_CODE.get(finding.code, FailureKind.SCRIPT_SYNTAX)
    lines = source.text.splitlines()
    code = lines[finding.line - 1].strip() if 0 < finding.line <= len(lines) else ""
    frames: Sequence[Frame] = [Frame(finding.file, finding.line, "<module>", code)] if code else []
    return Failure(
        kind=kind,
        type="SyntaxError" if kind is FailureKind.SCRIPT_SYNTAX else None,
        message=finding.message,
        file=finding.file,
        line=finding.line,
        function="<module>",
        frames=tuple(frames),
        remedy=finding.remedy or None,
    )
