"""Sends a datagram to a program of the person that listens at a path, as the machine's log does."""

import socket

from attack import BAIT, attack, send_left


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return send_left(socket.AF_UNIX, BAIT["unix_datagrams"])
