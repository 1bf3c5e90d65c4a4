"""Connects to a program at 127.0.0.1 by the other addresses that lead there."""

import socket

from attack import BAIT, attack, connected, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    port = BAIT["port4"]
    ways = [(socket.AF_INET, ("0.0.0.0", port)), (socket.AF_INET6, ("::ffff:127.0.0.1", port, 0, 0))]
    return every(lambda way: connected(*way), ways)
