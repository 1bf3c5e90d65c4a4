"""Asks a name server, by which data can be carried out without any connection."""

import socket

from attack import attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    try:
        socket.getaddrinfo("hostile.invalid", 80)
    except socket.gaierror as wrong:
        if wrong.errno != socket.EAI_NONAME:
            raise
        return "a name server answered"
    return "a name server answered"
