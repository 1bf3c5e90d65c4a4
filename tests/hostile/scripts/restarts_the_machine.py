"""Restarts the machine (with numbers that the kernel does not know, so that it does not happen)."""

from attack import attack, reached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return reached("reboot", 1, 2, 3, None)
