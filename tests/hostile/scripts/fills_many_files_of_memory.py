"""Takes memory as many small files without a name, none of which is mapped (256 MiB)."""

import os
import time

from attack import c, exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(64):
        os.write(c("memfd_create", b"hostile", 0), bytes(4 << 20))
    time.sleep(0.7)
    return "holds 256 MiB in files of memory"
