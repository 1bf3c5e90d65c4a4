"""Reads what another job left in its folder."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(BAIT["other_job_file"])
