"""Looks which other jobs there are."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    found = [name for name in os.listdir(BAIT["runs"]) if name not in job_folder().split(os.sep)]
    return f"found {found}" if found else ""
