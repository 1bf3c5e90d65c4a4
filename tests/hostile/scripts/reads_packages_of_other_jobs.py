"""Looks for the packages that were installed for other jobs, and for wheels that came with somebody's bundle."""

import os

from attack import BAIT, attack, every, read


def look_into(folder):
    return every(read, [os.path.join(folder, name, "module.py") for name in sorted(os.listdir(folder))])


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    sets = os.path.join(BAIT["packages"], "sets")
    return every(lambda way: way(), [lambda: look_into(sets), lambda: read(BAIT["kept_wheel"])])
