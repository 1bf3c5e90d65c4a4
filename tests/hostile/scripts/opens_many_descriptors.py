"""Opens files until it may no more (by itself 100,000)."""

import os
import resource
import time

from attack import exhausting


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    for _ in range(100000):
        held.append(os.dup(1))
    time.sleep(0.3)
    return f"has {len(held)} descriptors open"
