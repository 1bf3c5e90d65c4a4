"""Gives the machine another name (the one that it has)."""

import socket

from attack import attack, c


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    name = socket.gethostname().encode()
    c("sethostname", name, len(name))
    return f"named the machine {name}"
