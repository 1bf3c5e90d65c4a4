"""`Dataset.Tabular` and `Dataset.File`: datasets of files, queries and frames; `DataType`: the types of columns."""

from azureml._transom import absent, behind, files, places, reading, registered, saying, tables, uploading
from azureml._transom.dataset_absences import DATATYPE, TABULAR_FACTORY

from .file_dataset import FileDataset
from .tabular_dataset import TabularDataset


class TabularDatasetFactory(absent.Telling):
    """Tables of files, of a query or of a frame. A path is one of the script's own, an address, or on a datastore."""

    @staticmethod
    def from_delimited_files(  # noqa: PLR0913 (as Microsoft names them)
        path,
        validate=True,
        include_path=False,
        infer_column_types=True,
        set_column_types=None,
        separator=",",
        header=True,
        partition_format=None,
        support_multi_line=False,
        empty_as_string=False,
        encoding="utf8",
    ):
        """The table of CSV files and the like, read when it is wanted.

        Raises UserErrorException, and FileNotFoundError for a file of the script that is not there.
        """
        told = reading.delimited(separator, header, encoding, (infer_column_types, support_multi_line, empty_as_string))
        return _read("delimited", path, reading.options(told, include_path, partition_format, set_column_types))

    @staticmethod
    def from_parquet_files(path, validate=True, include_path=False, set_column_types=None, partition_format=None):
        """The table of Parquet files, read when it is wanted. Raises as `from_delimited_files` does."""
        return _read("parquet", path, reading.options({}, include_path, partition_format, set_column_types))

    @staticmethod
    def from_json_lines_files(  # noqa: PLR0913 (as Microsoft names them)
        path,
        validate=True,
        include_path=False,
        set_column_types=None,
        partition_format=None,
        invalid_lines="error",
        encoding="utf8",
    ):
        """The table of files with a JSON object a line, read when it is wanted.

        Raises as `from_delimited_files` does.
        """
        told = reading.json_lines(invalid_lines, encoding)
        return _read("json_lines", path, reading.options(told, include_path, partition_format, set_column_types))

    @staticmethod
    def from_sql_query(query, validate=True, set_column_types=None, query_timeout=30):
        """The table that a database gives for a query, asked when it is wanted; `query` is (datastore, text).

        Raises UserErrorException.
        """
        datastore, text = _query(query)
        facts = {"datastore": datastore, "query": text, "timeout": tables.count_of(query_timeout, "query_timeout")}
        types = reading.column_types(set_column_types)
        if types is not None:
            facts["column_types"] = types
        return TabularDataset._of(tables.Table(tables.Read("dataset/query", lambda: facts, types is not None)))

    @staticmethod
    def register_pandas_dataframe(  # noqa: PLR0913 (as Microsoft names them)
        dataframe,
        target,
        name,
        description=None,
        tags=None,
        show_progress=True,
        row_group_size=None,
        make_target_path_unique=True,
    ):
        """Register a frame with its index as a new version of a dataset; the registered one.

        It is kept in the workspace itself: nothing is written to the datastore that `target` names. Raises
        UserErrorException.
        """
        if target is not None:
            places.checked_target(target)
        if not isinstance(name, str):
            raise places.wrong("The name of a dataset is a text, and not %s." % places.shown(name))
        return registered.register({"table": tables.handed(dataframe)}, name, description, tags, True)


class FileDatasetFactory(absent.Telling):
    """Sets of files. A path is one of the script's own, an address, or on a datastore."""

    @staticmethod
    def from_files(path, validate=True, partition_format=None, is_file=False):
        """The files of a path, a folder or a pattern, fetched when they are wanted.

        Raises UserErrorException, and FileNotFoundError for a file of the script that is not there.
        """
        if partition_format is not None:
            saying.once("Dataset.File.from_files: partition_format is not used, all files are one set.")
        given = places.places_of(path)
        source = files.Own(given) if places.are_own(given) else files.Given("dataset/gather", lambda: _facts(given))
        return FileDataset._of(files.Files(source))

    @staticmethod
    def upload_directory(src_dir, target, pattern=None, overwrite=False, show_progress=True):
        """Upload a folder to (datastore, path); the files there as a dataset. Raises FileNotFoundError."""
        datastore, path = places.checked_target(target)
        found = uploading.folder_files(src_dir, pattern)
        names = uploading.upload(datastore.name, found, path, overwrite)
        path = uploading.cleaned(path)
        if not path and names:  # other files lie beside them
            return FileDatasetFactory.from_files([(datastore, name) for name in names])
        return FileDatasetFactory.from_files((datastore, path if pattern is None else _below(path, pattern)))


class DataType(absent.Telling):
    """The types that `set_column_types` gives to columns."""

    @staticmethod
    def to_bool():
        """True and false."""
        return reading.ColumnType("boolean")

    @staticmethod
    def to_datetime(formats=None):
        """Dates and times; `formats` is a text or a list of texts such as `%d.%m.%Y`."""
        told = {} if formats is None else {"formats": [formats] if isinstance(formats, str) else list(formats)}
        return reading.ColumnType("datetime", **told)

    @staticmethod
    def to_float(decimal_mark="."):
        """Decimals, with a point or a comma."""
        if decimal_mark not in (".", ","):
            raise places.wrong("decimal_mark is '.' or ',', and not %s." % places.shown(decimal_mark))
        return reading.ColumnType("decimal", **({} if decimal_mark == "." else {"decimal": ","}))

    @staticmethod
    def to_long():
        """Whole numbers."""
        return reading.ColumnType("whole")

    @staticmethod
    def to_string():
        """Texts."""
        return reading.ColumnType("text")


def _below(path, pattern):
    return "%s/%s" % (path, pattern if "/" in pattern else "**/" + pattern)


def _read(kind, path, options):
    given = places.places_of(path)

    def facts():
        return dict(_facts(given), format=kind, options=dict(options))

    return TabularDataset._of(tables.Table(tables.Read("dataset/read", facts, "column_types" in options)))


def _facts(given):
    """What stands for places in a question; files of the script are handed over."""
    return {"places": [told for place in given for told in place.told()]}


def _query(query):
    """(name of the datastore, text) of a query."""
    if hasattr(query, "path_on_datastore"):
        name, text = places.datastore_name(query), query.path_on_datastore
    elif isinstance(query, (tuple, list)) and len(query) == 2:
        name, text = places.checked_datastore(query[0]).name, query[1]
    else:
        raise places.wrong(
            "A query is asked of a datastore: Dataset.Tabular.from_sql_query((Datastore.get(workspace, NAME), 'SELECT "
            "...')), and not %s." % places.shown(query)
        )
    if not isinstance(text, str) or not text.strip():
        raise places.wrong("The query is a text such as 'SELECT * FROM cars', and not %s." % places.shown(text))
    return name, text


absent.declare(TabularDatasetFactory, TABULAR_FACTORY)
absent.declare(DataType, DATATYPE)

behind.stand_before(__name__)
