"""Makes a file in the home folder of the person."""

import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    path = os.path.join(BAIT["home"], "hostile-left.txt")
    with open(path, "w") as stream:
        stream.write("hostile")
    return f"wrote {path}"
