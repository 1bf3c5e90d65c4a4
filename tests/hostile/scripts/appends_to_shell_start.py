"""Adds a command to what the person's shell executes at its start."""

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(BAIT["shell_start"], "a") as stream:
        stream.write("echo hostile\n")
    return f"appended to {BAIT['shell_start']}"
