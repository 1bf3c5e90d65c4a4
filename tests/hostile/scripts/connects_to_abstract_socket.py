"""Connects to a program of the person that listens at a name without a path."""

import socket

from attack import BAIT, attack, connected


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return connected(socket.AF_UNIX, "\0" + BAIT["abstract"])
