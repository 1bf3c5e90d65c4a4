"""Opens sockets that see or forge every packet of the machine."""

import socket

from attack import attack, every


def opened(kind):
    with socket.socket(*kind):
        return f"opened a socket {kind}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    kinds = [(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP), (socket.AF_INET, socket.SOCK_RAW, 255)]
    kinds += [(socket.AF_PACKET, socket.SOCK_RAW, 0x0300), (socket.AF_PACKET, socket.SOCK_DGRAM, 0x0300)]
    return every(opened, kinds)
