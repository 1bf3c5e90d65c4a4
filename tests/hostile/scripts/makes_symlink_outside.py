"""Makes a symbolic link outside."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.symlink("/etc/passwd", os.path.join(BAIT["canary_folder"], "hostile-left"))
    return "made a link outside"
