"""Starts processes until it is stopped (by itself at 2,000)."""

import os
import signal
import time

from attack import BAIT, exhausting, forked, until


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    count = 0
    for _ in until(4):
        if count >= BAIT["most_processes"]:
            break
        forked(signal.pause)
        count += 1
    time.sleep(0.5)
    print(f"process {os.getpid()} has {count} children")
    return f"started {count} processes" if count >= BAIT["too_many_processes"] else ""
