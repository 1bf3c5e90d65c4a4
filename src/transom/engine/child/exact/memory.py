"""How numbers lie in memory: the same bytes seen as a numpy array and as an Arrow array, in both directions."""

import numpy as np
import pyarrow as pa

#: Bytes from which it is worth while not to copy a column.
_BIG = 2**20
_FLOATS = {2: pa.float16, 4: pa.float32, 8: pa.float64}
_INTEGERS = {1: "int8", 2: "int16", 4: "int32", 8: "int64"}


def arrow_numbers(values, missing=None):
    """Numbers of a native numpy dtype as an Arrow array over the same bytes; where `missing` is true it is null.

    Without `missing` nothing is null: NaN stays NaN.
    """
    values = np.ascontiguousarray(values)
    return over(arrow_number_type(values.dtype), values, missing)


def arrow_number_type(dtype):
    """The Arrow type of a numpy dtype of integers or floats."""
    if dtype.kind == "f":
        return _FLOATS[dtype.itemsize]()
    return getattr(pa, ("u" if dtype.kind == "u" else "") + _INTEGERS[dtype.itemsize])()


def is_scattered(values):
    """Whether the numbers of a big column lie apart from each other, as in a frame made of rows."""
    plain = isinstance(values, np.ndarray) and values.dtype.kind in "iuf" and values.dtype.isnative
    return plain and not values.flags.c_contiguous and values.nbytes >= _BIG and values.dtype.itemsize <= 8


def room_for(values):
    """An Arrow array of the type and the length of the numbers, all zero, that takes no memory while nobody writes."""
    return over(arrow_number_type(values.dtype), np.zeros(len(values), dtype=values.dtype))


def over(kind, values, missing=None):
    """An Arrow array of the type `kind` over the bytes of a contiguous numpy array."""
    if not len(values):
        return pa.array([], type=kind)
    some = missing is not None and missing.any()
    buffers = [bits(~missing) if some else None, pa.py_buffer(values)]
    return pa.Array.from_buffers(kind, len(values), buffers)


def bits(flags):
    """Booleans as an Arrow bitmap."""
    return pa.array(np.ascontiguousarray(flags), type=pa.bool_()).buffers()[1]


def missing_of(array):
    """Where an Arrow array is null, as booleans; None where nothing is."""
    if array.null_count == 0:
        return None
    if pa.types.is_null(array.type):
        return np.ones(len(array), dtype=bool)
    valid = pa.Array.from_buffers(pa.bool_(), len(array), [None, array.buffers()[0]], offset=array.offset)
    return ~booleans(valid)


def booleans(array):
    """The flags of an Arrow array of booleans; those that are null are False."""
    if not len(array):
        return np.zeros(0, dtype=bool)
    plain = pa.Array.from_buffers(pa.bool_(), len(array), [None, array.buffers()[1]], offset=array.offset)
    return np.array(plain.to_numpy(zero_copy_only=False), dtype=bool)


class Memory:
    """The private map of a step file, or nothing: then what is read from Arrow is copied."""

    def __init__(self, memory=None):
        self._memory = memory
        if memory is not None:
            whole = np.frombuffer(memory, dtype=np.uint8)
            self._start, self._size = whole.ctypes.data, whole.size

    def numbers(self, array, dtype):
        """The values of an Arrow array as a writable numpy array of `dtype`; what stands at nulls is undefined."""
        dtype = np.dtype(dtype)
        buffer = array.buffers()[1]
        if buffer is None or not len(array):
            return np.zeros(len(array), dtype=dtype)
        skipped = array.offset * dtype.itemsize
        if self._memory is not None:
            offset = buffer.address - self._start + skipped
            if 0 <= offset <= self._size - len(array) * dtype.itemsize:
                return np.ndarray((len(array),), dtype, buffer=self._memory, offset=offset)
        return np.frombuffer(buffer, dtype=dtype, count=len(array), offset=skipped).copy()
