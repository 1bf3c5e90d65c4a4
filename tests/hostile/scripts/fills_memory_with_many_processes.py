"""Takes memory in many processes, each a little (by itself 20 times 40 MiB)."""

import signal
import time

from attack import exhausting, forked


def take():
    held = bytearray(b"x" * (40 << 20))
    signal.pause()
    return held


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(20):
        forked(take)
    time.sleep(1.2)
    return "holds 800 MiB in 20 processes"
