"""Reads the passwords that curl and git send along."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, BAIT["passwords"])
