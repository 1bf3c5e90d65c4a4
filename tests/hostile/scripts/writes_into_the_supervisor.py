"""Opens the memory of the process that watches over it for writing."""

import os

from attack import attack, may_write


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return may_write(f"/proc/{os.getppid()}/mem")
