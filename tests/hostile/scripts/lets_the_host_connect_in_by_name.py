"""Listens at a name without a path, so that a program outside can connect in."""

import socket

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("\0" + BAIT["name_to_listen_at"])
        made.listen(1)
        made.settimeout(0.5)
        made.accept()
        return "somebody connected"
