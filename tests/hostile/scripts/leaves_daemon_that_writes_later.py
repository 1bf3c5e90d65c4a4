"""Leaves a process that writes into a file outside and into its own results when the job is over."""

import os
import time

from attack import BAIT, attack, detached


def write():
    for _ in range(40):
        time.sleep(0.05)
        for path in (BAIT["canary"], os.path.join(BAIT["canary_folder"], "hostile-left")):
            try:
                with open(path, "a") as stream:
                    stream.write("hostile")
            except OSError:
                continue


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    detached(write)
    return ""
