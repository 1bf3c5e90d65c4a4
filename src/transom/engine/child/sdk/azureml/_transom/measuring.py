"""What a run measures: the `log...` methods of Run, what they write, and what they can be asked for."""

import json
import os
import shutil

from . import paths
from .plain import plain


class Measuring:
    """The part of Run that measures; `self._record` is a `here.Here` or an `earlier.Earlier`."""

    def log(self, name, value, description="", step=None):
        """Log a number or a text; logged again under the same name it becomes a list."""
        more = {} if step is None else {"step": plain(step)}
        self._record.write("log", name, plain(value), **more)

    def log_list(self, name, value, description=""):
        """Log a list of values."""
        self._record.write("list", name, [plain(each) for each in value])

    def log_row(self, name, description=None, **kwargs):
        """Log one row of a table, a column for each keyword."""
        self._record.write("row", name, {column: plain(value) for column, value in kwargs.items()})

    def log_table(self, name, value, description=""):
        """Log a table given as a dictionary of columns, each a list or a single value, or as a DataFrame."""
        if not hasattr(value, "items"):
            raise TypeError("log_table takes a dictionary of columns or a DataFrame, not %s." % type(value).__name__)
        self._record.write("table", name, {str(column): plain(values) for column, values in value.items()})

    def log_image(self, name, path=None, plot=None, description=""):
        """Keep a picture: a file, or a matplotlib figure (or pyplot)."""
        if hasattr(path, "savefig") and plot is None:
            path, plot = None, path
        if (path is None) == (plot is None):
            raise ValueError("log_image takes either path or plot, a file or a matplotlib figure.")
        ending = os.path.splitext(str(path))[1] if path is not None else ".png"
        kept = str(name) if str(name).lower().endswith(ending.lower()) else str(name) + ending
        if path is not None:
            shutil.copyfile(paths.there(path, "name the picture in it."), self._record.place(kept))
        else:
            plot.savefig(self._record.place(kept))
        self._record.write("image", name, "/".join(paths.parts_of(kept)))

    def log_accuracy_table(self, name, value, description=""):
        """Log an accuracy table, a dictionary or its JSON as Azure describes it."""
        self._log_document("accuracy_table", name, value)

    def log_confusion_matrix(self, name, value, description=""):
        """Log a confusion matrix, a dictionary or its JSON as Azure describes it."""
        self._log_document("confusion_matrix", name, value)

    def log_predictions(self, name, value, description=""):
        """Log binned predictions, a dictionary or its JSON as Azure describes it."""
        self._log_document("predictions", name, value)

    def log_residuals(self, name, value, description=""):
        """Log a histogram of residuals, a dictionary or its JSON as Azure describes it."""
        self._log_document("residuals", name, value)

    def _log_document(self, kind, name, value):
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as wrong:
                raise ValueError("log_%s takes a dictionary or a text of JSON: %s" % (kind, wrong)) from None
        self._record.write(kind, name, plain(value))

    def get_metrics(self, name=None, recursive=False, run_type=None, populate=False):
        """What has been logged so far: a dictionary by name, with `recursive` one of these for each run by its id."""
        if not recursive:
            return self._named_metrics(self._record, name)
        return {each.id: self._named_metrics(each, name) for each in _with_descendants(self._record)}

    @staticmethod
    def _named_metrics(record, name):
        metrics = record.told().metrics
        return metrics if name is None else {name: metrics[name]} if name in metrics else {}


def _with_descendants(record):
    """A run and its child runs, and theirs."""
    found = [record]
    for each in record.children():
        found.extend(_with_descendants(each))
    return found
