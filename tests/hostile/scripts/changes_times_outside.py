"""Changes the time of a file outside."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.utime(BAIT["canary"], (1, 1))
    return f"changed the time of {BAIT['canary']}"
