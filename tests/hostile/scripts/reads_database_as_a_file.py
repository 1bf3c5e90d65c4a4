"""Reads the database of the workspace as a file, and the journal beside it."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, [BAIT["database"], BAIT["database"] + "-wal"])
