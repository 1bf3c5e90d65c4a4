"""Stops its process, so that it neither runs nor ends."""

import os
import signal

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.kill(os.getpid(), signal.SIGSTOP)
    return "was let go on"
