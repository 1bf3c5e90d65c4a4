"""Ends the process that watches over it, and goes on (by itself 10 s)."""

import os
import signal
import time

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    above = os.getppid()
    os.kill(above, signal.SIGKILL)
    time.sleep(0.3)
    if os.getppid() != above or not os.path.exists(f"/proc/{above}"):
        time.sleep(10)
        return "went on without its supervisor for 10 s"
    return ""
