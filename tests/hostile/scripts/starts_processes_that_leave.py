"""Starts processes that have left session and parent, until it is stopped (by itself at 500)."""

import signal
import time

from attack import BAIT, detached, exhausting, until


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    count = 0
    for _ in until(4):
        if count >= 500:
            break
        detached(signal.pause)
        count += 1
    time.sleep(0.5)
    return f"started {count} processes" if count >= BAIT["too_many_processes"] else ""
