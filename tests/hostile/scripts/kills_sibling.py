"""Ends the job that runs at the same time."""

import os
import signal

from attack import BAIT, attack, every


def end(pid):
    os.kill(pid, signal.SIGKILL)
    return f"killed {pid} of a sibling"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(end, BAIT["sibling_pids"])
