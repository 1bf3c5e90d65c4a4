"""Makes a map and a filter for programs in the kernel."""

import ctypes
import os

from attack import attack, call, every


def make_map(kind):
    attributes = (ctypes.c_uint32 * 18)(kind, 4, 4, 1, 0)
    os.close(call("bpf", 0, attributes, 72))
    return f"made a map of kind {kind}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(make_map, [1, 2, 9])
