"""Moves a file outside into its own folder."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.rename(BAIT["canary"], "taken")
    return "took the file outside"
