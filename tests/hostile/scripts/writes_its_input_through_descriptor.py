"""Opens its input again for writing, through the descriptor by which it was handed over."""

import os

from attack import BAIT, attack, every


def spoil(name):
    descriptor = os.open(f"/proc/self/fd/{name}", os.O_RDWR)
    if os.path.getsize(f"/proc/self/fd/{name}") != BAIT["input_size"]:
        return ""
    os.pwrite(descriptor, b"hostile", 100)
    return f"wrote into its input by descriptor {name}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(spoil, os.listdir("/proc/self/fd"))
