"""Listens at a port, so that a program outside can connect in and be told what to do."""

import socket

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("0.0.0.0", BAIT["port_to_listen_at"]))
        made.listen(1)
        made.settimeout(0.5)
        _, who = made.accept()
        return f"{who} connected"
