"""Reads a file of the job that runs at the same time in the same warm process."""

import os

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(os.path.join(BAIT["sibling_folder"], "work", "secret.txt"))
