"""Takes memory until it is stopped (by itself at 1 GiB)."""

import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    held = []
    for _ in range(64):
        held.append(b"x" * (16 << 20))
        time.sleep(0.003)
    time.sleep(0.7)
    return f"holds {len(held) * 16} MiB"
