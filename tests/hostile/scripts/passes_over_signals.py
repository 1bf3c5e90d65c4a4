"""Passes over every request to stop, and goes on (by itself 20 s)."""

import signal
import time

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGQUIT, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    time.sleep(20)
    return "went on for 20 s"
