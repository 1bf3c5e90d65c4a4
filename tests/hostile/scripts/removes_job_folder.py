"""Removes the folder of its job, with all that Transom would look for."""

import os
import shutil

from attack import attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.chdir("/")
    shutil.rmtree(job_folder(), ignore_errors=True)
    return ""
