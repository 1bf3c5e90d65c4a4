"""Reads the POSIX shared memory of another process."""

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read("/dev/shm/" + BAIT["posix_memory"])
