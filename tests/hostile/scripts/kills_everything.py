"""Would end every process that it may: first asks whether that reaches anybody but its own child."""

import os
import signal

from attack import BAIT, attack, forked


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    try:
        os.kill(-1, 0)
    except ProcessLookupError:
        child = forked(signal.pause)
        os.kill(-1, signal.SIGKILL)  # nobody else is there
        os.waitpid(child, 0)
        return ""
    os.kill(BAIT["process_pid"], 0)  # the kernel says the same where it refused them all
    return "may end processes of others"
