"""Looks what lies in the folders where credentials are kept, without opening anything."""

import os

from attack import BAIT, attack, every


def listed(folder):
    found = os.listdir(folder)
    return f"found {found} in {folder}" if found else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(listed, BAIT["credential_folders"])
