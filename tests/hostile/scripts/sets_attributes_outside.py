"""Sets an extended attribute of a file outside."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.setxattr(BAIT["canary"], "user.hostile", b"1")
    return f"set an attribute of {BAIT['canary']}"
