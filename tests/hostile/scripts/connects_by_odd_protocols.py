"""Connects by protocols that a filter for TCP may not know: multipath TCP, SCTP, quick TCP."""

import socket

from attack import BAIT, attack, every


def connect(protocol):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol) as made:
        made.settimeout(0.3)
        if protocol == socket.IPPROTO_TCP:
            made.sendto(b"hostile", 0x20000000, ("127.0.0.1", BAIT["port4"]))  # MSG_FASTOPEN
        else:
            made.connect(("127.0.0.1", BAIT["port4"]))
        return f"connected by protocol {protocol}"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(connect, [262, 132, socket.IPPROTO_TCP])
