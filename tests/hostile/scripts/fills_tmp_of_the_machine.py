"""Fills /tmp by its path, wherever that leads (by itself up to 512 MiB)."""

import os

from attack import BAIT, exhausting, fill


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    return fill(os.path.join("/tmp", BAIT["left_name"]))
