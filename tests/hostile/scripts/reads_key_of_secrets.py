"""Reads the key of the secrets that the person stored in the workspace, and the file that holds them."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, [BAIT["key_of_secrets"], BAIT["secrets"]])
