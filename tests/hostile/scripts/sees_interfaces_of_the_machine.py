"""Looks which networks the machine is in."""

import os
import socket

from attack import attack, every


def interfaces():
    names = {name for _, name in socket.if_nameindex()} - {"lo"}
    return f"saw {sorted(names)}" if names else ""


def by_files():
    names = set(os.listdir("/sys/class/net")) - {"lo"}
    return f"saw {sorted(names)}" if names else ""


def by_routes():
    with open("/proc/self/net/route") as stream:
        found = stream.readlines()[1:]
    return f"saw {found}" if found else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda way: way(), [interfaces, by_files, by_routes])
