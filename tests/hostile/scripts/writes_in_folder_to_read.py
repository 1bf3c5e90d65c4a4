"""Writes into a folder that it may only read."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(os.path.join(BAIT["allowed_to_read"], "hostile-left"), "w") as stream:
        stream.write("hostile")
    return f"wrote into {BAIT['allowed_to_read']}"
