"""Overwrites a file outside its folder."""

from attack import BAIT, attack


@attack
def azureml_main(dataframe1=None, dataframe2=None):
    with open(BAIT["canary"], "r+b") as stream:
        stream.write(b"hostile")
    return f"overwrote {BAIT['canary']}"
