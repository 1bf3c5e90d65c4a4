"""Reads what another program left in /tmp."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(BAIT["tmp_file"])
