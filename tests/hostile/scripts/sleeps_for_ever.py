"""Sleeps (by itself 20 s)."""

import time

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    time.sleep(20)
    return "slept 20 s"
