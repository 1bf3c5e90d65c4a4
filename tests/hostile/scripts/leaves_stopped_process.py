"""Leaves processes that are stopped, and one that waits for a child that never ends."""

import os
import signal

from attack import attack, detached, forked


def stop():
    os.kill(os.getpid(), signal.SIGSTOP)
    signal.pause()


def wait():
    os.waitpid(forked(stop), 0)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    detached(stop)
    detached(wait)
    return ""
