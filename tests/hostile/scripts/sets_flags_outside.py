"""Sets a flag of a file outside through a descriptor that only reads."""

import array
import fcntl
import os

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    descriptor = os.open(BAIT["canary"], os.O_RDONLY)
    flags = array.array("L", [0])
    fcntl.ioctl(descriptor, 0x80086601, flags)  # FS_IOC_GETFLAGS
    flags[0] |= 0x40  # not to be dumped
    fcntl.ioctl(descriptor, 0x40086602, flags)
    return f"set a flag of {BAIT['canary']}"
