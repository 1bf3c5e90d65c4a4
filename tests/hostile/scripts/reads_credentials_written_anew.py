"""Reads credentials that the person wrote anew after the process was confined in which the job runs."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(BAIT["written_anew"])
