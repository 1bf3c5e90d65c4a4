"""Connects to a program of the person that listens at a path."""

import os
import socket

from attack import BAIT, attack, connected, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    def by_folder():
        folder = os.open(os.path.dirname(BAIT["unix_path"]), os.O_PATH)
        return connected(socket.AF_UNIX, f"/proc/self/fd/{folder}/{os.path.basename(BAIT['unix_path'])}")

    return every(lambda way: way(), [lambda: connected(socket.AF_UNIX, BAIT["unix_path"]), by_folder])
