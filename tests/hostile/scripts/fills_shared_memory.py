"""Fills /dev/shm (by itself up to 512 MiB)."""

import os
import time

from attack import BAIT, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    path = os.path.join("/dev/shm", BAIT["left_name"])
    try:
        with open(path, "wb", buffering=0) as stream:
            for _ in range(128):
                stream.write(bytes(1 << 22))
        time.sleep(0.7)
    finally:
        if os.path.exists(path):
            os.unlink(path)
    return "wrote 512 MiB to /dev/shm"
