"""Reads a document of the person that nobody gave it."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(BAIT["document"])
