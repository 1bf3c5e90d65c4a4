"""Makes a hard link to a file of its own outside."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open("own", "w") as stream:
        stream.write("hostile")
    os.link("own", os.path.join(BAIT["canary_folder"], "hostile-left"))
    return "linked a file of its own outside"
