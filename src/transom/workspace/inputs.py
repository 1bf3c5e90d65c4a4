"""How what is connected to a run becomes the contents that its job is given, and which of them are kept."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from transom.engine.bundles import BundleLimits, pack, python_files
from transom.engine.read_only import remove_tree
from transom.errors import BundleInvalid, InputUnreadable, NotThere, Unknown, WrongUse
from transom.model.assets import Dataset
from transom.model.records import RunInput
from transom.store.blobs import digest_of
from transom.tables import step_file
from transom.tables.formats import Read
from transom.tables.paths import near
from transom.workspace import checking, connecting
from transom.workspace.opening import Workspace
from transom.workspace.requests import Asked, Registered, TableSource

BUNDLE_PORT = "script_bundle"
#: Of an input that is too large to be kept whole so many first rows are kept.
SAMPLE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that lies among the blobs: its digest, and what a check needs of it."""

    digest: str
    contents: checking.Bundled


@dataclass(slots=True)
class Inputs:
    """What was read so far: a record of each port, sentences for a person, the seconds that reading took."""

    records: dict[str, RunInput] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


class InputReader:
    """Reads the inputs of one run."""

    def __init__(self, asked: Asked, workspace: Workspace) -> None:
        self.read = Inputs()
        self._asked = asked
        self._workspace = workspace
        self._blobs = workspace.blobs
        self._limits = BundleLimits.of(asked.settings)

    def tables(self, folder: Path) -> dict[str, str]:
        """The digest of the step file of each connected port. What is not kept lies in `folder` until the job ends.

        Raises NotThere, Unknown, VersionUnknown, OfAnotherKind, FormatUnknown, InputUnreadable and WrongUse.
        """
        began = time.monotonic()
        for port, source in self._asked.request.tables.items():
            if isinstance(source, Registered):
                self._registered(port, source, folder)
            else:
                self._from_outside(port, source, folder)
        self.read.seconds = time.monotonic() - began
        return {port: each.digest for port, each in self.read.records.items() if port != BUNDLE_PORT}

    def bundle(self, folder: Path) -> Bundle | None:
        """The bundle as one zip file among the blobs; `folder` is for what is made on the way.

        Raises BundleInvalid, and what `tables` does where a dataset is named.
        """
        asked = self._asked.request.bundle
        if asked is None:
            return None
        if isinstance(asked, Registered):
            dataset = found_dataset(self._workspace, asked)
            return self._packed(asked, Path(str(dataset.reference)), folder, dataset)
        return self._packed(asked, asked, folder, None)

    def _packed(self, asked: Path | Registered, shown: Path, folder: Path, dataset: Dataset | None) -> Bundle:
        made = folder / "bundle"
        try:
            with _told_as(dataset), self._blobs.writer(".zip") as writing:
                packed = pack(shown if dataset is None else self._files_of(dataset, made), writing.path, self._limits)
        finally:
            remove_tree(made)  # what lies there may be other names of contents, and the job can write to its folder
        self.read.warnings.extend(packed.warnings)
        files = tuple(entry.name for entry in packed.entries if not entry.is_folder)
        python = python_files(self._blobs.path(writing.digest), self._limits)
        size = self._blobs.size(writing.digest)
        named = None if dataset is None else dataset.id
        self.read.records[BUNDLE_PORT] = RunInput(
            BUNDLE_PORT, str(asked), writing.digest, size, kept=True, dataset=named
        )
        return Bundle(writing.digest, checking.Bundled(shown, files, python))

    def _files_of(self, dataset: Dataset, into: Path) -> Path:
        from transom.workspace.datasets import bundle_of

        return bundle_of(self._workspace, dataset, into)

    def _registered(self, port: str, source: Registered, folder: Path) -> None:
        from transom.workspace.contents_sources import told_as
        from transom.workspace.datasets import table_path

        request = self._asked.request
        if port in request.read:
            raise WrongUse(
                problem=f"{source} is a registered dataset, and options say how a file is read.",
                advice=f"Leave out --read{port[-1]}; they are given when it is added: `transom dataset add --read`.",
            )
        dataset = found_dataset(self._workspace, source)
        path = table_path(self._workspace, dataset)
        if request.sample is not None:
            with told_as(str(dataset.reference)):
                self._from_outside(port, path, folder, shown=str(dataset.reference), dataset=dataset)
            return
        with told_as(str(dataset.reference)):
            shape = dataset.shape or step_file.shape(path)
        self._tell(port, Read(shape=shape, format=f"dataset {dataset.reference}", types={}, warnings=()))
        self.read.records[port] = RunInput(
            port, str(dataset.reference), dataset.digest, dataset.bytes, shape, kept=True, dataset=dataset.id
        )

    def _from_outside(
        self, port: str, source: TableSource, folder: Path, *, shown: str = "", dataset: Dataset | None = None
    ) -> None:
        target = folder / f"{port}.arrow"
        read = connecting.read_table(source, target, self._reading(port))
        digest, size = digest_of(target), target.stat().st_size
        self.read.warnings.extend(f"{port}: {warning}" for warning in read.warnings)
        self._tell(port, read)
        kept = size <= self._asked.settings.input_bytes
        sample = None
        if kept:
            with contextlib.suppress(OSError):  # another file system: the job has it where it is
                self._blobs.publish(target, digest)
            kept = self._blobs.has(digest)
        if not kept:
            sample = self._sample(target)
        self.read.records[port] = RunInput(
            port,
            shown or shown_source(source),
            digest,
            size,
            read.shape,
            kept=kept,
            sample=sample,
            dataset=None if dataset is None else dataset.id,
        )

    def _sample(self, step: Path) -> str | None:
        """The first rows of a step file as one of their own."""
        from transom.tables import formats

        try:
            with self._blobs.writer(".arrow") as writing:
                formats.read(step, writing.path, sample=SAMPLE_ROWS)
        except InputUnreadable:  # it can be handed over, and that is all that is asked of it now
            return None
        return writing.digest

    def _tell(self, port: str, read: Read) -> None:
        if self._asked.watcher.on_read is not None:
            self._asked.watcher.on_read(port, read)

    def _reading(self, port: str) -> connecting.Reading:
        watch: Callable[[str, int, int], None] | None = self._asked.watcher.on_progress
        return connecting.Reading(
            options=self._asked.request.read.get(port, ""),
            sample=self._asked.request.sample,
            progress=None if watch is None else partial(watch, f"reading {port}"),
        )


@contextlib.contextmanager
def _told_as(dataset: Dataset | None) -> Iterator[None]:
    """Let an error of a registered bundle name the dataset, not where its files lie for a moment."""
    try:
        yield
    except BundleInvalid as wrong:
        if dataset is None:
            raise
        facts = {**wrong.facts, "path": dataset.reference}
        raise BundleInvalid(**facts) from None


def shown_source(source: Any) -> str:
    """What a person calls what is connected."""
    if isinstance(source, (Path, Registered)):
        return str(source)
    if hasattr(source, "read"):
        return "standard input"
    return type(source).__name__


def found_dataset(workspace: Workspace, named: Registered) -> Dataset:
    """The registered dataset. Raises VersionUnknown, and NotThere or Unknown, whichever a person will have meant."""
    if workspace.is_there:
        from transom.workspace.datasets import find_dataset

        try:
            return find_dataset(workspace, named.text)
        except Unknown:
            if not Path(named.text).suffix:
                raise
    raise NotThere(path=named.text, near=near(Path(named.text)))
