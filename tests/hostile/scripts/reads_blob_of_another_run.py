"""Reads a content that another run keeps, by its digest."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(BAIT["blob"])
