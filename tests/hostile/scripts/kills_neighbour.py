"""Sends a signal to another process of the same user."""

import os
import signal

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.kill(BAIT["process_pid"], signal.SIGUSR1)
    return "sent a signal to a neighbour"
