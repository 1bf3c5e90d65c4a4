"""Leaves folders that nobody may enter, with files in them."""

import os

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    for place in ("closed", "outputs/closed"):
        os.makedirs(place)
        with open(os.path.join(place, "file.txt"), "w") as stream:
            stream.write("here")
        os.chmod(place, 0)
    return ""
