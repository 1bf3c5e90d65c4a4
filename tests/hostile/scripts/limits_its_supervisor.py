"""Takes from its supervisor the descriptors, the file sizes and the processor time that it needs."""

import os
import resource

from attack import attack, every


def limit(number):
    hard = resource.prlimit(os.getppid(), number)[1]
    resource.prlimit(os.getppid(), number, (1, hard))
    return f"limited {number} of its supervisor"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(limit, [resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE])
