"""Reserves 1 GiB of the disk by one call."""

import os
import time

from attack import BAIT, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    with open("big", "wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, BAIT["most_disk"])
    time.sleep(0.5)
    return f"reserved {BAIT['most_disk']} bytes"
