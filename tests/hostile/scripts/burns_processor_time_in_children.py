"""Counts for ever in children that come and go (by itself 8 s)."""

import os

from attack import exhausting, forked, until


def burn():
    for _ in until(0.3):
        pass


@exhausting
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in until(8):
        os.waitpid(forked(burn), 0)
    return "used 8 s of the processor in children"
