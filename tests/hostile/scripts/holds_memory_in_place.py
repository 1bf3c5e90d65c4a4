"""Takes memory that the kernel may never put elsewhere."""

import resource

from attack import attack, call


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    call("mlockall", 1)
    return "holds all of its memory in place"
