"""Changes a list of fonts or another cache that every job reads at its start."""

import os

from attack import BAIT, attack, every


def spoil(place):
    with open(place, "r+b") as stream:
        stream.write(b"hostile")
    return f"overwrote {place}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(spoil, [os.path.join(BAIT["home"], ".cache", "matplotlib", "fontlist.json"), BAIT["fonts"]])
