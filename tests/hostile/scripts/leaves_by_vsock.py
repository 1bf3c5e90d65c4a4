"""Opens a socket to whatever this machine runs in, which no network namespace holds back."""

import socket

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as made:
        made.bind((0xFFFFFFFF, 0xFFFFFFFF))
        return f"has the address {made.getsockname()}"
