"""Swaps the file of its metrics for a link to foreign ones."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.symlink(BAIT["foreign_metrics"], os.path.join(job_folder(), "metrics.jsonl"))
    return ""
