"""`TabularDataset`: a table of the workspace, read when its frame is wanted."""

from azureml._transom import absent, behind, files, places, tables
from azureml._transom.dataset_absences import TABULAR

from .abstract_dataset import AbstractDataset

_ON_ERROR = ("null", "fail")


class TabularDataset(AbstractDataset):
    """A table. What takes rows or columns of it gives another dataset, and reads nothing."""

    def to_pandas_dataframe(self, on_error="null", out_of_range_datetime="null"):
        """The table as a DataFrame, which may be changed in place; its row index is as it was registered.

        A cell that is not of the type which the script gave its column is missing, or an error with `on_error="fail"`.
        Dates beyond the range of pandas are kept as Python's. Raises UserErrorException.
        """
        for name, value in (("on_error", on_error), ("out_of_range_datetime", out_of_range_datetime)):
            if value not in _ON_ERROR:
                raise places.wrong("%s is 'null' or 'fail', and not %s." % (name, places.shown(value)))
        return self._content.frame(strictly=on_error == "fail")

    # Rows

    def take(self, count):
        """The first `count` rows."""
        return self._after(tables.rows(None, tables.count_of(count, "take(count)")))

    def skip(self, count):
        """The rows after the first `count`."""
        return self._after(tables.rows(tables.count_of(count, "skip(count)"), None))

    def take_sample(self, probability, seed=None):
        """Each row with that probability."""
        probability = tables.share_of(probability, "The probability")
        return self._after(tables.some_rows(probability, tables.seed_of(seed)))

    def random_split(self, percentage, seed=None):
        """Two datasets: about that share of the rows, from 0 to 1, and the others."""
        share, seed = tables.share_of(percentage, "The percentage"), tables.seed_of(seed)
        return self._after(tables.some_rows(share, seed)), self._after(tables.some_rows(share, seed, wanted=False))

    # Columns

    def keep_columns(self, columns, validate=False):
        """These columns only, a text or a list, in the order of the table.

        One that is not there is told in the log, and with `validate` an error. Raises UserErrorException.
        """
        kept = self._after(tables.columns(tables.names_of(columns, "Columns"), True, bool(validate)))
        if validate:
            kept._content.frame()
        return kept

    def drop_columns(self, columns):
        """All columns but these, a text or a list; one that is not there is told in the log."""
        return self._after(tables.columns(tables.names_of(columns, "Columns"), False, False))

    def __getitem__(self, name):
        raise TypeError(
            "A dataset is no DataFrame: dataset.to_pandas_dataframe()[%r] gives the column, and rows are chosen with "
            "frame[frame['price'] > 100]." % (name,)
        )

    __iter__ = None

    @property
    def timestamp_columns(self):
        """Always (None, None): columns of times are columns like others."""
        return None, None

    # Files

    def to_csv_files(self, separator=","):
        """The table as a file dataset of one CSV file, written when it is wanted. A named index becomes columns."""
        if not isinstance(separator, str) or len(separator) != 1:
            raise places.wrong("The separator is one character, and not %s." % places.shown(separator))

        def write(frame, path):
            labels = _index_labels(frame.index)
            frame.to_csv(path, sep=separator, index=bool(labels), index_label=labels or None)

        return self._written("part-00000.csv", write)

    def to_parquet_files(self):
        """The table as a file dataset of one Parquet file, written when it is wanted."""

        def write(frame, path):
            try:
                frame.to_parquet(path)
            except (ValueError, TypeError, NotImplementedError) as wrong:
                raise places.wrong("The table cannot be written as Parquet: %s" % wrong) from None

        return self._written("part-00000.parquet", write)

    def _written(self, name, write):
        from .file_dataset import FileDataset

        return FileDataset._of(files.Files(files.Written(self._content, name, write)))

    def _after(self, step):
        return TabularDataset._of(self._content.then(step))


def _index_labels(index):
    """The names of the levels of an index that are columns of a CSV file; none for an unnamed one of whole numbers."""
    if index.nlevels > 1:
        return [name or "level_%d" % place for place, name in enumerate(index.names)]
    if index.name is not None:
        return [index.name]
    return [] if index.dtype.kind in "iu" else ["index"]


absent.declare(TabularDataset, TABULAR)

behind.stand_before(__name__)
