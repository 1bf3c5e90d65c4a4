"""Takes memory as a file without a name that is not mapped, so that no process shows it (by itself 512 MiB)."""

import os
import time

from attack import c, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    descriptor = c("memfd_create", b"hostile", 0)
    for _ in range(128):
        os.write(descriptor, bytes(4 << 20))
    time.sleep(0.7)
    return "holds 512 MiB in a file of memory"
