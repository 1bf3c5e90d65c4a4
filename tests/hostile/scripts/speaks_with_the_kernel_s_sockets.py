"""Opens sockets of the kernel's own parts: audit, device events, packet filter, connections."""

import socket

from attack import attack, every


def listen(what):
    number, groups = what
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, number) as made:
        made.bind((0, groups))
        return f"listens to part {number} of the kernel"


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(listen, [(9, 1), (15, 1), (12, 1), (4, 1), (11, 1), (6, 1)])
