"""Connects to a program of this machine by the machine's address in its network."""

import socket

from attack import BAIT, attack, connected


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return connected(socket.AF_INET, (BAIT["own_address"], BAIT["port_everywhere"])) if BAIT["own_address"] else ""
