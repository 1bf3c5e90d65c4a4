"""Sends a datagram to a program of the person at 127.0.0.1."""

import socket

from attack import BAIT, attack, send_left


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return send_left(socket.AF_INET, ("127.0.0.1", BAIT["port_datagrams"]))
