"""Swaps everything of its job's folder that it can for links to a foreign folder, before Transom cleans up."""

import os

from attack import BAIT, attack, job_folder


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folder = job_folder()
    for name in os.listdir(folder):
        if name in ("work", "outputs", "outcome.json"):
            continue
        place = os.path.join(folder, name)
        try:
            os.rename(place, place + "-was")
            os.symlink(BAIT["canary_folder"], place)
        except OSError:
            continue
    return ""
