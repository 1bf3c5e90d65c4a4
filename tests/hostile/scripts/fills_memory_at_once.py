"""Takes 1 GiB of memory by one call, faster than anybody looks."""

import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held = b"x" * (1 << 30)
    time.sleep(0.7)
    return f"holds {len(held) >> 20} MiB"
