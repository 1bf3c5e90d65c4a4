"""Ends everything of its group of processes and of its session."""

import os
import signal

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.killpg(0, signal.SIGKILL)
    return "lives on"
