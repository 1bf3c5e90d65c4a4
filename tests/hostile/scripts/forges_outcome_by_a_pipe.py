"""Swaps the outcome for a pipe from which nothing ever comes."""

import os

from attack import job_folder


def azureml_main(dataframe1=None, dataframe2=None):
    os.mkfifo(os.path.join(job_folder(), "outcome.json"))
    os._exit(0)
