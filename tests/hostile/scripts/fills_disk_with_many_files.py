"""Writes files of one megabyte until it is stopped (by itself at 500)."""

import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for number in range(500):
        with open(f"file{number}", "wb") as stream:
            stream.write(bytes(1 << 20))
    time.sleep(6)
    return "wrote 500 files of 1 MiB"
