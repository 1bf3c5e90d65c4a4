"""Leaves a folder that it may write into by links that lie there, by going up, and by moving folders."""

import os

from attack import BAIT, attack, every


def spoil(path):
    with open(path, "r+b") as stream:
        stream.write(b"hostile")
    return f"overwrote {path}"


def move():
    allowed = BAIT["allowed_to_write"]
    os.mkdir(os.path.join(allowed, "inner"))
    os.rename(os.path.join(allowed, "inner"), os.path.join(BAIT["canary_folder"], "hostile-left"))
    return "moved a folder out of what it may write"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    allowed = BAIT["allowed_to_write"]
    with open(os.path.join(allowed, "fine.txt"), "w") as stream:
        stream.write("that is allowed")
    ways = [os.path.join(allowed, "link_to_canary"), os.path.join(allowed, "..", "canary", "canary.txt")]
    try:
        return every(spoil, ways)
    except OSError:
        return move()
