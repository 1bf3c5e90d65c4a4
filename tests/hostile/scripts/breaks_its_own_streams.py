"""Closes and swaps its streams and descriptors, those too that Transom's code needs at the end."""

import os

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    nowhere = os.open("/dev/null", os.O_RDWR)
    for number in range(3, 256):
        if number != nowhere:
            try:
                os.fstat(number)
                os.dup2(nowhere, number)
            except OSError:
                continue
    return ""
