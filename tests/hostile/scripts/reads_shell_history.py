"""Reads what the person typed, passwords too."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, BAIT["histories"])
