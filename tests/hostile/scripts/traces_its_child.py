"""Traces a child of its own, by which filters of system calls were passed by on old kernels."""

import os
import signal

from attack import attack, forked
from tracing import attach


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    child = forked(signal.pause)
    try:
        return attach(child)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
