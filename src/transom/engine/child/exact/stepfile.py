"""The layout of a step file: one uncompressed record batch which every pyarrow from 0.16 on reads, and its map."""

import base64
import mmap
import os

import numpy as np
import pyarrow as pa

#: Metadata of version 4: the only one that pyarrow 0.16 reads (and writes, without being asked).
_OLDEST_METADATA = {}
if hasattr(pa.ipc, "IpcWriteOptions"):
    _OLDEST_METADATA["options"] = pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V4)


#: Rows that are put in place at once.
_SLICE = 8192
#: How often a map is tried while other threads open files.
_TRIES = 100


def write(path, names, arrays, metadata, scattered=None, aside=True):
    """Write equally long arrays as the record batch of a new file, aside first and then renamed to `path`.

    Without `aside` it is written there at once, for whoever renames it later. `metadata` maps bytes to bytes.
    `scattered` maps positions of arrays to the numpy arrays whose numbers belong there in the end. OSError where the
    disk does not take it; then nothing is left behind.
    """
    path = os.fspath(path)
    place = path + ".part" if aside else path
    try:
        with pa.OSFile(place, "wb") as sink:
            _fill(sink, names, arrays, metadata)
        if scattered:
            _gather(place, scattered)
        if aside:
            os.rename(place, path)
    except BaseException:
        if os.path.exists(place):
            os.remove(place)
        raise


def _gather(path, scattered):
    """Put numbers that lie row by row in memory into the columns of a file that has room for them.

    In slices that fit into the processor's cache: there is never a second copy of them in memory, and it is several
    times faster than to collect one column after the other.
    """
    with open(path, "r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
    batch, _ = _only_batch(pa.ipc.open_file(pa.py_buffer(memory)))
    start = np.frombuffer(memory, dtype=np.uint8).ctypes.data
    pairs = []
    for position, values in scattered.items():
        offset = batch.column(position).buffers()[1].address - start
        pairs.append((np.ndarray(values.shape, values.dtype, buffer=memory, offset=offset), values))
    for first in range(0, len(pairs[0][0]), _SLICE):
        for target, values in pairs:
            target[first : first + _SLICE] = values[first : first + _SLICE]


def mapped(path):
    """The record batch of a file, its schema, and the private writable map in which its buffers lie.

    `path` may be an open descriptor, which is closed then. What is written into the map is seen by this process only.
    """
    with open(path, "rb") as file:
        memory = _private_map(file.fileno())
    batch, schema = _only_batch(pa.ipc.open_file(pa.py_buffer(memory)))
    return batch, schema, memory


def _private_map(descriptor):
    """The map of a file from which nothing leads back to it.

    A map keeps a duplicate of the descriptor, which was opened outside: by it a script could change the mode and the
    times of the dataset, and open it again for writing. So the duplicate becomes one of nothing.
    """
    for _ in range(_TRIES):
        number = os.dup(descriptor)  # the duplicate gets the lowest free number, which is this one again
        os.close(number)
        memory = mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
        if _is_the_same(number, descriptor):
            nowhere = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nowhere, number, False)
            os.close(nowhere)
            return memory
    raise OSError("a map could not be parted from its file")


def _is_the_same(number, descriptor):
    try:
        return os.path.sameopenfile(number, descriptor)
    except OSError:  # another thread was faster
        return False


def packed(array):
    """One array as text that fits into JSON."""
    sink = pa.BufferOutputStream()
    _fill(sink, ["values"], [array], {})
    return base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")


def unpacked(text):
    """The array that `packed` was given."""
    batch, _ = _only_batch(pa.ipc.open_file(pa.py_buffer(base64.b64decode(text))))
    return batch.column(0)


def _fill(sink, names, arrays, metadata):
    fields = [pa.field(name, array.type) for name, array in zip(names, arrays)]
    schema = pa.schema(fields, metadata=metadata or None)
    writer = pa.RecordBatchFileWriter(sink, schema, **_OLDEST_METADATA)
    if arrays:
        writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    writer.close()


def _only_batch(reader):
    """Nearly always the one batch of the file; a file of several, or none, is made one."""
    if reader.num_record_batches == 1:
        return reader.get_batch(0), reader.schema
    batches = [reader.get_batch(position) for position in range(reader.num_record_batches)]
    table = pa.Table.from_batches(batches, schema=reader.schema)
    arrays = [_joined(column) for column in table.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=reader.schema), reader.schema


def _joined(column):
    if column.num_chunks == 0:
        return pa.array([], type=column.type)
    return pa.concat_arrays(column.chunks)
