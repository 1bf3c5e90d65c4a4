"""Changes its frame in place, in every block: the input that lies on the disk must stay."""

import ctypes

import numpy
from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for column in dataframe1:
        values = dataframe1[column].values
        if isinstance(values, numpy.ndarray) and values.dtype.kind in "if":
            ctypes.memset(values.ctypes.data, 0x55, values.nbytes)
    return ""
