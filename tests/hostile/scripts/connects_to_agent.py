"""Connects to the agent that signs with the person's keys, at the path that its variable names."""

import os
import socket

from attack import BAIT, attack, connected, every


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    places = [os.environ.get("SSH_AUTH_SOCK"), BAIT["agent"]]
    return every(lambda place: connected(socket.AF_UNIX, place), [place for place in places if place])
