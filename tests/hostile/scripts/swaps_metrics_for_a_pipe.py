"""Swaps the file of its metrics for a pipe, at which a reader would wait for ever."""

import os

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkfifo(os.path.join(job_folder(), "metrics.jsonl"))
    return ""
