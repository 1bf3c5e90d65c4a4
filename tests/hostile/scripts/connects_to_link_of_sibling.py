"""Asks at the link of the job that runs at the same time, as if it were that job."""

import os
import socket

from attack import BAIT, attack, connected


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return connected(socket.AF_UNIX, os.path.join(BAIT["sibling_folder"], "link"))
