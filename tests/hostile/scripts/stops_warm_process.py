"""Stops the warm process, so that the next job waits for it for ever."""

import os
import signal

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.kill(BAIT["warm_pid"], signal.SIGSTOP)
    os.kill(BAIT["warm_pid"], signal.SIGCONT)
    return "stopped the warm process"
