"""What of the SDK's datasets and datastores Transom does not have, each with what a script uses instead."""

_FRAME = "A dataset is no DataFrame: `dataset.to_pandas_dataframe()` gives one"
_OUTSIDE = "Datasets are removed outside of a script: `transom dataset remove NAME`."
_PROFILE = "`transom dataset profile NAME` shows the statistics; of a frame `frame.describe(include='all')` does."
_STREAMS = "Files are read as a file dataset: `Dataset.File.from_files(path).download(folder)`."
_TIMES = "With pandas: frame = dataset.to_pandas_dataframe(); "
_CLUSTER = "Use `dataset.to_pandas_dataframe()`: the table is mapped from a file, so that a large one opens at once."
_PARTITIONS = "Group the table with pandas: `dataset.to_pandas_dataframe().groupby(columns)`."
_OLD = "That is the dataset of 2019. Use "
_SNAPSHOTS = "Every version stays as it is: `Dataset.get_by_name(workspace, name, version=2)` reads an older one."
_REGISTER = "Datastores are made outside of a script: `transom datastore add NAME URL`."
_NO_TABLE = "It is a set of files and no table: `Dataset.Tabular.from_delimited_files(path)` reads files as one"
_NO_FILES = "It is a database, which has no files. Ask it: `Dataset.Tabular.from_sql_query((datastore, query))`."
_EXCEL = "Use `pandas.read_excel(path)`, or `transom dataset add NAME FILE.xlsx` outside of a script."
_SCALE = "Files are read from the workspace itself: there is nothing to cache."

COMMON = {
    "archive": _OUTSIDE,
    "deprecate": _OUTSIDE,
    "get_partition_key_values": _PARTITIONS,
    "reactivate": _OUTSIDE,
    "unregister_all_versions": _OUTSIDE,
}

TABULAR = {
    "columns": _FRAME + ": `dataset.to_pandas_dataframe().columns`.",
    "describe": _FRAME + ": `dataset.to_pandas_dataframe().describe()`.",
    "download": _STREAMS,
    "filter": "With pandas: frame = dataset.to_pandas_dataframe(); frame[frame['price'] > 100].",
    "get_profile": _PROFILE,
    "get_profile_runs": _PROFILE,
    "head": _FRAME + ": `dataset.take(5).to_pandas_dataframe()` has the first rows.",
    "iloc": _FRAME + ".",
    "loc": _FRAME + ".",
    "mount": _STREAMS,
    "partition_by": _PARTITIONS,
    "sample": "Use `dataset.take_sample(probability, seed)`.",
    "shape": _FRAME + ": `dataset.to_pandas_dataframe().shape`.",
    "submit_profile_run": _PROFILE,
    "time_after": _TIMES + "frame[frame['time'] >= start].",
    "time_before": _TIMES + "frame[frame['time'] <= end].",
    "time_between": _TIMES + "frame[frame['time'].between(start, end)].",
    "time_recent": _TIMES + "frame[frame['time'] >= pandas.Timestamp.now() - pandas.Timedelta(days=1)].",
    "to_dask_dataframe": _CLUSTER,
    "to_dataframe": "Use `dataset.to_pandas_dataframe()`.",
    "to_path": "A table has no files. `dataset.to_csv_files().download(folder)` writes it as one.",
    "to_spark_dataframe": _CLUSTER,
    "with_timestamp_columns": "Columns of times are columns like others. " + _TIMES + "frame.sort_values('time').",
}

FILES = {
    "as_cache": _SCALE,
    "as_hdfs": _SCALE,
    "file_metadata": "Use `os.stat` on the files of `dataset.mount()`.",
    "filter": "Give a narrower pattern: `Dataset.File.from_files('data/2020-*.csv')`.",
    "hydrate": _SCALE,
    "keep_columns": _NO_TABLE + ".",
    "to_pandas_dataframe": _NO_TABLE + ", and `dataset.mount()` is a folder from which pandas can read.",
}

#: Of the dataset of 2019, which was found and held by the same class.
_HELD = (
    *("archive", "deprecate", "definition", "definition_version", "description", "head", "id", "is_visible", "name"),
    *("reactivate", "register", "sample", "state", "tags", "to_pandas_dataframe", "to_spark_dataframe", "update"),
    "workspace",
)
DATASET = dict.fromkeys(_HELD, "`Dataset.get_by_name(workspace, name)` gives a dataset.")
DATASET.update(
    auto_read_files=_OLD + "`Dataset.Tabular.from_delimited_files(path)`.",
    compare_profiles=_PROFILE,
    create_snapshot=_SNAPSHOTS,
    delete_snapshot=_SNAPSHOTS,
    diff=_PROFILE,
    from_binary_files=_OLD + "`Dataset.File.from_files(path)`.",
    from_delimited_files=_OLD + "`Dataset.Tabular.from_delimited_files(path)`.",
    from_excel_files=_EXCEL,
    from_json_files=_OLD + "`Dataset.Tabular.from_json_lines_files(path)`.",
    from_pandas_dataframe=_OLD + "`Dataset.Tabular.register_pandas_dataframe(frame, datastore, name)`.",
    from_parquet_files=_OLD + "`Dataset.Tabular.from_parquet_files(path)`.",
    from_sql_query=_OLD + "`Dataset.Tabular.from_sql_query((datastore, query))`.",
    generate_profile=_PROFILE,
    get_all_snapshots=_SNAPSHOTS,
    get_definition=_SNAPSHOTS,
    get_definitions=_SNAPSHOTS,
    get_profile=_PROFILE,
    get_snapshot=_SNAPSHOTS,
    update_definition=_SNAPSHOTS,
)

TABULAR_FACTORY = {
    "from_dask_dataframe": "Use `Dataset.Tabular.register_pandas_dataframe(frame.compute(), datastore, name)`.",
    "from_pandas_dataframe": "Use `Dataset.Tabular.register_pandas_dataframe(frame, datastore, name)`.",
    "from_excel_files": _EXCEL,
    "register_dask_dataframe": "Use `Dataset.Tabular.register_pandas_dataframe(frame.compute(), datastore, name)`.",
    "register_spark_dataframe": "Use `Dataset.Tabular.register_pandas_dataframe(frame.toPandas(), datastore, name)`.",
}

DATATYPE = {"to_stream": _STREAMS}

DATASTORE = {
    "register_azure_blob_container": _REGISTER,
    "register_azure_data_lake": _REGISTER,
    "register_azure_data_lake_gen2": _REGISTER,
    "register_azure_file_share": _REGISTER,
    "register_azure_my_sql": _REGISTER,
    "register_azure_postgre_sql": _REGISTER,
    "register_azure_sql_database": _REGISTER,
    "register_dbfs": _REGISTER,
    "register_hdfs": _REGISTER,
    "register_onelake": _REGISTER,
}

ONE_DATASTORE = {
    "set_as_default": "The default is `workspaceblobstore`; name another one: `Datastore.get(workspace, NAME)`.",
    "unregister": "Datastores are removed outside of a script: `transom datastore remove NAME`.",
}

DATABASE = dict.fromkeys(
    ("as_download", "as_mount", "as_upload", "download", "path", "upload", "upload_files"), _NO_FILES
)

REFERENCE = {"to_config": "There is no run to configure: `datastore.download(folder, prefix)` brings files here."}

CONSUMPTION = {"as_hdfs": _SCALE}
