"""Writes files that it removes while it holds them open: no folder shows them."""

import os
import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held = []
    for number in range(100):
        stream = open(f"file{number}", "wb", buffering=0)
        os.unlink(f"file{number}")
        stream.write(bytes(4 << 20))
        held.append(stream)
    time.sleep(6)
    return "holds 400 MiB in files without a name"
