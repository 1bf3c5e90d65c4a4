"""Takes memory that is shared with a child, so that it counts as nobody's own (by itself 512 MiB)."""

import mmap
import signal
import time

from attack import exhausting, forked


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held = mmap.mmap(-1, 512 << 20)
    for at in range(0, len(held), 4096):
        held[at] = 1
    forked(signal.pause)
    time.sleep(0.7)
    return "holds 512 MiB of shared memory"
