"""Sleeps before it has an entry point (by itself 20 s)."""

import time

from attack import attack

time.sleep(20)


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return "slept 20 s"
