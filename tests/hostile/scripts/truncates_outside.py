"""Empties a file outside."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.truncate(BAIT["canary"], 3)
    return f"truncated {BAIT['canary']}"
