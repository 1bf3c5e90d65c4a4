"""Leaves too much among its outputs, by files that share their content on the disk (by itself 1 GiB of length)."""

import os

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs")
    for number in range(16):
        with open(f"outputs/file{number}.bin", "wb") as stream:
            stream.write(b"x")
            stream.truncate(60 << 20)
    return ""
