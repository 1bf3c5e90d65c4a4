"""Looks into the folder of the warm process, where the next jobs wait."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    found = set(os.listdir(BAIT["warm_folder"])) - {os.path.basename(job_folder())}
    return f"found {sorted(found)}" if found else ""
