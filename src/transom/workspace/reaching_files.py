"""What a path in a pipeline's file means on this machine: one file, a folder, or all files that a pattern fits."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from transom.components.native import CannotApply
from transom.errors import NotThere
from transom.tables.paths import near, refuse_missing, shown
from transom.workspace.datastores_names import fixed_part, is_pattern, matches
from transom.workspace.datastores_places import MOST_FILES
from transom.workspace.opening import Workspace
from transom.workspace.reaching_bounds import Bounds
from transom.workspace.reaching_marks import mark_of_files

META = "_meta.yaml"  # of a DataFrameDirectory
ADVICE = "Check the address; a relative path starts at the folder of the pipeline's file."


@dataclass(frozen=True, slots=True)
class FilesHere:
    """The files of this machine, as far as the bounds of a run allow. Paths are absolute."""

    workspace: Workspace
    bounds: Bounds

    @contextlib.contextmanager
    def found(self, path: Path) -> Iterator[Path]:
        """The file or folder itself; for a pattern a folder of links to the files that it means.

        Raises CannotApply, NotThere and OSError.
        """
        top, names = self._found(path)
        if names is None and path.is_dir() and not self.bounds.is_open:
            top, names = path, self._of_folder(path)
        if names is None:
            yield path
            return
        aside = self.workspace.blobs.new_aside()
        self.workspace.make()
        aside.mkdir(parents=True)
        try:
            for name in names:
                link = aside / name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(top / name)
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def mark(self, path: Path) -> Mapping[str, str]:
        """The mark of what a path means, by the contents of its files. Raises as `found` does."""
        top, names = self._found(path)
        if names is None and path.is_dir():
            top, names = path, list(self._below(path))
        return mark_of_files([(path.name, path)] if names is None else [(name, top / name) for name in names])

    def put(self, file: Path, target: Path, *, overwrite: bool) -> str:
        """Let a copy of a file, or of a folder, take its place at `target`; returns what messages call that.

        Raises CannotApply and ResultUnwritable.
        """
        self.bounds.check_write(target)
        _refuse_another_kind(file, target)
        if not overwrite and os.path.lexists(target):
            raise there_already(shown(target))
        from transom.tables.aside import written_aside

        if target.is_dir():
            from transom.tables import dataframe_directory

            dataframe_directory.check_place(target)  # no other folder is replaced
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise CannotApply(
                f"The folder {shown(target.parent)} cannot be made: {(wrong.strerror or str(wrong)).lower()}.", ADVICE
            ) from None
        with written_aside(target) as aside:
            if file.is_dir():
                shutil.copytree(file, aside)
            else:
                shutil.copyfile(file, aside)
        return shown(target)

    def _found(self, path: Path) -> tuple[Path, list[str] | None]:
        """The folder in which a pattern is looked for, and the names of what it means; None for a plain path."""
        parts = path.parts[1:]
        fixed = fixed_part(parts)
        top = Path("/", *fixed)
        self.bounds.check_read(top)  # before it is said whether anything is there
        if not is_pattern(parts) or os.path.lexists(path):
            self.bounds.check_read(path)
            with contextlib.suppress(NotADirectoryError):
                refuse_missing(path, shown(path))
            return path, None
        if not top.is_dir():
            raise NotThere(path=shown(top), near=near(top))
        names = [name for name in self._below(top) if matches(name.split("/"), parts[len(fixed) :])]
        if not names:
            raise CannotApply(f"There is no file {shown(path)}.", ADVICE)
        return top, names

    def _of_folder(self, folder: Path) -> list[str] | None:
        """The files of a folder where some may not be looked at; else None. Each of its links is."""
        names = list(self._below(folder))
        if (folder / META).exists():  # its folders are opened, also by links
            for entry in folder.iterdir():
                self.bounds.check_read(entry)
        return names if self.bounds.hides_below(os.path.realpath(folder)) else None

    def _below(self, folder: Path) -> Iterator[str]:
        """What of a folder's files a run may know of; CannotApply where one leads to what it may not read."""
        real = os.path.realpath(folder)

        def sees(name: str) -> bool:
            return self.bounds.sees(os.path.join(real, name))

        for name in below(folder, sees):
            if (folder / name).is_symlink():
                self.bounds.check_read(folder / name)
            yield name


def _everything(_name: str) -> bool:
    return True


def below(folder: Path, sees: Callable[[str], bool] = _everything) -> Iterator[str]:
    """The names of all files below a folder, sorted; a link to a folder is not followed.

    Nothing is told of files and folders that `sees` does not know. Raises CannotApply for too many.
    """
    count = 0
    for at, folders, files in os.walk(folder):
        way = os.path.relpath(at, folder)
        folders[:] = sorted(name for name in folders if sees(os.path.normpath(os.path.join(way, name))))
        for name in sorted(files):
            told = os.path.normpath(os.path.join(way, name))
            if sees(told) and (Path(at) / name).is_file():
                count += 1
                if count > MOST_FILES:
                    raise CannotApply(
                        f"The folder {shown(folder)} has over {MOST_FILES:,} files.", "Name a folder with fewer."
                    )
                yield told


def there_already(name: str) -> CannotApply:
    """The error for a file that is there, and was not to be replaced."""
    return CannotApply(f"{name} is there already.", "Choose another name, or let if_exists be replace.")


def _refuse_another_kind(file: Path, target: Path) -> None:
    if target.is_dir() != file.is_dir() and os.path.lexists(target):
        what = "a folder" if target.is_dir() else "a file"
        raise CannotApply(f"{shown(target)} is {what} already.", "Choose another name.")
    if os.path.lexists(target) and not target.is_dir() and not target.is_file():
        raise CannotApply(f"{shown(target)} is neither a file nor a folder.", "Choose another name.")
