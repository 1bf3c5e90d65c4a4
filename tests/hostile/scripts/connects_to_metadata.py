"""Asks for a connection to where clouds hand out the credentials of a machine."""

import socket

from attack import attack, request_left


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return request_left(socket.AF_INET, ("169.254.169.254", 80), 0.1)
