"""What native components reach outside of their step, by the address that a person wrote: the real `Outside`."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from transom.components.native import CannotApply, Stopped
from transom.errors import DatastoreFailed, NotThere, TransomError
from transom.settings import Settings
from transom.tables.paths import shown
from transom.tables.reading import Progress
from transom.workspace.contents import registering
from transom.workspace.contents_sources import name_of
from transom.workspace.datastores import files_of_datastore, find_datastore, is_database
from transom.workspace.datastores_names import fixed_part, parts_of
from transom.workspace.datastores_places import Found, Place
from transom.workspace.opening import Workspace
from transom.workspace.reaching_addresses import Address, Kind, address_of
from transom.workspace.reaching_bounds import Bounds
from transom.workspace.reaching_chains import check_chain
from transom.workspace.reaching_files import ADVICE, META, FilesHere, below, there_already
from transom.workspace.reaching_marks import mark_of_place, mark_of_web, only_now

#: What to do where a place of fsspec cannot be used.
_OF_A_PLACE = (
    "Check the address and the connection. Credentials come from where the place's own library looks for them, or from "
    "a `secret`: a JSON object of options."
)


class Reach:
    """See `components.native.Outside`. Nothing is opened before it is asked for."""

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        folder: Path,
        stopped: Callable[[], bool] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        """Relative paths start at `folder`; what is fetched is given up where `stopped` says so.

        Without `bounds` everything may be reached that this process can.
        """
        self._workspace = workspace
        self._settings = settings
        self._folder = folder.absolute()
        self._stopped = stopped
        self._bounds = bounds or Bounds(self._folder)
        self._files_here = FilesHere(workspace, self._bounds)

    def until(self, stopped: Callable[[], bool]) -> Reach:
        """The same for one step, which gives up what it fetches or puts somewhere where `stopped` says so, too."""
        before = self._stopped

        def either() -> bool:
            return stopped() or (before is not None and before())

        return Reach(self._workspace, self._settings, self._folder, either, self._bounds)

    @contextlib.contextmanager
    def fetched(self, address: str, secret: str | None) -> Iterator[Path]:
        """A file of its own name, or a folder of the files that a pattern or a place with several leads to.

        What lies on this machine is not copied, and must not be changed. Raises CannotApply and Stopped.
        """
        with contextlib.ExitStack() as stack:
            with _told():
                path = self._fetched(self._understood(address, secret), stack)
            yield path

    def delivered(self, file: Path, address: str, secret: str | None, *, overwrite: bool) -> str:
        """Put a file, or a folder with its files, where an address says; the file itself stays where it is.

        On this machine it takes its place at once, and folders above it are made. Raises CannotApply.
        """
        found = self._understood(address, secret)
        with _told():
            if found.kind is Kind.PATH:
                assert found.path is not None
                return self._files_here.put(file, found.path, overwrite=overwrite)
            place, parts = self._place(found, writes=True)
            if found.kind is Kind.DATASTORE and not parts:
                raise CannotApply(f"{found.shown} names no file.", "Write azureml://datastores/NAME/paths/PATH.")
            _put_there(file, place, parts, found, overwrite=overwrite, progress=self._look)
        return found.shown

    @contextlib.contextmanager
    def connected(self, url: str, secret: str | None) -> Iterator[Any]:
        """A connection to a database in one transaction, which is committed when the block ends without an exception.

        A file of SQLite must be there, unless its address ends in `?mode=rwc`. What the database refuses within the
        block is raised as CannotApply.
        """
        from transom.workspace.reaching_databases import connection_to, database_url

        address = self._understood(url, secret)
        with _told():
            found, words = database_url(address, self._folder, self._workspace, self._bounds)
        with connection_to(found, address, words) as connection:
            yield connection

    def mark(self, address: str, secret: str | None) -> Mapping[str, str]:
        """What a source says of itself: equal to an earlier one as long as its content is, as far as it tells.

        Files of this machine: their digest. The web: ETag, else time and size. Other places: what they tell of each
        file. Where nothing is told, and for a database, `only_now` never repeats, and `why` says so.

        Raises CannotApply.
        """
        found = self._understood(address, secret)
        with _told():
            if found.kind is Kind.PATH:
                assert found.path is not None
                return self._files_here.mark(found.path)
            if found.kind is Kind.WEB:
                self._bounds.check_network(found.shown)
                return mark_of_web(found.with_secret(), found.headers)
            if found.kind is Kind.DATABASE or self._is_database(found):
                from transom.workspace.reaching_databases import database_url

                database_url(found, self._folder, self._workspace, self._bounds)
                return only_now("a database does not say whether the rows of a query have changed")
            place, parts = self._place(found)
            return mark_of_place(place, self._files(place, parts, found))

    def _is_database(self, address: Address) -> bool:
        """Whether it is all of a datastore, and that one a database."""
        whole = address.kind is Kind.DATASTORE and not address.text
        return whole and is_database(find_datastore(self._workspace, address.datastore))

    def _understood(self, address: str, secret: str | None) -> Address:
        if secret is not None:
            with _told():
                self._bounds.check_secret(secret)
        return address_of(address, secret, self._folder, self._workspace)

    def _place(self, address: Address, *, writes: bool = False) -> tuple[Place, tuple[str, ...]]:
        """Where the files of an address lie, and the name or pattern of them from there on."""
        if address.kind is Kind.DATASTORE:
            datastore = find_datastore(self._workspace, address.datastore)
            self._bounds.check_datastore(datastore)
            return files_of_datastore(self._workspace, datastore), parts_of(address.text)
        if address.kind is not Kind.DISTANT:
            what = (
                "a database, which has no files"
                if address.kind is Kind.DATABASE
                else "a web server, which is read only"
            )
            raise CannotApply(
                f"{address.shown} leads to {what}.", "Ask a database with a query; write to another place."
            )
        check_chain(address, self._bounds, writes=writes)
        from transom.workspace.datastores_distant import DistantPlace

        root, parts = address.split()
        return DistantPlace.at(address.shown, root, address.options, address.words, _OF_A_PLACE), parts

    def _fetched(self, address: Address, stack: contextlib.ExitStack) -> Path:
        if address.kind is Kind.PATH:
            assert address.path is not None
            return stack.enter_context(self._files_here.found(address.path))
        stack.enter_context(registering(self._workspace))
        aside = self._workspace.blobs.new_aside()
        aside.mkdir()
        stack.callback(shutil.rmtree, aside, ignore_errors=True)
        if address.kind is Kind.WEB:
            self._bounds.check_network(address.shown)
            from transom.workspace.datastores_web import fetch

            target = aside / name_of(address.text)
            fetch(address.with_secret(), target, self._workspace.blobs, self._look, address.headers)
            return target
        place, parts = self._place(address)
        found = self._files(place, parts, address)
        for each in found:
            self._look()
            kept = place.keep(each, self._workspace.blobs, self._look)
            target = aside.joinpath(*(each.parts or (place.file_name,)))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(self._workspace.blobs.path(kept.digest))
        if len(found) == 1 and found[0].parts in (parts, ()):
            return target
        return aside.joinpath(*fixed_part(parts))

    def _files(self, place: Place, parts: tuple[str, ...], address: Address) -> list[Found]:
        found = place.find(parts)
        if not found:
            raise CannotApply(f"There is no file {address.shown}.", "Check the address, and what lies there.")
        return found

    def _look(self, _done: int = 0, _total: int = 0) -> None:
        if self._stopped is not None and self._stopped():
            raise Stopped


def _put_there(
    file: Path, place: Place, parts: tuple[str, ...], address: Address, *, overwrite: bool, progress: Progress
) -> None:
    if not file.is_dir():
        if not place.put(parts, file, overwrite=overwrite, progress=progress):
            raise there_already(address.shown)
        return
    if not overwrite and place.find(parts):
        raise there_already(address.shown)
    for name in sorted(below(file), key=lambda each: each == META):  # it says that all the others are there
        place.put((*parts, *name.split("/")), file / name, overwrite=True, progress=progress)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn errors of ours, and of this machine's files, into what a component says."""
    try:
        yield
    except DatastoreFailed as wrong:
        raise CannotApply(f"{wrong.facts['name']} cannot be used: {wrong.facts['reason']}.", wrong.remedy) from None
    except NotThere as wrong:
        raise CannotApply(wrong.message, wrong.remedy.replace("the current folder", "the pipeline's folder")) from None
    except TransomError as wrong:
        raise CannotApply(wrong.message, wrong.remedy) from None
    except OSError as wrong:
        place = shown(wrong.filename) if isinstance(wrong.filename, str) else "The file"
        raise CannotApply(f"{place} cannot be used: {(wrong.strerror or str(wrong)).lower()}.", ADVICE) from None
