"""Reads, from a folder that it may read, what lies beside it, through a link and by going up."""

import os

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    allowed = BAIT["allowed_to_read"]
    ways = [os.path.join(allowed, "..", "beside.txt"), os.path.join(allowed, "link_to_beside.txt")]
    return every(read, ways)
