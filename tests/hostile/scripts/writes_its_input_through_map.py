"""Opens its input again for writing, through the place where it is mapped."""

import os

from attack import BAIT, attack, every


def spoil(name):
    path = f"/proc/self/map_files/{name}"
    if os.stat(path).st_size != BAIT["input_size"]:
        return ""
    os.pwrite(os.open(path, os.O_RDWR), b"hostile", 100)
    return f"wrote into its input by its map {name}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(spoil, os.listdir("/proc/self/map_files"))
