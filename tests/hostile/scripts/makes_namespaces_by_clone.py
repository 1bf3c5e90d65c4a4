"""Makes namespaces with a new process instead of for itself."""

import os

from attack import attack, call, every


def cloned(flags):
    pid = call("clone", flags | 17, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return f"made a process with {flags:#x}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(cloned, [0x10000000, 0x10020000, 0x50000000, 0x20000, 0x40000000, 0x20000000, 0x8000000])
