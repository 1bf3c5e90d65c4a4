"""Sends a signal to the process that ordered the job."""

import os
import signal

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.kill(BAIT["host_pid"], signal.SIGUSR1)
    return "sent a signal to the parent"
