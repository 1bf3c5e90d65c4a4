"""Removes a file outside."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.unlink(BAIT["canary"])
    return f"removed {BAIT['canary']}"
