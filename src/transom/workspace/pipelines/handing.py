"""How data from outside of a pipeline becomes contents that its steps are handed; what was read before is not again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from transom.engine.bundles import BundleLimits, pack
from transom.engine.read_only import remove_tree
from transom.errors import BlobMissing, NotThere, TransomError, WrongUse
from transom.flow.reuse import Connected
from transom.model.assets import Dataset
from transom.model.pipelines import Data
from transom.model.runs import TableShape
from transom.store.stored_shapes import shape_read, shape_told
from transom.workspace.opening import Workspace
from transom.workspace.pipelines.given import GivenTable
from transom.workspace.pipelines.handing_places import (
    check_address,
    check_place,
    content_of,
    reading_of,
    refuse_version,
)
from transom.workspace.script_files import must_exist

if TYPE_CHECKING:
    from transom.workspace.reaching_bounds import Bounds

#: An address of Azure that a datastore of the workspace stands for.
_AZURE = "azureml"
#: What each zip of Office has in it, and no folder has.
_OF_OFFICE = "[Content_Types].xml"
_REGISTERED = re.compile(r"azureml:(?!//)(?P<name>[^:@]+)(?::(?P<version>[0-9]+)|@(?P<label>[A-Za-z]+))?\Z")


@dataclass(frozen=True, slots=True)
class Handed:
    """What is at a port: the digest of a step file, or of a zip of files; what a person calls it; how large it is.

    `files` are the names of the files of a zip (`is_files`). With a `name` it is one file that is called so, as it is.
    """

    digest: str
    shown: str
    shape: TableShape | None = None
    dataset: str | None = None
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    is_files: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Was:
    """What data was when steps were given it, as a table or as files."""

    tables: Mapping[Data, Connected] = field(default_factory=dict)
    files: Mapping[Data, Connected] = field(default_factory=dict)


@dataclass(slots=True)
class Handing:
    """Hands over what a pipeline names, each once. Relative paths begin at `folder`.

    `tell` is called with what is read now, what is done and the whole, in bytes. What it `was` before is handed over,
    whatever is there now; that it has changed is `said`. What the pipeline's file names is held to `bounds`; what the
    person named for this run is `trusted`.
    """

    workspace: Workspace
    folder: Path
    tell: Callable[[str, int, int], None] | None = None
    was: Was = field(default_factory=Was)
    said: list[str] = field(default_factory=list)
    bounds: Bounds | None = None
    trusted: frozenset[Data] = frozenset()
    _tables: dict[Data, Handed] = field(default_factory=dict)
    _files: dict[Data, Handed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Say what has changed since steps that stay were given it, whether others are handed it or not."""
        for data, connected in self.was.tables.items():
            if self._given_table(data) is None and self._is_another(data, connected.digest):
                self._say_of(data)
        for data, connected in self.was.files.items():
            if data not in self.was.tables and self._are_other_files(data, connected):
                self._say_of(data)

    def table(self, data: Data) -> Handed:
        """The step file of a table. Raises what reading a file, fetching an address or finding a dataset does."""
        if data not in self._tables:
            self._tables[data] = self._table_again(data) or self._table(data)
        return self._tables[data]

    def files(self, data: Data) -> Handed:
        """The zip of a bundle. Raises BundleInvalid, and what `table` does."""
        if data not in self._files:
            self._files[data] = self._files_again(data) or self._zip(data)
        return self._files[data]

    def given(self, data: Data) -> Handed:
        """What a person's own component finds: one file as it is, or the zip of a folder. Raises what `files` does."""
        was = self.was.files.get(data)
        if was is not None and self._was_one_file(data, was.digest):
            return Handed(was.digest, was.shown, is_files=True, name=Path(data.path).name)
        if self._is_always_zip(data):
            return self.files(data)
        with self._place(data) as place:
            if not os.path.isfile(place):
                return self.files(data)
            try:
                with place.open("rb") as stream:
                    digest = self.workspace.blobs.put_stream(stream)
            except OSError as wrong:
                problem = f"{place} cannot be read: {wrong.strerror or wrong}."
                raise WrongUse(problem=problem, advice="Give a file that can be read.") from None
        return Handed(digest, data.path, is_files=True, name=Path(data.path).name)

    def _table_again(self, data: Data) -> Handed | None:
        """The table that it was when a step which stays was given it."""
        was = self.was.tables.get(data)
        if was is None:
            return None
        from transom.tables.step_file import shape

        dataset = self._registered_as(was.shown)
        return Handed(was.digest, was.shown, shape(self.workspace.blobs.path(was.digest)), dataset)

    def _say_of(self, data: Data) -> None:
        self.said.append(
            f"{data.path} is not what it was when this run began: what was read then is taken, as steps that stay "
            "were given it. `transom pipeline run` takes it as it is now."
        )

    def _given_table(self, data: Data) -> GivenTable | None:
        """The table that a program gave, if that is meant; no file of a pipeline names one."""
        return GivenTable.of(data) if data in self.trusted else None

    def _is_always_zip(self, data: Data) -> bool:
        """Whether files are handed over as a zip, whatever lies there."""
        return self.registered(data) is not None or Path(data.path).suffix.lower() == ".zip"

    def _was_one_file(self, data: Data, digest: str) -> bool:
        """Whether that content is a file as it lay there, and no zip of ours: workbooks are zips, too."""
        if self._is_always_zip(data):
            return False
        place = self._path(data)
        if os.path.lexists(place):
            return os.path.isfile(place)
        try:
            with zipfile.ZipFile(self.workspace.blobs.path(digest)) as archive:
                return _OF_OFFICE in archive.NameToInfo
        except zipfile.BadZipFile:
            return True

    def _files_again(self, data: Data) -> Handed | None:
        was = self.was.files.get(data)
        if was is None or self._was_one_file(data, was.digest):
            return None
        with zipfile.ZipFile(self.workspace.blobs.path(was.digest)) as archive:
            names = tuple(each.filename for each in archive.infolist() if not each.is_dir())
        return Handed(was.digest, was.shown, files=names, is_files=True)

    def _is_another(self, data: Data, digest: str) -> bool:
        """Whether something else would be read there now, as far as that can be told without reading it."""
        try:
            dataset = self.registered(data)
        except TransomError:  # it is not there any more
            return True
        if dataset is not None:
            return dataset.digest != digest
        place = self._path(data)
        name = reading_of(place, data.read)
        if name is None:  # a folder or an address would have to be read
            return self._is_gone(data)
        known = self._known(name, data)
        return known is None or known.digest != digest

    def _are_other_files(self, data: Data, was: Connected) -> bool:
        """The same of files: a folder would have to be packed."""
        try:
            dataset = self.registered(data)
        except TransomError:
            return True
        if dataset is not None:
            return str(dataset.reference) != was.shown
        if self._was_one_file(data, was.digest):
            return content_of(self._path(data)) != was.digest
        return self._is_gone(data)

    def _is_gone(self, data: Data) -> bool:
        from transom.workspace.datastores_masking import is_address

        return not is_address(data.path) and not os.path.lexists(self._path(data))

    def _registered_as(self, shown: str) -> str | None:
        """The id of the dataset that was called so, if one was."""
        _, at, version = shown.rpartition("@")
        if not at or not version.isdecimal():
            return None
        from transom.workspace.datasets import find_dataset

        try:
            return find_dataset(self.workspace, shown).id
        except TransomError:  # it was a file, or was removed since
            return None

    def _table(self, data: Data) -> Handed:
        dataset = self.registered(data)
        if dataset is not None:
            from transom.workspace.datasets import table_path

            table_path(self.workspace, dataset)
            return Handed(dataset.digest, str(dataset.reference), dataset.shape, dataset.id)
        given = self._given_table(data)
        if given is not None:
            return self._of_program(given)
        with self._place(data) as place:
            return self._read(place, data)

    def _of_program(self, given: GivenTable) -> Handed:
        from transom.tables.step_file import shape

        try:
            return Handed(given.digest, given.name, shape(self.workspace.blobs.path(given.digest)))
        except BlobMissing:
            problem = f"The table that the program gave as {given.name} is not kept any more."
            raise WrongUse(problem=problem, advice="Run the pipeline again with it.") from None

    def registered(self, data: Data) -> Dataset | None:
        """The dataset that is named, if one is.

        Raises Unknown, VersionUnknown and NameInvalid; WrongUse for a version that can be none.
        """
        found = _REGISTERED.match(data.path)
        if found is None:
            refuse_version(data.path)
            return None
        from transom.workspace.datasets import find_dataset

        version = found["version"]
        return find_dataset(self.workspace, found["name"] if version is None else f"{found['name']}@{version}")

    @contextlib.contextmanager
    def _place(self, data: Data) -> Iterator[Path]:
        """Where on this machine it lies; what was fetched is removed when the block ends.

        Raises NotThere, WrongUse for what cannot be looked at, and CannotApply for what the file of the pipeline names
        and the policy of the run keeps from it.
        """
        from transom.workspace.datastores_masking import is_address, scheme_of

        given = self._given_table(data)
        if given is not None:
            problem = f"The input {given.name} was given a table, and is connected to a port that takes files."
            raise WrongUse(problem=problem, advice="Give it the path of a file or folder.")
        bounds = None if data in self.trusted else self.bounds
        if not is_address(data.path):
            place = self._path(data)
            check_place(place)
            if bounds is None:
                yield place
                return
            from transom.workspace.reaching_files import FilesHere

            with FilesHere(self.workspace, bounds).found(place.absolute()) as found:
                yield found
            return
        if scheme_of(data.path) == _AZURE:
            with self._in_datastore(data.path, bounds) as found:
                yield found
            return
        if bounds is not None:
            check_address(data.path, bounds)
        from transom.workspace.contents_sources import arrived

        with arrived(data.path, self.workspace.blobs) as there:
            if there.path is None:
                raise NotThere(path=there.shown)
            yield there.path

    @contextlib.contextmanager
    def _in_datastore(self, address: str, bounds: Bounds | None) -> Iterator[Path]:
        """What lies at a place of a datastore, fetched as Import Data fetches it."""
        from transom.workspace.reaching import Reach

        reach = Reach(self.workspace, self.workspace.settings, self.folder, None, bounds)
        with reach.fetched(address, None) as found:
            yield found

    def _path(self, data: Data) -> Path:
        """Where a path leads; the home of somebody whom nobody knows (`~nosuch`) is a name like another."""
        return self.folder / os.path.expanduser(data.path)

    def _read(self, place: Path, data: Data) -> Handed:
        """What was read of the same content in the same way before, else what is read now."""
        name = reading_of(place, data.read)
        known = None if name is None else self._known(name, data)
        if known is not None:
            return known
        from transom.workspace.connecting import Reading, read_table

        progress = None if self.tell is None else _progress(self.tell, data.path)
        with self.workspace.blobs.writer(".arrow") as writing:
            read = read_table(place, writing.path, Reading(data.read, None, progress))
        handed = Handed(writing.digest, data.path, read.shape, warnings=tuple(read.warnings))
        if name is not None:
            self._note(name, handed)
        return handed

    def _zip(self, data: Data) -> Handed:
        limits = BundleLimits.of(self.workspace.settings)
        dataset = self.registered(data)
        if dataset is None:
            with self._place(data) as place:
                must_exist(place)
                return self._packed(place, data.path, limits)
        from transom.workspace.datasets import bundle_of

        made = self.workspace.readings / f"bundle-{os.urandom(8).hex()}"  # another run may unpack the same one now
        try:
            return self._packed(bundle_of(self.workspace, dataset, made), str(dataset.reference), limits)
        finally:
            remove_tree(made)

    def _packed(self, place: Path, shown: str, limits: BundleLimits) -> Handed:
        with self.workspace.blobs.writer(".zip") as writing:
            packed = pack(place, writing.path, limits)
        files = tuple(entry.name for entry in packed.entries if not entry.is_folder)
        return Handed(writing.digest, shown, warnings=packed.warnings, files=files, is_files=True)

    def _known(self, name: str, data: Data) -> Handed | None:
        try:
            said = json.loads((self.workspace.readings / name).read_text("utf-8"))
            shape = shape_read(said["shape"])
            handed = Handed(said["digest"], data.path, shape, warnings=tuple(said["warnings"]))
        except (OSError, ValueError, KeyError, TypeError):  # not read before, or the note is damaged
            return None
        return handed if self.workspace.blobs.claim(handed.digest) else None

    def _note(self, name: str, handed: Handed) -> None:
        told = {"digest": handed.digest, "shape": shape_told(handed.shape), "warnings": handed.warnings}
        with contextlib.suppress(OSError):  # it is only a note: the next time it is read again
            self.workspace.readings.mkdir(exist_ok=True)
            aside = self.workspace.readings / f"{name}.{os.urandom(4).hex()}"
            aside.write_text(json.dumps(told), "utf-8")
            aside.replace(self.workspace.readings / name)


def _progress(tell: Callable[[str, int, int], None], what: str) -> Callable[[int, int], None]:
    return lambda done, whole: tell(what, done, whole)
