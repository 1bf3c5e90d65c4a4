"""Asks the kernel whether it shares open files with the process that ordered the job."""

import os

from attack import BAIT, attack, call


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    call("kcmp", os.getpid(), BAIT["host_pid"], 1, 0, 0)
    return "compared its memory with the parent's"
