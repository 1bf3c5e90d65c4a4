"""Writes into memory that it shares with the warm process and so with every next job."""

import ctypes

from attack import attack, every


def mark(piece):
    start, what = piece
    value = ctypes.c_ubyte.from_address(start)
    value.value = value.value
    return f"may write into what all jobs share: {what}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pieces = []
    with open("/proc/self/maps") as maps:
        for line in maps:
            parts = line.split(None, 5)
            if parts[1].startswith("rw") and parts[1].endswith("s"):
                pieces.append((int(parts[0].split("-")[0], 16), line.strip()))
    return every(mark, pieces)
