"""Connects to a program of the person that listens at ::1."""

import socket

from attack import BAIT, attack, connected


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return connected(socket.AF_INET6, ("::1", BAIT["port6"], 0, 0))
