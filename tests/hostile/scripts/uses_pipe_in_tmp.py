"""Writes into a named pipe at which a program of the person listens."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    pipe = os.open(BAIT["fifo"], os.O_WRONLY | os.O_NONBLOCK)
    os.write(pipe, b"hostile")
    return f"wrote into {BAIT['fifo']}"
