"""Starts processes each of which starts two more (by itself up to 2**9)."""

import os
import signal
import time

from attack import BAIT, call_me_left, exhausting


def grow(depth):
    for _ in range(2):
        try:
            pid = os.fork()
        except OSError:
            return
        if pid == 0:
            call_me_left()
            if depth:
                grow(depth - 1)
            signal.pause()
            os._exit(0)


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    grow(8)
    time.sleep(1.5)
    count = sum(name.isdigit() for name in os.listdir("/proc")) if os.path.isdir("/proc/self") else 0
    return f"saw {count} processes" if count >= BAIT["too_many_processes"] else ""
