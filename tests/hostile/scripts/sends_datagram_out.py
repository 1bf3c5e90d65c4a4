"""Sends a datagram to an address of the internet (one that belongs to nobody)."""

import socket

from attack import attack, send_left


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return send_left(socket.AF_INET, ("203.0.113.1", 9))
