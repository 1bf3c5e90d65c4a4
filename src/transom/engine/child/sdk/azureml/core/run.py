"""The step's own run: what a script measures and uploads, kept in the job folder as it comes.

Method names, parameters and meanings follow Microsoft's azureml.core.run.Run (azureml-core 1.x).
"""

import json
import os
import shutil

#: The variable that names the job folder; child processes of the script inherit it.
JOB_FOLDER = "TRANSOM_JOB"


class Run:
    """The run of this step. `Run.get_context()` gives it."""

    def __init__(self, folder):
        self._folder = folder
        self.id = os.path.basename(folder)

    @classmethod
    def get_context(cls, allow_offline=True, used_for_context_manager=False, **_):
        """The run that this script belongs to."""
        folder = os.environ.get(JOB_FOLDER)
        if not folder:
            raise RuntimeError(
                "Run.get_context() was called in a process that does not know its run: %s is not in its environment. "
                "Pass os.environ on to the processes that the script starts." % JOB_FOLDER
            )
        return cls(folder)

    def __repr__(self):
        return "Run(Id: %s)" % self.id

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        there = sorted(each for each in dir(type(self)) if not each.startswith("_"))
        raise AttributeError("Run.%s is not available in this version; there are: %s." % (name, ", ".join(there)))

    # What is measured

    def log(self, name, value, description="", step=None):
        """Log a number or a text; logged again under the same name it becomes a list."""
        self._record("log", name, _plain(value))

    def log_list(self, name, value, description=""):
        """Log a list of values."""
        self._record("list", name, [_plain(each) for each in value])

    def log_row(self, name, description=None, **kwargs):
        """Log one row of a table, a column for each keyword."""
        self._record("row", name, {column: _plain(value) for column, value in kwargs.items()})

    def log_table(self, name, value, description=""):
        """Log a table given as a dictionary of columns, each a list or a single value."""
        self._record("table", name, {str(column): _plain(values) for column, values in value.items()})

    def log_image(self, name, path=None, plot=None, description=""):
        """Keep a picture: a file, or a matplotlib figure (or pyplot)."""
        if (path is None) == (plot is None):
            raise ValueError("log_image takes either path or plot, a file or a matplotlib figure.")
        ending = os.path.splitext(str(path))[1] if path is not None else ".png"
        target = self._place(name if name.lower().endswith(ending.lower()) else name + ending)
        if path is not None:
            shutil.copyfile(str(path), target)
        else:
            plot.savefig(target)
        self._record("image", name, os.path.relpath(target, self._files))

    def _record(self, kind, name, value):
        """Append one line: a single write to a file opened for appending, so that processes do not mix theirs."""
        line = json.dumps({"kind": kind, "name": str(name), "value": value}, default=str) + "\n"
        descriptor = os.open(os.path.join(self._folder, "metrics.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, line.encode("utf-8", "backslashreplace"))
        finally:
            os.close(descriptor)

    # What is told of the run

    def tag(self, key, value=None):
        """Put a tag on the run."""
        self._record("tag", key, None if value is None else str(value))

    def set_tags(self, tags):
        """Put several tags on the run."""
        for key, value in tags.items():
            self.tag(key, value)

    # What is kept

    @property
    def _files(self):
        return os.path.join(self._folder, "outputs", "files")

    def _place(self, name):
        """Where a file of that name is kept; its folders are there afterwards."""
        parts = [part for part in str(name).replace("\\", "/").split("/") if part not in ("", ".")]
        if not parts or ".." in parts:
            raise ValueError("A file cannot be kept under the name %r: give a relative path without '..'." % (name,))
        place = os.path.join(self._files, *parts)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place

    def upload_file(self, name, path_or_stream, datastore_name=None):
        """Keep a file, or what a stream holds, under a name; a name that is there is replaced."""
        place = self._place(name)
        if hasattr(path_or_stream, "read"):
            content = path_or_stream.read()
            with open(place, "wb") as target:
                target.write(content.encode("utf-8") if isinstance(content, str) else content)
        else:
            shutil.copyfile(os.fspath(path_or_stream), place)

    def upload_files(self, names, paths, datastore_name=None, **_):
        """Keep several files, each under the name at its place in the list."""
        if len(names) != len(paths):
            raise ValueError(
                "upload_files takes as many names as paths; there are %d and %d." % (len(names), len(paths))
            )
        for name, path in zip(names, paths):
            self.upload_file(name, path)

    def upload_folder(self, name, path, datastore_name=None):
        """Keep a folder and everything below it under a name."""
        if not os.path.isdir(path):
            raise ValueError("upload_folder takes a folder, and %r is none." % (path,))
        for folder, _, files in os.walk(str(path)):
            for each in files:
                below = os.path.relpath(os.path.join(folder, each), str(path))
                self.upload_file(os.path.join(str(name), below), os.path.join(folder, each))

    def get_file_names(self):
        """The names of the files that were kept so far."""
        return sorted(
            os.path.relpath(os.path.join(folder, each), self._files).replace(os.sep, "/")
            for folder, _, files in os.walk(self._files)
            for each in files
        )

    def flush(self, timeout_seconds=300):
        """Everything is written as it comes: there is nothing to wait for."""

    def complete(self, **_):
        """The run ends when the script does."""


def _plain(value):
    """A value that JSON knows: numbers of numpy become Python's, arrays become lists."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)
