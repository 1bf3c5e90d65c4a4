"""Asks for a connection to an address of the internet (one that belongs to nobody)."""

import socket

from attack import attack, every, request_left


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda port: request_left(socket.AF_INET, ("203.0.113.1", port), 0.1), [443, 53])
