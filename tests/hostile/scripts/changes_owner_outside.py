"""Gives a file outside to somebody."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.chown(BAIT["canary"], os.getuid(), os.getgid())
    return f"set the owner of {BAIT['canary']}"
