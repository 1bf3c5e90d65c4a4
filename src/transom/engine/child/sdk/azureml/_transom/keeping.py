"""What a run keeps: the `upload...` and `download...` methods of Run, and where their files come to lie."""

import os
import shutil

from . import asking, earlier, paths

#: An own file is written over; the same file is not copied to itself.
_SAME = shutil.SameFileError


class Keeping:
    """The part of Run that keeps files; `self._record` is a `here.Here` or an `earlier.Earlier`."""

    def upload_file(self, name, path_or_stream, datastore_name=None):
        """Keep a file, or what a stream holds, under a name; a name that is there is replaced.

        Raises FileNotFoundError, IsADirectoryError, and ValueError for a name that leads elsewhere.
        """
        if hasattr(path_or_stream, "read"):
            with open(self._record.place(name), "wb") as target:
                asking.pour(path_or_stream, target)
            return
        source = paths.there(path_or_stream, "keep it with upload_folder(name, path).")
        try:
            shutil.copyfile(source, self._record.place(name))
        except _SAME:
            return

    def upload_files(self, names, paths, return_artifacts=False, timeout_seconds=None, datastore_name=None):
        """Keep several files, each under the name at its place in the list."""
        names, paths = _listed(names), _listed(paths)
        if len(names) != len(paths):
            raise ValueError(
                "upload_files takes as many names as paths; there are %d and %d." % (len(names), len(paths))
            )
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name, path, datastore_name=None):
        """Keep a folder and everything below it under a name."""
        path = os.fsdecode(os.fspath(path))
        if os.path.exists(path) and not os.path.isdir(path):
            raise ValueError("upload_folder takes a folder, and %r is a file: use upload_file(name, path)." % path)
        if not os.path.isdir(path):
            raise paths.missing(path)
        for below in paths.files_below(path):
            source = os.path.join(path, below)
            if os.path.isfile(source):  # a link that leads nowhere, or a pipe, is no content
                self.upload_file(os.path.join(str(name), below), source)

    def get_file_names(self):
        """The names of the files that were kept so far."""
        return self._record.file_names()

    def download_file(self, name, output_file_path=None, _validate_checksum=False):
        """Copy a kept file to a path or into a folder; otherwise under its own name to the working directory."""
        source = self._record.file(name)
        if source is None or not os.path.isfile(source):
            raise earlier.no_file(self._record, name)
        target = paths.target_of(name, output_file_path)
        try:
            shutil.copyfile(source, target)
        except _SAME:
            return

    def download_files(
        self,
        prefix=None,
        output_directory=None,
        output_paths=None,
        batch_size=100,
        append_prefix=True,
        timeout_seconds=None,
    ):
        """Copy the kept files whose names begin with `prefix` into a folder, or one by one to `output_paths`.

        Without `append_prefix` the prefix is left out of their paths.
        """
        names = [name for name in self.get_file_names() if name.startswith(prefix or "")]
        if output_paths is not None:
            output_paths = _listed(output_paths)
            if len(output_paths) != len(names):
                raise ValueError(
                    "download_files takes as many output_paths as files; there are %d and %d (%s)."
                    % (len(output_paths), len(names), ", ".join(names))
                )
        for number, name in enumerate(names):
            short = name if append_prefix else name[len(prefix or "") :].lstrip("/") or os.path.basename(name)
            target = output_paths[number] if output_paths else os.path.join(output_directory or ".", short)
            self.download_file(name, target)

    def get_all_logs(self, destination=None):
        """Copy the log files that the run has kept into a folder; their paths. What it prints is in its log."""
        names = [name for name in self.get_file_names() if name.startswith("logs/")]
        targets = [os.path.join(destination or ".", name) for name in names]
        for name, target in zip(names, targets):
            self.download_file(name, target)
        return targets


def _listed(names):
    """A list, also of what is one text or one path."""
    return [names] if isinstance(names, (str, bytes, os.PathLike)) else list(names)
