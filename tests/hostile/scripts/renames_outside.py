"""Renames a file outside, and moves one of its own over it."""

import os

from attack import BAIT, attack, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open("own", "w") as stream:
        stream.write("hostile")

    def away():
        os.rename(BAIT["canary"], BAIT["canary"] + "-hostile-left")
        return "renamed the file outside"

    def over():
        os.rename("own", BAIT["canary"])
        return "moved its own over the file outside"

    return every(lambda way: way(), [away, over])
