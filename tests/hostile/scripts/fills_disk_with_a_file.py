"""Writes one file until it is stopped (by itself at 1 GiB)."""

import time

from attack import BAIT, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    written = 0
    with open("big", "wb", buffering=0) as stream:
        while written < BAIT["most_disk"]:
            written += stream.write(bytes(1 << 22))
    time.sleep(0.5)
    return f"wrote {written} bytes"
