"""Reads what the person types at a terminal."""

import os

from attack import BAIT, attack, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    terminal = os.open(BAIT["terminal"], os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    return told(BAIT["terminal"], os.read(terminal, 200))
