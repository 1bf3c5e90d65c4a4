"""Connects to a program of the person that listens at 127.0.0.1."""

import socket

from attack import BAIT, attack, connected


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return connected(socket.AF_INET, ("127.0.0.1", BAIT["port4"]))
