"""How a DataFrame is put together of columns without copying them, in every pandas."""

import numpy as np
import pandas as pd

try:
    from pandas.api.internals import create_dataframe_from_blocks
except ImportError:
    create_dataframe_from_blocks = None


def frame_of(columns, labels, index):
    """A DataFrame over numpy and extension arrays; neighbours that lie side by side in memory become one block."""
    if not columns:
        return pd.DataFrame(index=index, columns=labels)
    blocks = []
    for first, count in _runs(columns):
        values = columns[first]
        if isinstance(values, np.ndarray):
            values = _stacked(values, count)
        blocks.append((values, np.arange(first, first + count)))
    if create_dataframe_from_blocks is not None:
        return create_dataframe_from_blocks(blocks, index=index, columns=labels)
    return _from_manager(blocks, labels, index)


def _from_manager(blocks, labels, index):
    from pandas.core.internals import BlockManager, make_block

    made = [make_block(values, placement=places, ndim=2) for values, places in blocks]
    manager = BlockManager(made, [labels, index])
    if hasattr(pd.DataFrame, "_from_mgr"):
        return pd.DataFrame._from_mgr(manager, manager.axes)
    return pd.DataFrame(manager)


def _runs(columns):
    """Pairs (position of the first column, how many columns lie behind it in one piece of memory)."""
    first = 0
    for position in range(1, len(columns) + 1):
        if position == len(columns) or not _adjoin(columns[position - 1], columns[position]):
            yield first, position - first
            first = position


def _adjoin(one, other):
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)) or one.dtype != other.dtype:
        return False
    if one.base is None or one.base is not other.base or not one.size:
        return False
    return one.ctypes.data + one.nbytes == other.ctypes.data


def _stacked(values, count):
    """One array of shape (count, rows) that begins at `values`."""
    if count == 1:
        return values.reshape(1, -1)
    strides = (values.nbytes, values.itemsize)
    return np.lib.stride_tricks.as_strided(values, (count, len(values)), strides, writeable=values.flags.writeable)
